"""What the page shows, for programs: dicts, lists, texts and numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

from apirouter.describe import as_data
from apirouter.page.survey import Moment, Survey


def data_of(survey: Survey, moment: Moment, title: str) -> dict[str, Any]:
    """Return everything that the page shows.

    :param survey: the description of the service.
    :param moment: what is so now.
    :param title: what the service is called.
    """
    described = survey.description
    mounts = []
    for application in described.applications:
        mount = as_data(application)
        # They have lists of their own.
        del mount["plugins"], mount["filters"]
        mounts.append({**mount, "routes": sum(r.mount == application.mount for r in described.routes)})
    return {
        "title": title,
        "note": survey.note,
        "health": dataclasses.asdict(moment.health),
        "mounts": mounts,
        "pipelines": [dataclasses.asdict(line) for line in survey.pipelines],
        "versions": [
            {
                "mount": one.mount,
                "id": one.id,
                "status": one.status,
                "updated": one.updated,
                "service_type": one.application.service_type,
                "min_version": one.application.min_version,
                "max_version": one.application.max_version,
                "default_version": one.application.default_version,
                "version_header": one.application.version_header,
                "media_types": list(one.application.media_types),
            }
            for one in survey.versions
        ],
        "plugins": [
            {**as_data(one.plugin), "resources": list(one.resources), "mounts": list(one.mounts)}
            for one in survey.plugins
        ],
        "routes": as_data(described.routes),
        "policies": [{**dataclasses.asdict(one.rule), "routes": list(one.routes)} for one in moment.policies],
    }
