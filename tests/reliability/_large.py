"""Strategies (hypothesis) for bodies as large as the compute example lets pass, each at a place that a schema knows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

#: What etc/api-paste.ini lets pass, in bytes.
LIMIT = 114688

_ITEMS = [
    *("1", "1e9", "-0.1", "{}", "[]", "null", "true", '""', '"k"', '"1"', '"\\u3000"', "[[]]", "[1,[1]]"),
    *('{"a":1}', '{"a":{"a":1}}', '{"uuid":"x","source_type":"image"}', '{"uuid":1,"source_type":3,"b":4}'),
    *('{"rel":"self"}', '"' + "x" * 300 + '"', "9" * 40, "[" * 50 + "]" * 50),
]
_TEXTS = ["a", "\\u0001", "\\u3000", "ぁ", "\\\\", "'\\\"", "9", " ", ":", "f:", "1.", "-", "\\n", "😀", "a."]
_KEYS = ["k{}", "{}", "/{}", "k {}", "ぁ{}", "{}\\n"]
_VALUES = ['"v"', "1", "{}", "null", '""', "[1]", '{"a":1}']

_GOOD = '"name":"web","imageRef":"0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01","flavorRef":"1"'
_FIELDS = [
    *(
        "name",
        "accessIPv4",
        "accessIPv6",
        "OS-DCF:diskConfig",
        "imageRef",
        "flavorRef",
        "metadata",
        "adminPass",
    ),
    *("min_count", "max_count", "networks", "block_device_mapping_v2", "description", "unknown"),
]
_ACTIONS = [
    *("reboot", "resize", "createImage", "rollbackSnapshot", "confirmResize", "os-start", "lock", "unknown"),
    *("os-resetState", "reboot.type", "createImage.name", "createImage.metadata", "lock.locked_reason"),
    *("rollbackSnapshot.snapshot_id", "os-resetState.state", "resize.flavorRef"),
]


#: What the large value is: ``array`` of an item and a last one, ``object`` of a key and two values, ``text``.
Recipe = tuple[str, ...]


def _made(recipe: Recipe) -> str:
    """Return the JSON text of a large value."""
    kind, *parts = recipe
    size = sum(len(part.encode()) for part in parts)
    # Less what stands around it, and its own end.
    room = LIMIT - 600 - size
    if kind == "array":
        item, last = parts
        return "[" + f"{item}," * (room // (len(item.encode()) + 1)) + last + "]"
    if kind == "object":
        key, value, last = parts
        members = (f'"{key.format(number)}":{value},' for number in range(room // (size + 7)))
        return "{" + "".join(members) + f'"last":{last}' + "}"
    return '"' + parts[0] * (room // size) + '"'


_WIDE: Any = st.one_of(
    st.tuples(st.just("array"), st.sampled_from(_ITEMS), st.sampled_from(_ITEMS)),
    st.tuples(st.just("object"), st.sampled_from(_KEYS), st.sampled_from(_VALUES), st.sampled_from(_VALUES)),
    st.tuples(st.just("text"), st.sampled_from(_TEXTS)),
)


def _action(place: str) -> str:
    action, _, field = place.partition(".")
    return f'{{"{action}":{{"{field}":VALUE}}}}' if field else f'{{"{action}":VALUE}}'


def _request(path: str, method: str, body: str, recipe: Recipe, version: str) -> tuple[dict[str, Any], bytes]:
    request = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_X_AUTH_TOKEN": "alice:demo"}
    request["HTTP_OPENSTACK_API_VERSION"] = f"compute {version}"
    return request, body.replace("VALUE", _made(recipe)).encode()


def _to(path: str, method: str, *bodies: str) -> Any:
    paths = st.sampled_from([path, path.replace("/v2.1", "/v2")])
    versions = st.sampled_from(["2.1", "2.10"])
    # What is printed of one that fails is its recipe, not its hundred kilobytes.
    return st.builds(_request, paths, st.just(method), st.sampled_from(bodies), _WIDE, versions)


#: Requests: environ and body.
LARGE = st.one_of(
    _to("/v2.1/servers", "POST", *(f'{{"server":{{{_GOOD},"{field}":VALUE}}}}' for field in _FIELDS)),
    _to("/v2.1/servers", "POST", "VALUE", '{"server":VALUE}'),
    _to("/v2.1/servers/1", "PUT", "VALUE", '{"server":VALUE}'),
    _to("/v2.1/servers/1/action", "POST", *map(_action, _ACTIONS)),
    _to("/v2.1/servers/1/metadata", "PUT", "VALUE", '{"metadata":VALUE}'),
    _to("/v2.1/servers/1/metadata/k", "PUT", '{"meta":VALUE}'),
    _to("/v2.1/servers/1/create_snapshot_test", "POST", '{"create_snapshot_test":VALUE}'),
)
