"""Plugins that misbehave, as modules and distributions on disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

GOOD = '''
from apirouter import extensions, wsgi
class Controller(wsgi.Controller):
    def index(self, req):
        return {"good": []}
class Good(extensions.APIExtension):
    """Is good."""
    name, alias, version = "Good", "good", 1
    def get_resources(self):
        return [extensions.ResourceExtension("good", Controller(), member_name="one")]
'''

_HEAD = """
from apirouter import extensions, wsgi
from apirouter.extensions import ControllerExtension, ResourceExtension
class C(wsgi.Controller):
    def index(self, req):
        return {}
class Sly(Exception):
    def __str__(self):
        raise RuntimeError("no text")
class Bad(extensions.APIExtension):
    name, alias, version = "Bad", "bad", 1
"""
_GETATTRIBUTE = """def __getattribute__(self, name):
        if name.startswith('__'):
            return object.__getattribute__(self, name)
        raise Sly"""


@dataclass(frozen=True, slots=True)
class Case:
    """One misbehaviour.

    :param name: what it is.
    :param module: the text of the plugin's module.
    :param target: what its entry point names in that module.
    :param loads: whether it is a misbehaviour that a service lives with.
    :param second: the text of a second distribution's module, whose entry point has the same name.
    """

    name: str
    module: str
    target: str = "Bad"
    loads: bool = False
    second: str = ""


def _resources(text: str) -> str:
    return f"{_HEAD}    def get_resources(self):\n        {text}\n"


def _body(text: str) -> str:
    return f"{_HEAD}    {text}\n"


def cases(seconds: float) -> list[Case]:
    """Return the misbehaviours.

    :param seconds: how long the slow import takes.
    """
    return [
        Case("import error", "import there_is_no_such_module_anywhere\n"),
        Case("import error with line ends", "raise ImportError('one\\r\\ntwo\\nERROR forged')\n"),
        Case("SyntaxError", "def (\n"),
        Case("not UTF-8", "# \udcff\nx = 'é'\n"),
        Case("SystemExit at import", "raise SystemExit(3)\n"),
        Case("sys.exit() at import", "import sys\nsys.exit('bye')\n"),
        Case("RecursionError at import", "def f(): f()\nf()\n"),
        Case("MemoryError at import", "raise MemoryError\n"),
        Case("an exception without text", _HEAD + "raise Sly\n"),
        Case("no such attribute", _HEAD, target="Nobody"),
        Case("no such attribute, nested", _HEAD, target="Bad.nobody.is_there"),
        Case("a number for a class", "Bad = 3\n"),
        Case("None for a class", "Bad = None\n"),
        Case("a module for a class", "import json as Bad\n"),
        Case("another class", "class Bad:\n    pass\n"),
        Case("a function that returns None", "def Bad(info):\n    pass\n"),
        Case(
            "a constructor that raises", _body("def __init__(self, info): raise RuntimeError('no database')")
        ),
        Case("a constructor that exits", _body("def __init__(self, info): raise SystemExit")),
        Case("a constructor of two arguments", _body("def __init__(self, info, more): pass")),
        Case("__new__ of another type", _body("def __new__(cls, info): return 7")),
        Case("a name that is a number", _body("name = 7")),
        Case("an alias that is a number", _body("alias = 7")),
        Case("an alias that is a list", _body("alias = ['bad']")),
        Case("an alias that raises", _body("alias = property(lambda self: 1 / 0)")),
        Case("an alias with line ends", _body("alias = 'bad\\r\\nERROR forged'")),
        Case("a version that is None", _body("version = None")),
        Case("a version that raises", _body("version = property(lambda self: 1 / 0)")),
        Case("is_valid says no", _body("def is_valid(self): return False")),
        Case("is_valid raises", _body("def is_valid(self): raise Sly")),
        Case("is_valid exits", _body("def is_valid(self): raise SystemExit")),
        Case("resources: a number", _resources("return 7")),
        Case("resources: a list of numbers", _resources("return [7]")),
        Case("resources: raises", _resources("raise KeyError('x')")),
        Case("resources: raises midway", _resources("yield ResourceExtension('bad', C()); raise Sly")),
        Case("resources: exits", _resources("raise SystemExit")),
        Case("resources: not callable", _body("get_resources = 7")),
        Case("resources: a collection that is a number", _resources("return [ResourceExtension(7, C())]")),
        Case("resources: a collection that is None", _resources("return [ResourceExtension(None, C())]")),
        Case("resources: a controller class", _resources("return [ResourceExtension('bad', C)]")),
        Case("resources: a controller that is text", _resources("return [ResourceExtension('bad', 'C')]")),
        Case("resources: no controller", _resources("return [ResourceExtension('bad')]")),
        Case("resources: actions, a list", _resources("return [ResourceExtension('bad', C(), None, ['x'])]")),
        Case(
            "resources: an action's method, a number",
            _resources("return [ResourceExtension('bad', C(), member_actions={'x': 7})]"),
        ),
        Case(
            "resources: a parent that is text",
            _resources("return [ResourceExtension('bad', C(), parent='servers')]"),
        ),
        Case(
            "resources: a parent without names",
            _resources("return [ResourceExtension('bad', C(), parent={})]"),
        ),
        Case(
            "resources: inherits nobody",
            _resources("return [ResourceExtension('bad', C(), inherits='nobody')]"),
        ),
        Case(
            "resources: inherits a number", _resources("return [ResourceExtension('bad', C(), inherits=7)]")
        ),
        Case(
            "resources: routes that raise",
            _resources("return [ResourceExtension('bad', C(), custom_routes_fn=lambda m, r: 1 / 0)]"),
        ),
        Case(
            "resources: routes that exit",
            _resources("return [ResourceExtension('bad', C(), custom_routes_fn=lambda m, r: exit())]"),
        ),
        Case(
            "resources: a member name that is a number",
            _resources("return [ResourceExtension('bad', C(), member_name=7)]"),
        ),
        Case(
            "resources: routes that are a number",
            _resources("return [ResourceExtension('bad', C(), custom_routes_fn=7)]"),
        ),
        Case(
            "extensions: of a number",
            _body("def get_controller_extensions(self): return [ControllerExtension(self, 7, C())]"),
        ),
        Case(
            "extensions: a controller that is None",
            _body("def get_controller_extensions(self): return [ControllerExtension(self, 'good', None)]"),
        ),
        Case("attributes that raise", _body(_GETATTRIBUTE)),
        Case("resources: somebody else's", _resources("return [ResourceExtension('good', C())]")),
        Case("extensions: a number", _body("def get_controller_extensions(self): return 7")),
        Case("extensions: raises", _body("def get_controller_extensions(self): raise Sly")),
        Case(
            "extensions: of nobody",
            _body("def get_controller_extensions(self): return [ControllerExtension(self, 'nobody', C())]"),
        ),
        Case(
            "extensions: a class",
            _body("def get_controller_extensions(self): return [ControllerExtension(self, 'good', C)]"),
        ),
        Case("the good one's alias", _body("alias = 'good'")),
        Case("two plugins with one name", _HEAD, second=_HEAD),
        Case("a description that is a number", _body("__doc__ = 7"), loads=True),
        Case("a version that is a list", _body("version = [1, 2]"), loads=True),
        Case("a time of change that is a number", _body("updated = 2026"), loads=True),
        Case("resources: None", _resources("return None"), loads=True),
        Case(f"{seconds:g} s of import", f"import time\ntime.sleep({seconds})\n{_HEAD}", loads=True),
        Case(
            "threads at import",
            "import threading\n"
            "for n in range(8): threading.Thread(target=lambda: __import__('wave'), daemon=n % 2).start()\n"
            + _HEAD,
            loads=True,
        ),
        Case(
            "prints at import",
            "print('hello'); import sys; sys.stderr.write('hello\\n')\n" + _HEAD,
            loads=True,
        ),
    ]


def write(case: Case, number: int, directory: Path, how: str) -> Path:
    """Write a case's distributions and an INI that loads them; return the INI's path.

    :param case: the misbehaviour.
    :param number: tells its modules from the others'.
    :param directory: goes onto ``sys.path``.
    :param how: ``on_load_failure``.
    """
    namespace = f"misbehaving{number}.plugins"
    good, bad, second = (f"{word}_plugin_{number}" for word in ("good", "bad", "second"))
    _distribution(directory, good, GOOD, namespace, f"a-good = {good}:Good")
    _distribution(directory, bad, case.module, namespace, f"bad = {bad}:{case.target}")
    if case.second:
        _distribution(directory, second, case.second, namespace, f"bad = {second}:Bad")
    path = directory / f"case{number}-{how}.ini"
    path.write_text(
        "[composite:main]\nuse = egg:apirouter#urlmap\n/ = api\n/healthcheck = health\n"
        "[app:health]\nuse = egg:apirouter#healthcheck\ndetailed = yes\n"
        f"[app:api]\nuse = egg:apirouter#router\nnamespace = {namespace}\non_load_failure = {how}\n"
        "mapper = plain\n"
    )
    return path


def uninstall(number: int, directory: Path) -> None:
    """Remove a case's bad plugin, as an uninstaller does."""
    (directory / f"bad_plugin_{number}.py").unlink()
    shutil.rmtree(directory / f"bad_plugin_{number}-1.0.dist-info")


def _distribution(directory: Path, name: str, module: str, namespace: str, point: str) -> None:
    (directory / f"{name}.py").write_bytes(module.encode("utf-8", "surrogateescape"))
    info = directory / f"{name}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{namespace}]\n{point}\n")
