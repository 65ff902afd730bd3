"""Building without being interrupted by the search for cyclic garbage."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Leave cyclic garbage alone in a block that makes much and drops little.

    A table of thousands of routes only grows while it is built; to look through all of it time and again, in
    vain, took a quarter of the time. Who has switched collection off finds it off afterwards; of two threads that
    build at once, the first to end switches it on again for both.
    """
    paused = gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
