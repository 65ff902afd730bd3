"""Strategies (hypothesis) for hostile requests: anything a server may put in an environ, and near misses."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.reliability._large import LARGE

Request = tuple[dict[str, Any], bytes]

#: Text as a server makes it of any bytes (PEP 3333).
ANY = st.text(st.characters(max_codepoint=255, blacklist_categories=()), max_size=120)
#: The same without what no server lets through in a header.
HEADER = st.text(st.characters(max_codepoint=255).filter(lambda c: c not in "\r\n\0"), max_size=120)
LONG = st.builds(
    lambda c, n: c * n, st.sampled_from('a,;=-./%"[{( \xe9'), st.sampled_from([300, 5000, 60000])
)

_IDS = ["1", "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01", "00000000-0000-0000-0000-000000000000", "demo"]
_WORDS = [
    *(
        "v2",
        "v2.1",
        "servers",
        "detail",
        "flavors",
        "images",
        "extensions",
        "metadata",
        "action",
        "diagnostics",
    ),
    *(
        "create_snapshot_test",
        "servers.json",
        "1.json",
        "healthcheck",
        "metrics",
        "catalog",
        "books",
        "look_test",
    ),
    *("basemethod", "my_restcontroller", "things", "index", "_default", "error"),
]
_EVIL = [
    *(
        "",
        ".",
        "..",
        "%2e%2e",
        "%2F",
        "\\",
        "//evil.example",
        "\t",
        "\r\nX: y",
        "\0",
        "\x7f",
        "*",
        "{id}",
        "%",
    ),
    *("__class__", "__init__", "__globals__", "__dict__", "_private", "'", '"', "<script>", "${7*7}", "%s%n"),
    *("\xc3\xa9", "\xff\xfe", "\xed\xa0\x80", "\xe2\x80\xae", "a" * 3000, "-" * 400, ";a=b", "?x", "#f", " "),
]
SEGMENT = st.one_of(st.sampled_from(_WORDS), st.sampled_from(_IDS), st.sampled_from(_EVIL), ANY)
PATH = st.one_of(
    st.builds(lambda p, s, e: p + "/".join(s) + e, st.sampled_from(["/", "/v2.1/", "/v2/", "//", ""]),
              st.lists(SEGMENT, max_size=6), st.sampled_from(["", "/", ".json", "/.."])),
    ANY,
    LONG,
)  # fmt: skip
METHOD = st.one_of(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    st.sampled_from(["TRACE", "CONNECT", "get", "", "GET ", "M-SEARCH", "\xe9", "A" * 300]),
    HEADER,
)


def _mix(*strategies: Any) -> Any:
    """Return a text made of pieces, some from each strategy."""
    return st.one_of(st.lists(st.one_of(*strategies), max_size=8).map("".join), HEADER, LONG)


_NUMBER = st.one_of(
    st.integers(-2, 12).map(str), st.sampled_from(["01", "1_0", "\xb2", "9" * 30, "latest", ""])
)
VERSION = _mix(
    st.sampled_from(
        ["compute ", "compute", "COMPUTE\t", "identity ", ",", ", ", " ", ".", "2.1", "2.10", "2.", "\xa0"]
    ),
    _NUMBER,
)
ACCEPT = _mix(
    st.sampled_from(
        ["application/json", "application/vnd.openstack.compute+json", "text/html", "*/*", "*", "/"]
    ),
    st.sampled_from([";q=", ";q=0.5", ";version=2.1", ';v="', ",", ", ", ";", "=", '"', "\\", " ", "+json"]),
    _NUMBER,
)
FORWARDED = _mix(
    st.sampled_from(
        ["for=", "for=192.0.2.1", 'for="[2001:db8::1]:80"', "proto=", "https", "host=", "by=", "_hidden"]
    ),
    st.sampled_from(
        [";", ",", ", ", "=", '"', "\\", '\\"', " ", "unknown", "evil.example", ":99999", "[", "]"]
    ),
)
ADDRESSES = _mix(
    st.sampled_from(["192.0.2.1", "::1", "[::1]:1", "127.0.0.1", ",", ", ", "unknown", ":", "unix", "%eth0"])
)
HOST = _mix(
    st.sampled_from(["a.example", ":80", ":", "[::1]", "@", "/", "?", "#", " ", "\t", "%00", "..", "\\", ","])
)
ORIGIN = _mix(
    st.sampled_from(["https://", "horizon.example", "null", "http://", ":443", "*", "/", ",", " ", "."])
)
NAMES = _mix(
    st.sampled_from(["X-Auth-Token", "Content-Type", ",", ", ", " ", "*", ":", "X_Y", "GET", "DELETE"])
)
TOKEN = st.one_of(st.sampled_from(["alice:demo", "admin:demo", "alice", ":", "a:b:c", " : "]), HEADER, LONG)
LENGTH = st.one_of(
    st.sampled_from(["", "0", "1", "10", "+1", "-1", "1_0", " 1", "1 ", "\xb2", "9" * 5000, "1,1"]), HEADER
)
TYPE = st.one_of(
    st.sampled_from(
        ["application/json", "application/json; charset=UTF-8", "text/plain", "text/html", "", "json"]
    ),
    st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"]
    ),
    HEADER,
)
QUERY = st.one_of(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["limit", "marker", "sort_key", "sort_dir", "name", "all_tenants", "minRam", "x"]
            ),
            ANY,
        ),
        max_size=6,
    ).map(lambda pairs: "&".join(f"{k}={v}" for k, v in pairs)),
    ANY,
    LONG,
    st.sampled_from(
        ["limit=-1", "limit=1&limit=2", "name=%ff", "name=%c3%28", "sort_key=__class__", "&" * 5000]
    ),
    st.integers(1, 8000).map(lambda n: "&".join(f"k{i}=" for i in range(n))),
)

_OTHER_HEADERS = {
    "HTTP_CONNECTION": NAMES, "HTTP_TRANSFER_ENCODING": st.one_of(st.just("chunked"), HEADER),
    "HTTP_EXPECT": HEADER, "HTTP_TE": HEADER, "HTTP_COOKIE": HEADER, "HTTP_AUTHORIZATION": HEADER,
    "HTTP_X_ROLES": HEADER, "HTTP_X_USER_ID": HEADER, "HTTP_IF_NONE_MATCH": HEADER, "HTTP_RANGE": HEADER,
    "HTTP_CONTENT_ENCODING": st.one_of(st.just("gzip"), HEADER), "HTTP_TRACEPARENT": HEADER,
    "HTTP_X_OPENSTACK_REQUEST_ID": st.one_of(st.just("req-0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01"), HEADER),
    "HTTP_X_TRACE_INFO": HEADER, "HTTP_X_TRACE_HMAC": HEADER, "HTTP_ACCEPT_LANGUAGE": HEADER,
}  # fmt: skip
_FORWARDING = {
    "HTTP_FORWARDED": FORWARDED,
    "HTTP_X_FORWARDED_FOR": ADDRESSES,
    "HTTP_X_FORWARDED_PROTO": _mix(st.sampled_from(["http", "https", ",", " ", "ws"])),
    "HTTP_X_FORWARDED_HOST": HOST,
    "HTTP_X_FORWARDED_PORT": _mix(_NUMBER, st.just(",")),
    "HTTP_X_FORWARDED_PREFIX": PATH,
    "REMOTE_ADDR": st.one_of(st.sampled_from(["127.0.0.1", "192.0.2.1", "", "::1", "fe80::1%eth0"]), HEADER),
}
_CORS = {
    "HTTP_ORIGIN": ORIGIN,
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": METHOD,
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": NAMES,
    "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK": HEADER,
}
_VERSIONS = {"HTTP_OPENSTACK_API_VERSION": VERSION, "HTTP_X_OPENSTACK_NOVA_API_VERSION": VERSION}
_CGI = {
    "REQUEST_METHOD": METHOD, "SCRIPT_NAME": st.one_of(st.just(""), PATH), "PATH_INFO": PATH,
    "QUERY_STRING": QUERY, "CONTENT_TYPE": TYPE, "CONTENT_LENGTH": LENGTH, "SERVER_NAME": HOST,
    "SERVER_PORT": st.one_of(st.just("80"), _NUMBER), "SERVER_PROTOCOL": st.one_of(st.just("HTTP/1.0"),
    HEADER),
    "REMOTE_USER": ANY, "REMOTE_HOST": ANY, "REMOTE_PORT": ANY, "AUTH_TYPE": ANY, "HTTP_HOST": HOST,
    "HTTP_X_AUTH_TOKEN": TOKEN, "HTTP_ACCEPT": ACCEPT,
}  # fmt: skip

_LIKELY = {
    "PATH_INFO": st.sampled_from(
        ["/v2.1/servers", "/v2.1/flavors/1", "/v2.1/", "/", "/v2/servers", "/v2.1/nope"]
    ),
    "REQUEST_METHOD": st.sampled_from(["GET", "GET", "POST", "OPTIONS", "HEAD", "DELETE"]),
    "HTTP_X_AUTH_TOKEN": st.just("alice:demo"),
}

_SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30),
    st.sampled_from(["1", "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01", "SOFT", 10**41, 1e308, "", "x" * 300]),
)  # fmt: skip
_KEYS = st.one_of(
    st.sampled_from(
        ["server", "name", "imageRef", "flavorRef", "metadata", "reboot", "type", "resize", "os-start"]
    ),
    st.sampled_from(
        ["createImage", "os-resetState", "lock", "meta", "accessIPv4", "min_count", "description"]
    ),
    st.text(max_size=12),
)
JSON = st.recursive(
    _SCALAR,
    lambda s: st.one_of(st.lists(s, max_size=4), st.dictionaries(_KEYS, s, max_size=4)),
    max_leaves=15,
)
_GOOD = {"server": {"name": "web", "imageRef": "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01", "flavorRef": "1"}}


def _with(path: tuple[str, ...], value: Any) -> Any:
    document = json.loads(json.dumps(_GOOD))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


_NEAR = st.builds(
    _with,
    st.sampled_from(
        [("server",), ("server", "name"), ("server", "metadata"), ("server", "imageRef"), ("x",)]
    ),
    JSON,
)
BODY = st.one_of(
    JSON.map(lambda v: json.dumps(v).encode()),
    _NEAR.map(lambda v: json.dumps(v).encode()),
    st.binary(max_size=200),
    st.sampled_from([
        b"[" * 100000, b'{"a":' * 20000, b"9" * 100000, b"1e999", b'"\\ud800"', b"NaN", b"\xef\xbb\xbf{}",
        b'{"a":1,"a":2}', b"\xff\xfe{\0}\0",
        b'"' + b"\\" * 50000, b'{"reboot":null,"resize":null}', b" " * 100000,
        b'{"server":' + b"{" * 63 + b"}" * 63 + b"}", b"-", b'"' + b"a" * 110000 + b'"',
        b"[" + b"1," * 50000 + b"1]",
        b'{"server":{"metadata":{' + b",".join(b'"k%d":"v"' % i for i in range(8000)) + b"}}}",
    ]),
)  # fmt: skip


def _request(likely: dict[str, Any], hostile: dict[str, Any]) -> Any:
    optional = st.fixed_dictionaries({}, optional=hostile)
    return st.builds(lambda a, b: ({**a, **b}, b""), st.fixed_dictionaries(likely), optional)


ENVIRON = st.builds(
    lambda a, b, body: ({**a, **b}, body),
    st.fixed_dictionaries({"REQUEST_METHOD": METHOD, "PATH_INFO": PATH}),
    st.fixed_dictionaries({}, optional={**_CGI, **_OTHER_HEADERS, **_FORWARDING, **_CORS, **_VERSIONS}),
    st.one_of(st.just(b""), BODY),
)
BODIES = st.builds(
    lambda path, method, body, more: (
        {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_X_AUTH_TOKEN": "alice:demo", **more}, body
    ),
    st.sampled_from(["/v2.1/servers", "/v2.1/servers/1/action", "/v2.1/servers/1/metadata", "/v2/servers",
    "/v2.1/servers/1"]),
    st.sampled_from(["POST", "POST", "PUT", "PATCH"]),
    BODY,
    st.fixed_dictionaries({}, optional={"CONTENT_TYPE": TYPE, **_VERSIONS}),
)  # fmt: skip

#: What is tried: name -> strategy of requests.
KINDS: dict[str, Any] = {
    "environs": ENVIRON,
    "JSON bodies": BODIES,
    "large JSON bodies": LARGE,
    "version headers": _request(_LIKELY, {**_VERSIONS, "HTTP_ACCEPT": ACCEPT, "CONTENT_TYPE": TYPE}),
    "Accept": _request(_LIKELY, {"HTTP_ACCEPT": ACCEPT, "CONTENT_TYPE": ACCEPT}),
    "Forwarded": _request(_LIKELY, {**_FORWARDING, "HTTP_HOST": HOST}),
    "CORS": _request(_LIKELY, _CORS),
    "paths": st.builds(
        lambda p, m, s, q: (
            {"PATH_INFO": p, "REQUEST_METHOD": m, "SCRIPT_NAME": s, "QUERY_STRING": q,
            "HTTP_X_AUTH_TOKEN": "alice:demo"},
            b"",
        ),
        PATH, METHOD, st.sampled_from(["", "/api"]), QUERY,
    ),
}  # fmt: skip
