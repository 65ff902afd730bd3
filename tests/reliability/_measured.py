"""A filter that tells in a header how much of the processor a request took, for a client that checks it."""

from __future__ import annotations

import gc
import time
from typing import Any

HEADER = "X-Cpu-Milliseconds"


def filter_factory(global_conf: Any, **local_conf: Any) -> Any:
    """Make the filter (``paste.filter_factory``)."""

    def wrap(application: Any) -> Any:
        # What the load left is not the request's to look through.
        gc.collect()
        gc.freeze()

        def measured(environ: Any, start_response: Any) -> Any:
            begun = time.thread_time_ns()

            def start(status: str, headers: Any, exc_info: Any = None) -> Any:
                taken = (time.thread_time_ns() - begun) / 1e6
                headers = [*headers, (HEADER, f"{taken:.2f}")]
                return (
                    start_response(status, headers, exc_info) if exc_info else start_response(status, headers)
                )

            return application(environ, start)

        return measured

    return wrap
