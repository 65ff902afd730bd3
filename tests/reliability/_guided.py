"""One kind of input, looked for by atheris: ``python -m tests.reliability._guided KIND SECONDS``.

Atheris ends the process itself; its last line says how many inputs it ran, and the last one with ``cov:`` how many
branches they reached. How many of them made a request (or a file) of their bytes is told from time to time.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(kind: str, seconds: int) -> None:
    """Look for a broken promise until the time is over.

    :param kind: one of those of :mod:`._requests`, or ``INI files``.
    :param seconds: how long.
    """
    import atheris

    directory = Path(tempfile.mkdtemp())
    with atheris.instrument_imports(include=["apirouter", "compute_api"], enable_loader_override=False):
        from tests.reliability import _ini, _requests, fuzz
        from tests.reliability._judge import Judge

        # A load imports most of the library.
        made = fuzz.applications(directory).values()
        # Code that tells of each branch is slow: what it takes of the processor says nothing.
        judges = [Judge(application, milliseconds=math.inf) for application in made]
    if kind == "INI files":
        prop: Any = _ini.target(directory, 100, [0])
    else:

        def every(request: Any, body: bytes) -> None:
            for judge in judges:
                judge(request, body)

        prop = fuzz.target(every, _requests.KINDS[kind], 100)  # type: ignore[arg-type]

    made_of_bytes = 0

    def one(data: bytes) -> None:
        nonlocal made_of_bytes
        if prop.hypothesis.fuzz_one_input(data) is not None:
            made_of_bytes += 1
            if made_of_bytes % 10 == 0:
                sys.stderr.write(f"cases: {made_of_bytes}\n")

    # An input that is short makes no request at all: it starts from long ones.
    corpus, chance = directory / "corpus", random.Random(1)
    corpus.mkdir()
    for number in range(64):
        (corpus / str(number)).write_bytes(chance.randbytes(4096))
    with fuzz.quiet():
        limits = [f"-max_total_time={seconds}", "-rss_limit_mb=0", "-max_len=8192", "-len_control=0"]
        limits.append(f"-artifact_prefix={directory}/")
        atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
