"""Which part of ``package.module:attribute`` fails, and what was probably meant."""

from __future__ import annotations

import importlib.metadata
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterable
from typing import Any

from apirouter.deploy.renames import renamed
from apirouter.errors import suggest


def explain_import(expression: str, error: BaseException) -> tuple[str, str]:
    """Say why a dotted name can't be loaded.

    :param expression: ``package.module:attribute.attribute``.
    :param error: what loading it raised.
    :returns: what is wrong, and the likely fix.
    """
    module_name, colon, attributes = _split(expression)
    if not module_name or (colon and not attributes):
        return f"'{expression}' is no dotted name", "write 'package.module:factory'"
    former = renamed(expression)
    if former:
        return f"'{expression}' is a former name", f"write '{former}'"
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    if missing and f"{module_name}.".startswith(f"{missing}."):
        return f"'{expression}': there is no module '{missing}'", _likely_module(missing, expression)
    module = sys.modules.get(module_name)
    if module is None:
        problem = f"'{expression}': importing module '{module_name}' raised {type(error).__name__}: {error}"
        where = raised_where(error, expression)
        return problem, f"see {where}" if where else "the cause shows where"
    found: Any = module
    for name in attributes.split(".") if attributes else ():
        if not hasattr(found, name):
            owner = "module" if inspect.ismodule(found) else "class" if inspect.isclass(found) else "object"
            where = getattr(found, "__name__", repr(found))
            fix = near(name, dir(found)) or f"check what {where} has"
            return f"'{expression}': {owner} '{where}' has no '{name}'", fix
        found = getattr(found, name)
    return f"'{expression}' can't be loaded: {type(error).__name__}: {error}", ""


def explain_distribution(name: str) -> tuple[str, str]:
    """Say that no distribution of this name is installed, and which one was probably meant."""
    if name.lower() == "paste":
        return f"no distribution '{name}' is installed", "install it, or use 'egg:apirouter#urlmap'"
    installed = (found.metadata["Name"] for found in importlib.metadata.distributions())
    fix = near(name, (other for other in installed if other)) or "install it, or check the name"
    return f"no distribution '{name}' is installed", fix


def near(wrong: str, known: Iterable[str]) -> str:
    """Return "did you mean", or nothing when no known word is near enough."""
    found = suggest(wrong, known)
    return found if found.startswith("did you mean") else ""


def name_of(factory: Any) -> str:
    """Return ``module:qualified.name`` of a factory, or nothing when it has none."""
    module = getattr(factory, "__module__", None)
    name = getattr(factory, "__qualname__", None)
    return f"{module}:{name}" if module and name else ""


def own_factory(found: Any, expression: str) -> str:
    """Return the dotted name of the factory that a class has itself; empty for what is none, or has none.

    :param found: what an INI names as a factory.
    :param expression: how it names it.
    """
    if not inspect.isclass(found) or not callable(getattr(found, "factory", None)):
        return ""
    return f"{expression.partition('[')[0].strip()}.factory"


def raised_at(error: BaseException) -> str:
    """Say in which file, line and function an exception was raised, nothing when it has no traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"see {frames[-1].filename}:{frames[-1].lineno}, in {frames[-1].name}" if frames else ""


def raised_where(error: BaseException, expression: str) -> str:
    """Return the file and line of somebody's own code that an error came from; empty where none is in it.

    :param error: what the code raised.
    :param expression: what named the code, ``package.module:attribute``: of the frames, the innermost of this
        package counts most, then the innermost that is neither of Python's import system nor of apirouter.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}" if error.lineno else error.filename
    package = _split(expression)[0].partition(".")[0]
    found = own = ""
    step = error.__traceback__
    while step is not None:
        top = str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        place = f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
        if top == package:
            own = place
        elif top not in ("apirouter", "importlib"):
            found = place
        step = step.tb_next
    return own or found


def _split(expression: str) -> tuple[str, str, str]:
    module_name, colon, attributes = expression.partition("[")[0].strip().partition(":")
    return module_name.strip(), colon, attributes.strip()


def _likely_module(missing: str, expression: str) -> str:
    parent, _, name = missing.rpartition(".")
    if not parent:
        return (
            near(name, (m.name for m in pkgutil.iter_modules()))
            or "install what has it, or check the spelling"
        )
    paths = getattr(sys.modules.get(parent), "__path__", None)
    if paths is None:
        if hasattr(sys.modules.get(parent), name):
            # What follows a module is one of its attributes: the colon was forgotten, or stands too far right.
            rest = expression.partition("[")[0].strip().removeprefix(f"{parent}.").replace(":", ".")
            return f"write '{parent}:{rest}'"
        return f"'{parent}' is no package"
    return suggest(name, (m.name for m in pkgutil.iter_modules(paths)))
