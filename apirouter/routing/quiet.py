"""Building without being interrupted by the search for cyclic garbage."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

#: Python 3.12 starts with some hundreds of objects frozen.
_FROZEN_BY_PYTHON = 1000


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Leave cyclic garbage alone in a block that makes much and drops little.

    A table of thousands of routes only grows while it is built; to look through all of it time and again, in
    vain, took a quarter of the time. Who has switched collection off finds it off afterwards; of two threads that
    build at once, the first to end switches it on again for both.
    """
    paused, before = gc.isenabled(), sys.getallocatedblocks()
    if paused:
        gc.disable()
    try:
        yield
        if paused:
            _grow_old(before)
    finally:
        if paused:
            gc.enable()


def _grow_old(before: int) -> None:
    """Count what was made as old when the process is half as large again: a full collection alone looks through it.

    As the youngest it would be looked through at once, and again when the next generation is, in the middle of a
    request: some fifty milliseconds each for 300 resources.

    1. The collector takes no note of what grows old so, and is not to put off a full collection for it: a third
       table, for which the first may be garbage by now, is left to it.
    2. A process that has frozen objects of its own (before it forks, as the documentation of :mod:`gc` advises)
       keeps them frozen: they can't be told from these.
    3. Blocks of memory are counted, not objects: who asks the collector for its objects gets hold of those that
       another thread has not finished yet.

    :param before: how many blocks there were.
    """
    large = 2 * (sys.getallocatedblocks() - before) > before
    if large and gc.get_freeze_count() < _FROZEN_BY_PYTHON:
        gc.freeze()
        gc.unfreeze()
