"""What somebody else on this machine may have written, and a load would believe."""

from __future__ import annotations

import os
import stat

from apirouter.errors import ConfigError


def check_cache() -> None:
    """Refuse a cache of entry points that others can write: it names code that would be imported.

    No plugin of ours is found through it, but oslo.policy and plugins use stevedore, which believes it whoever
    wrote it.

    :raises ConfigError: the directory is somebody else's, or writable for others.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "python-entrypoints")
    try:
        found = os.stat(path)
    except OSError:
        return
    if not hasattr(os, "geteuid"):
        return
    problem = ""
    if found.st_uid not in (os.geteuid(), 0):
        problem = "belongs to somebody else"
    elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        problem = "can be written by others"
    if problem:
        raise ConfigError(
            f"{path} {problem}: it says which code stevedore imports",
            fix="remove it, or set XDG_CACHE_HOME to a directory of the service's own",
        )
