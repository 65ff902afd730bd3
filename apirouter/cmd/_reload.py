"""Start again when something that counts has changed: hupper watches."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Sequence

from apirouter.errors import MissingExtra

#: Files that an INI refers to: ``config:other.ini``, ``policy_file = policy.yaml``.
_REFERENCE = re.compile(r"config:([^\s#]+)|^\s*\w*_file\s*=\s*(\S+)", re.MULTILINE)


def _hupper() -> None:
    try:
        import hupper  # noqa: F401
    except ImportError as error:
        raise MissingExtra("--reload", "hupper", "reload") from error


def is_worker() -> bool:
    """Tell whether this process is the one that is started again and again.

    :raises MissingExtra: hupper is not installed.
    """
    _hupper()
    import hupper

    return bool(hupper.is_active())


def start(arguments: Sequence[str]) -> int:
    """Run ``apirouter-serve`` in a child process, again after each change; returns when it is ended.

    :param arguments: its arguments.
    """
    import hupper

    hupper.start_reloader(
        "apirouter.cmd.serve.main", worker_args=[list(arguments)], verbose=1, shutdown_interval=30
    )
    return 0


def watch(ini: str | None) -> None:
    """Tell the watching process which files count: the INI, the plugins' metadata, the modules of now.

    Hupper itself looks for new modules once a second: a change before that would go unseen.

    :param ini: path of the INI, or None.
    """
    import hupper

    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = [*(referred(ini) if ini else ()), *entry_point_files(), *filter(None, modules)]
    hupper.get_reloader().watch_files(files)


def referred(ini: str) -> list[str]:
    """Return an INI and the files that it refers to, each once.

    :param ini: its path.
    """
    found: dict[str, None] = {}
    todo = [os.path.abspath(ini)]
    while todo:
        path = todo.pop()
        if path in found or not os.path.isfile(path):
            continue
        found[path] = None
        here = os.path.dirname(path)
        with open(path, encoding="utf-8", errors="replace") as stream:
            text = stream.read() if path.endswith((".ini", ".conf", ".cfg")) else ""
        for config, file in _REFERENCE.findall(text):
            name = (config or file).replace("%(here)s", here)
            todo.append(os.path.join(here, name))
    return list(found)


def entry_point_files() -> list[str]:
    """Return the files that say which plugins are installed."""
    files = []
    for distribution in importlib.metadata.distributions():
        metadata = getattr(distribution, "_path", None)
        if metadata is not None:
            files.append(os.path.join(str(metadata), "entry_points.txt"))
    return [file for file in files if os.path.isfile(file)]
