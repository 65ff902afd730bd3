"""The application that a server of :mod:`bench.sockets` imports; its environment says which.

``BENCH_PEER`` is whose it is, ``BENCH_SIZE`` how many resources it has, ``BENCH_CONFIGURATION`` whether the
packages of the ``fast`` extra can be imported.
"""

from __future__ import annotations

import os

from bench import peers
from bench.whole import configure

configure(os.environ["BENCH_CONFIGURATION"])
application = peers.make(os.environ["BENCH_PEER"], int(os.environ["BENCH_SIZE"]))
