"""The application: a router that gives its plugins the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apirouter.errors import ConfigError
from apirouter.routing.router import APIRouter
from compute_api.store import Database


class ComputeRouter(APIRouter):
    """The compute API. Its plugins find the database in ``context.services["database"]``."""

    @classmethod
    def factory(cls, global_config: Mapping[str, Any], **local_config: Any) -> APIRouter:
        """Make the application, as Paste Deploy asks for it.

        :param global_config: the INI's ``[DEFAULT]``; ``database`` may stand here, for every section.
        :param local_config: ``database`` (an SQLAlchemy URL), and the options of any ``APIRouter``.
        :raises ConfigError: ``database`` is missing, or any option makes no sense.
        """
        services = {"database": database_of(global_config, local_config)}
        return cls.from_conf(global_config, local_config, services=services)


def database_of(global_conf: Mapping[str, Any] | None, local_conf: dict[str, Any]) -> Database:
    """Return the database that an INI section names, and take the option out of the section.

    :param global_conf: the INI's ``[DEFAULT]``.
    :param local_conf: the section's own options.
    :raises ConfigError: neither names one.
    """
    url = local_conf.pop("database", None) or (global_conf or {}).get("database")
    if not url:
        raise ConfigError(
            "option 'database' is required",
            fix="write database = sqlite:///%(here)s/compute.sqlite",
            option="database",
        )
    return Database(url)
