"""Random paths, and every spelling of a path, told the long way."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from hypothesis import strategies as st

SEGMENTS = st.sampled_from(
    ["a", "b", "ab", "v1", "V1", "", ".", "..", "%2e", "%2E%2e", "%2fb", "%252e", "A", "a\\b"]
)
PATHS = st.lists(SEGMENTS, max_size=6).map(lambda parts: "/" + "/".join(parts))


def without_dots(path):
    """RFC 3986, 5.2.4, step by step."""
    output = ""
    while path:
        if path.startswith("/./"):
            path = path[2:]
        elif path == "/.":
            path = "/"
        elif path.startswith("/../") or path == "/..":
            path = path[3:] or "/"
            output = output[: max(output.rfind("/"), 0)]
        else:
            end = path.find("/", 1) if "/" in path[1:] else len(path)
            output, path = output + path[:end], path[end:]
    return output


def spellings(path):
    """Every way in which a normaliser may write a path."""
    found, before = set(), None
    while path != before:
        text = path.replace("\\", "/").lower()
        flat = posixpath.join("/", *re.split("/+", text))
        found |= {text, flat, without_dots(text), without_dots(flat)}
        before, path = path, unquote(path)
    return found
