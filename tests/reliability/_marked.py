"""A service that shows in each reply which INI it was loaded from, twice: by a filter and by its application."""

from __future__ import annotations

import os
from pathlib import Path

APP = '''
import dataclasses
import json
import os
import time
from pathlib import Path

from apirouter.filters.base import Filter, factory_of

#: The version of this code.
CODE = "1"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the filter."""

    mark: str


class Mark(Filter):
    """Shows the INI's mark in a header."""

    options = Options

    def serving(self, inner):
        mark = self.settings.mark

        def marking(environ, start_response):
            def start(status, headers, exc_info=None):
                return start_response(status, [*headers, ("X-Mark", mark)], exc_info)

            return inner(environ, start)

        return marking

    def close(self):
        """Tell that it was closed."""
        with open("closed", "a") as file:
            file.write(f"filter {self.settings.mark}\\n")


mark_filter = factory_of(Mark)


class App:
    """Shows the INI's mark in the body, and breaks once it was closed."""

    def __init__(self, mark):
        self.mark, self.open = mark, True

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            Path("slow-started").touch()
            while not Path("slow-go").exists():
                time.sleep(0.01)
        assert self.open
        told = {"mark": self.mark, "pid": os.getpid(), "code": CODE, "asked": environ.get("QUERY_STRING", "")}
        body = json.dumps(told).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        if environ["PATH_INFO"] == "/lazy":
            return self.lazily(body)
        return [body]

    def lazily(self, body):
        for start in range(0, len(body), 16):
            time.sleep(0.001)
            assert self.open
            yield body[start : start + 16]

    def close(self):
        """Tell that it was closed."""
        self.open = False
        with open("closed", "a") as file:
            file.write(f"app {self.mark}\\n")


def app_factory(global_conf, mark):
    """Make the application."""
    return App(mark)
'''

PLUGIN = '''
from apirouter import wsgi
from apirouter.extensions import APIExtension, ResourceExtension


class Controller(wsgi.Controller):
    @wsgi.expected_errors(())
    def index(self, req):
        """Show the plugin's name."""
        return {"plugin": "%(name)s"}


class Plugin(APIExtension):
    """A plugin."""

    name, alias, version = "%(name)s", "%(name)s", 1

    def get_resources(self):
        return [ResourceExtension("%(name)s", Controller())]

    def close(self):
        """Tell that it was closed."""
        with open("closed", "a") as file:
            file.write("plugin %(name)s\\n")
'''

INI = """
[DEFAULT]
marker = MARK

[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/ = marked
/api = api

[pipeline:marked]
pipeline = mark app

[filter:mark]
paste.filter_factory = marked_api:mark_filter
mark = %(marker)s

[app:app]
paste.app_factory = marked_api:app_factory
mark = %(marker)s

[app:api]
paste.app_factory = apirouter.routing.router:APIRouter.factory
namespace = marked_api.extensions
service_type = marked

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = 1
threads = 16
connection_limit = 1000
"""


def write(home: Path) -> Path:
    """Write the distribution, one plugin and the INI; return the INI's path.

    :param home: goes onto the module path.
    """
    (home / "marked_api.py").write_text(APP)
    add_plugin(home, "first")
    return mark(home, "0")


def mark(home: Path, value: str, **replaced: str) -> Path:
    """Write the INI with a mark; return its path."""
    text = INI.replace("MARK", value)
    for old, new in replaced.items():
        text = text.replace(old, new)
    return put(home / "marked.ini", text)


def put(path: Path, text: str) -> Path:
    """Write a file as operators should: there is never half of it."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)
    return path


def add_plugin(home: Path, name: str) -> None:
    """Install a distribution with one plugin."""
    (home / f"{name}_plugin.py").write_text(PLUGIN % {"name": name})
    info = home / f"{name}_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[marked_api.extensions]\n{name} = {name}_plugin:Plugin\n")


def remove_plugin(home: Path, name: str) -> None:
    """Uninstall it."""
    info = home / f"{name}_plugin-1.0.dist-info"
    for path in (*info.iterdir(), home / f"{name}_plugin.py"):
        path.unlink()
    info.rmdir()
