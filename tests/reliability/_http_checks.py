"""What schemathesis checks beside its own, and where its own don't hold here; loaded by its command line.

1. No reply to a client's mistake is over 64 KiB; no request takes over 50 ms of the processor.
2. A version header that names another service counts as absent: requests whose only mistake it may be are no
   negative data.
3. A single value is an array of one on the wire; and the credentials stand on every request, so that a case
   without them has them too (its own check, ``ignored_auth``, sends it without).
4. ``DELETE /servers/detail`` deletes the server whose id is ``detail``: such a path's ``Allow`` has what its
   sibling ``/servers/{id}`` has too.
"""

from __future__ import annotations

import re
from typing import Any

import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.core.failures import AcceptedNegativeData

from tests.reliability._measured import HEADER

LIMIT, MILLISECONDS = 64 * 1024, 50.0
#: The checks of schemathesis itself that are replaced here.
REPLACED = ("negative_data_rejection", "allow_header_conformance")

_SAME_ON_THE_WIRE = re.compile(
    r"was array, became (integer|number|string|boolean|null)|violates `required`[^,]*was Authorization|"
    # A parameter of the query that nobody knows is dropped; no document can say otherwise.
    r"violates `additionalProperties`$"
)

_negative_data = CHECKS.get_one("negative_data_rejection")
_allow = CHECKS.get_one("allow_header_conformance")


@schemathesis.check
def small_refusals(ctx: Any, response: Any, case: Any) -> None:
    """Hold a 4xx to its size."""
    size = len(response.content) + sum(len(k) + len(v[0]) for k, v in response.headers.items())
    assert not (400 <= response.status_code < 500 and size > LIMIT), f"a refusal of {size} bytes"


@schemathesis.check
def little_processor(ctx: Any, response: Any, case: Any) -> None:
    """Hold a request to its time."""
    taken = float(response.headers.get(HEADER.lower(), ["0"])[0])
    assert taken <= MILLISECONDS, f"{taken} ms of the processor"


@schemathesis.check
def negative_data_is_refused(ctx: Any, response: Any, case: Any) -> Any:
    """Ask schemathesis, unless the version header alone may be what is wrong."""
    version = {k.lower(): v for k, v in (case.headers or {}).items()}.get("openstack-api-version")
    if version is not None and not re.search(r"(?:^|,)\s*compute(?:\s|,|$)", str(version), re.IGNORECASE):
        return None
    try:
        return _negative_data(ctx, response, case)
    except AcceptedNegativeData as failure:
        mistakes = re.findall(r"^Invalid component: .+|^ *- .*", str(failure.message), re.MULTILINE)
        if mistakes and all(map(_SAME_ON_THE_WIRE.search, mistakes)):
            return None
        raise


@schemathesis.check
def allow_is_what_the_paths_take(ctx: Any, response: Any, case: Any) -> Any:
    """Ask schemathesis, unless another path of the document matches too."""
    path = case.operation.path
    others = [p for p in case.operation.schema if p != path and _matches(p, path)]
    return None if others else _allow(ctx, response, case)


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None
