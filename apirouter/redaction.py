"""Keeping secrets out of logs.

1. What the request itself brought as a secret (token, password, cookie; in a header, the query or a body that
   was already read) is masked wherever it stands, in whatever way it is quoted.
2. What looks like a secret by its name (``password=...``, ``"adminPass": "..."``, ``Authorization: ...``) is
   masked too, except in a traceback's lines of source, which hold names and no values.
3. A body that was already read is masked whole.
4. Nothing is read for it: a body that nobody asked for stays where it is.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

MASK = "***"

#: A shorter secret is masked by its name only: a one-letter password would blot out the text.
_SHORTEST = 4

_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|adminpass|admin_pass|secret|token|api[_-]?key|auth[_-]?key|"
    r"access[_-]?key|private[_-]?key|credential|authorization|cookie|signature)"
)
_SECRET_NAME = re.compile(_NAME + r"|\Apass\Z|\Apwd\Z", re.IGNORECASE)

#: Bounded on both sides, so that a long word costs no more than its length.
_NAMED = re.compile(
    rf"""([\w-]{{0,40}}{_NAME}[\w-]{{0,40}}\\?["']?\]?\s{{0,4}}[:=]>?\s{{0,4}})"""
    r"""([bu]?"(?:[^"\\]|\\.)*"|[bu]?'(?:[^'\\]|\\.)*'|\\"[^"]*"|[^\s,;&}\])"']+)""",
    re.IGNORECASE,
)
#: Headers whose value runs to the end of the line.
_LINE = re.compile(r"""(\b(?:set-)?cookie|\b(?:proxy-)?authorization)(\s{0,4}[:=]\s{0,4})[^"'\n]+""", re.I)
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest|Negotiate)(\s+)[\w.~+/=-]{4,}", re.IGNORECASE)
_FRAME = re.compile(r'\s*(?:\|\s*)*File ".*", line \d+')

#: Bodies larger than this are not searched for.
_BODY_LIMIT = 1 << 20


def is_secret_name(name: str) -> bool:
    """Tell whether what goes by this name (a header, a field of a body) is a secret."""
    return _SECRET_NAME.search(name) is not None


def secrets_of(environ: Mapping[str, Any]) -> list[str]:
    """Return the secrets that a request brought, longest first.

    :param environ: the WSGI environ; its input is not read.
    """
    found: set[str] = set()
    for key, value in environ.items():
        if isinstance(value, str) and value and key.isupper() and is_secret_name(key):
            found.add(value)
            found.update(_parts(key, value))
    query = environ.get("QUERY_STRING")
    if isinstance(query, str) and query:
        found.update(v for k, v in parse_qsl(query) if is_secret_name(k))
    for body in _bodies(environ):
        found.update(_in_body(body))
    for text in list(found):
        # JSON may hold a lone surrogate, which has no bytes of its own.
        data = text.encode("utf-8", "surrogatepass")
        found.update((repr(text)[1:-1], json.dumps(text)[1:-1], quote(data, ""), quote_plus(data)))
        # A header is a text of the bytes that came (PEP 3333), and its user may have made them of it again.
        came = text.encode("latin-1", "replace")
        found.update((repr(data)[2:-1], repr(came)[2:-1], came.decode("utf-8", "replace")))
    return sorted((s for s in found if len(s) >= _SHORTEST), key=len, reverse=True)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without secrets.

    :param text: any text, a traceback among others.
    :param secrets: the texts to mask wherever they stand, longest first.
    """
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    lines = text.splitlines(keepends=True)
    source = False
    for number, line in enumerate(lines):
        if not source:
            line = _NAMED.sub(rf"\1{MASK}", line)
            line = _LINE.sub(rf"\1\2{MASK}", line)
            lines[number] = _SCHEME.sub(rf"\1\2{MASK}", line)
        source = _FRAME.match(line) is not None
    return "".join(lines)


def format_error(error: BaseException, environ: Mapping[str, Any]) -> tuple[str, bool]:
    """Return an exception's traceback without secrets, and whether it held any.

    :param error: the exception, with its causes.
    :param environ: the request it escaped from.
    """
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip("\n")
    masked = mask(text, secrets_of(environ))
    return masked, masked != text


def _parts(key: str, value: str) -> Iterator[str]:
    if "COOKIE" in key:
        for pair in value.split(";"):
            yield pair.partition("=")[2].strip().strip('"')
    elif "AUTHORIZATION" in key:
        scheme, _, rest = value.partition(" ")
        yield rest.strip()
        if scheme.lower() == "basic":
            try:
                plain = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                return
            yield plain
            yield plain.partition(":")[2]


def _bodies(environ: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the body in the forms it was already read into: bytes, or parsed JSON."""
    kept = environ.get("apirouter.json")
    if isinstance(kept, tuple) and kept:
        yield kept[0]
    stream = environ.get("wsgi.input")
    # What webob has read stands there again, as a BytesIO.
    if isinstance(stream, io.BytesIO) and stream.getbuffer().nbytes <= _BODY_LIMIT:
        yield stream.getvalue()
    # What an application has read itself, through sizelimit's input.
    seen = getattr(stream, "seen", None)
    if isinstance(seen, bytes):
        yield seen


def _in_body(body: Any) -> Iterator[str]:
    if isinstance(body, bytes):
        if not body:
            return
        text = body.decode("utf-8", "replace")
        yield text.strip()
        yield repr(body)[2:-1]
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            yield from (v for k, v in parse_qsl(text) if is_secret_name(k))
            return
    if body:
        yield str(body)
    yield from _secret_leaves(body)


def _secret_leaves(value: Any) -> Iterator[str]:
    """Yield the texts that stand under a secret's name, however deep."""
    todo: list[tuple[Any, bool]] = [(value, False)]
    while todo:
        node, secret = todo.pop()
        if isinstance(node, dict):
            todo.extend((v, secret or (isinstance(k, str) and is_secret_name(k))) for k, v in node.items())
        elif isinstance(node, (list, tuple)):
            todo.extend((v, secret) for v in node)
        elif secret and isinstance(node, str):
            yield node
