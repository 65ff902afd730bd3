# ruff: noqa
# mypy: ignore-errors
"""Until the mapper room has these."""
from apirouter.errors import MalformedRequestUrl
from apirouter.routing.mapper import Mapper


def path_info(environ):
    path: str = environ.get("PATH_INFO", "")
    try:
        return path if path.isascii() else path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise MalformedRequestUrl("it is not UTF-8") from None


class APIMapper(Mapper):
    def connect(self, *args, **kargs):
        kargs.setdefault("requirements", {})
        kargs["requirements"].setdefault("format", "json|xml")
        return super().connect(*args, **kargs)


class PlainMapper(APIMapper):
    def resource(self, member_name, collection_name, **kwargs):
        if "parent_resource" in kwargs:
            p = kwargs["parent_resource"]
            kwargs["path_prefix"] = "%s/:%s_id" % (p["collection_name"], p["member_name"])
        Mapper.resource(self, member_name, collection_name, **kwargs)


class ProjectMapper(APIMapper):
    def __init__(self, project_id_regex=""):
        super().__init__()
        self._token = "{project_id:%s}" % project_id_regex

    def resource(self, member_name, collection_name, **kwargs):
        for token in (self._token + "/", ""):
            if "parent_resource" in kwargs:
                p = kwargs["parent_resource"]
                kwargs["path_prefix"] = "%s%s/:%s_id" % (token, p["collection_name"], p["member_name"])
            else:
                kwargs["path_prefix"] = token
            Mapper.resource(self, member_name, collection_name, **kwargs)
