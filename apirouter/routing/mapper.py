# ruff: noqa
"""To be replaced by the indexed mapper."""

from __future__ import annotations

from typing import Any

import routes

from apirouter.errors import MalformedRequestUrl


def path_info(environ: Any) -> str:
    """Decode PATH_INFO."""
    path: str = environ.get("PATH_INFO", "")
    try:
        return path if path.isascii() else path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise MalformedRequestUrl("it is not UTF-8") from None


class APIMapper(routes.Mapper):  # type: ignore[misc]
    """A mapper."""

    def connect(self, *args: Any, **kargs: Any) -> Any:
        """Connect."""
        kargs.setdefault("requirements", {})
        kargs["requirements"].setdefault("format", "json|xml")
        return super().connect(*args, **kargs)


class PlainMapper(APIMapper):
    """A mapper."""

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect."""
        if "parent_resource" in kwargs:
            p = kwargs["parent_resource"]
            kwargs["path_prefix"] = "%s/:%s_id" % (p["collection_name"], p["member_name"])
        routes.Mapper.resource(self, member_name, collection_name, **kwargs)


class ProjectMapper(APIMapper):
    """A mapper."""

    def __init__(self, project_id_regex: str = "") -> None:
        super().__init__()
        self._token = "{project_id:%s}" % project_id_regex

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect."""
        for token in (self._token + "/", ""):
            if "parent_resource" in kwargs:
                p = kwargs["parent_resource"]
                kwargs["path_prefix"] = "%s%s/:%s_id" % (token, p["collection_name"], p["member_name"])
            else:
                kwargs["path_prefix"] = token
            routes.Mapper.resource(self, member_name, collection_name, **kwargs)
