"""Loads take turns: what they import for the first time is not safe to be imported by several threads at once.

One thread imports a module, which needs its package; another imports the package, whose ``__init__`` needs that
module. Each has the lock that the other waits for; Python finds out, and lets one of the two fail
(``_DeadlockError``). Which modules an INI names, and what those import when they are called, is not ours to order:
so one thread at a time loads. It costs nothing, for imports and factories run under the interpreter's lock anyway.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: How long a load waits for others, in seconds. A factory may itself wait for a thread that loads: that one goes
#: on without a turn.
PATIENCE = 60.0


class _Turns:
    """A lock that the threads of one process share; a thread may take it again while it has it."""

    def __init__(self) -> None:
        self._renew()
        # A thread that had it when the process forked is not there to give it back.
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def taken(self, patience: float = PATIENCE) -> Iterator[None]:
        """Wait for the turn, and give it back at the end.

        :param patience: how long to wait, in seconds.
        """
        lock = self._lock
        have = lock.acquire(timeout=patience)
        try:
            yield
        finally:
            if have:
                lock.release()


_turns = _Turns()
#: What a load runs in.
turn = _turns.taken
