"""One small service, written for the library and for each of its peers as their own documentation would.

Each module has ``application(size)``, which returns the WSGI application with ``size`` resources; what they
all answer is in :mod:`bench.peers.work`. A peer has no middleware: it does the bare work. The ancestor, like
the library, has the whole way: urlmap, the eight filters, microversions, extensions, validation.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: The library's own name among the peers.
OURS = "apirouter"
#: Who -> the module that has it, and what its ``application`` takes beside the number of resources.
PEERS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        OURS: ("ours", {}),
        "bare": ("bare", {}),
        "falcon": ("falcon", {}),
        "bottle": ("bottle", {}),
        "flask": ("flask", {}),
        "pyramid": ("pyramid", {}),
        "pecan, memoised": ("pecan", {"memoised": True}),
        "pecan": ("pecan", {}),
        "ancestor": ("ancestor", {}),
    }
)


def make(name: str, size: int) -> Application:
    """Return the service as one of :data:`PEERS` serves it.

    :param name: who.
    :param size: how many resources its table has.
    :raises ImportError: the peer is not installed.
    """
    module, options = PEERS[name]
    made: Application = importlib.import_module(f"bench.peers.{module}").application(size, **options)
    return made


def available(size: int, *, without: Iterable[str] = ()) -> tuple[dict[str, Application], dict[str, str]]:
    """Return the service as each installed peer serves it, and why the others are left out.

    :param size: how many resources the tables have.
    :param without: who is not wanted.
    :raises ImportError: what the library itself needs is not installed.
    """
    found, missing = {}, {}
    for name in PEERS:
        if name in without:
            continue
        try:
            found[name] = make(name, size)
        except ImportError as error:
            if name == OURS:
                raise
            missing[name] = f"{error}"
    return found, missing
