"""Mount applications at URL prefixes, in the INI's words.

Rules, in the order in which they bind:

1. A mount matches whole segments: ``/v2`` takes ``/v2``, ``/v2/`` and ``/v2/x``, never ``/v2x``.
2. Of the mounts of the most specific address that have the path, the longest wins. ``domain host port n``
   is more specific than ``domain host``, and that more than no domain at all.
3. ``/v2/+`` takes only what lies below ``/v2/``; beside it, ``/v2`` takes only ``/v2`` and ``/v2/``.
4. When the path picks no mount, or the one at ``/``, a ``version=`` parameter of Content-Type, else of
   Accept, is read as if the path had begun with ``/v<version>``; a version not mounted changes nothing.
5. A path is never rewritten, and never answered by one mount when another spelling of it
   (:mod:`apirouter.deploy.spellings`) belongs to another mount. Such a path is not found. So no spelling
   takes a request around the filters in front of the application it ends in.
6. What was matched moves from the start of PATH_INFO to the end of SCRIPT_NAME (PEP 3333).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from apirouter.chain import chain
from apirouter.deploy.media import accept_versions, content_type_version
from apirouter.deploy.mounts import Mount, check_mounts, split_mounts
from apirouter.deploy.spellings import fold, is_suspicious, spellings
from apirouter.fusion import fuse
from apirouter.serving import Serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_NOT_FOUND = b'{"itemNotFound": {"code": 404, "message": "The resource could not be found."}}'
_ROOT = ("", "/")
#: How many lengths of mounts are looked for quickly.
_LENGTHS = 4
#: What stands behind a slash where no segment does.
_NO_NAME = frozenset(("", "/"))


def not_found(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer 404 with the JSON fault of this stack: the application of paths that no mount has."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(_NOT_FOUND)))]
    start_response("404 Not Found", headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [_NOT_FOUND]


class _Node:
    """One segment of the mounts' paths: what is mounted there, and the segments below."""

    __slots__ = ("below", "children", "here")

    def __init__(self) -> None:
        self.here: Mount | None = None
        self.below: Mount | None = None
        self.children: dict[str, _Node] = {}

    def add(self, segments: list[str], mount: Mount) -> None:
        node = self
        for segment in segments:
            node = node.children.setdefault(segment, _Node())
        if not mount.wildcard:
            node.here = mount
        if not mount.exact:
            node.below = mount

    def find(self, path: str) -> Mount | None:
        """Return the mount with the longest prefix of ``path``: text from a slash on, or empty."""
        node, found, start, size = self, None, 1, len(path)
        while start < size:
            if node.below is not None:
                found = node.below
            if not node.children:
                return found
            end = path.find("/", start)
            child = node.children.get(path[start:] if end < 0 else path[start:end])
            if child is None:
                return found
            node, start = child, size if end < 0 else end + 1
        return node.here or found


@dataclass(frozen=True, slots=True)
class _Table:
    """The mounts of one address: as written, and with their case folded.

    ``below`` has what serves the paths below a mount (its prefix and a slash), where one look is enough to tell.
    """

    tree: _Node
    folded: _Node
    first: dict[str, _Node]
    below: dict[str, tuple[str, WSGIApplication]]

    @classmethod
    def of(cls, mounts: Iterable[Mount], serves: Mapping[int, WSGIApplication]) -> _Table:
        new = cls(_Node(), _Node(), {}, {})
        for mount in mounts:
            new.tree.add(mount.prefix.split("/")[1:], mount)
            new.folded.add(fold(mount.prefix).split("/")[1:], mount)
        new.first.update({f"/{segment}": node for segment, node in new.tree.children.items()})
        alike = Counter(map(fold, new.first))
        for start, node in new.first.items():
            # Another case of its letters, there or further on, leads to no other mount.
            if not node.children and alike[start] == 1 and not is_suspicious(start.lower()):
                below = node.below
                if below is not None:
                    new.below[f"{start}/"] = start, serves[id(below.application)]
        return new


@dataclass(frozen=True, slots=True, eq=False)
class URLMap(Serving):
    """A WSGI application that hands each request to the application mounted at its path.

    :param mounts: the mounts, in the order of the file.
    :param not_found_application: answers the paths that no mount has.
    :raises ConfigError: two mounts take the same requests.
    """

    mounts: tuple[Mount, ...]
    not_found_application: WSGIApplication = not_found
    _anywhere: tuple[_Table, ...] = field(init=False, repr=False)
    _addresses: Mapping[tuple[str, str], tuple[_Table, ...]] = field(init=False, repr=False)
    _versions: frozenset[str] = field(init=False, repr=False)
    #: By the identity of a mount's application, what is called for it.
    _serves: Mapping[int, WSGIApplication] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mounts = check_mounts(self.mounts)
        addresses = {(m.host, m.port) for m in mounts}
        serves = {key: fuse(one) for key, one in {id(m.application): m.application for m in mounts}.items()}
        tables = {
            a: _Table.of((m for m in mounts if (m.host, m.port) == a), serves) for a in addresses | {("", "")}
        }
        anywhere = (tables.pop(("", "")),)
        for_host = {h: (t, *anywhere) for (h, port), t in tables.items() if not port}
        by_address = {(h, ""): found for h, found in for_host.items()}
        for (host, port), table in tables.items():
            if port:
                by_address[host, port] = (table, *for_host.get(host, anywhere))
        for name, value in (
            ("mounts", mounts),
            ("_serves", serves),
            ("_anywhere", anywhere),
            ("_addresses", by_address),
            ("_versions", frozenset(m.prefix.split("/")[1] for m in mounts if m.prefix.startswith("/v"))),
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "serve", self._serving())

    @property
    def wsgi(self) -> WSGIApplication:
        """What a server calls: the function that answers requests, at a fifth of what calling this object costs.

        It has the map as ``application``, and ``mounts`` as the map has them.
        """
        serve: Any = self.serve
        serve.application, serve.mounts = self, self.mounts
        return cast("WSGIApplication", serve)

    def _serving(self) -> WSGIApplication:
        """Return the function that answers requests."""
        below = {} if self._addresses else self._anywhere[0].below
        lengths = Counter(map(len, below))
        # Those that most mounts have first; of as many the longest: /v2.1/ rather than /v2/.
        sizes = sorted(lengths, key=lambda one: (lengths[one], one), reverse=True)[:_LENGTHS]
        general = self._general

        def urlmap(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            try:
                path, script = environ["PATH_INFO"], environ["SCRIPT_NAME"]
            except KeyError:
                return general(environ, start_response)
            for size in sizes:
                found = below.get(path[:size])
                if found is not None:
                    break
            else:
                return general(environ, start_response)
            prefix, serve = found
            rest = path[size - 1 :]
            # What is_suspicious() asks, as far as it matters here: case and further slashes lead nowhere else. One
            # character is found at a fifth of what two take.
            if "%" in rest or "\\" in rest or rest[1:2] in _NO_NAME or ("." in rest and "/." in rest):
                return general(environ, start_response)
            # In place: the environ belongs to whom it is passed to (PEP 3333), and a copy would hide from
            # the filters in front what those behind leave in it for them.
            environ["SCRIPT_NAME"] = script + prefix
            environ["PATH_INFO"] = rest
            return serve(environ, start_response)

        return urlmap

    def _general(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        tables = self._tables(environ) if self._addresses else self._anywhere
        mount = _choose(tables, path)
        if mount is not None and is_suspicious(path):
            mount = _unless_ambiguous(tables, path, mount)
        if self._versions and (mount is None or not mount.prefix):
            mount, path = self._by_version(tables, environ, path, mount)
        if mount is None:
            return self.not_found_application(environ, start_response)
        prefix = mount.prefix
        if prefix:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path[len(prefix) :]
        return self._serves[id(mount.application)](environ, start_response)

    def _tables(self, environ: WSGIEnvironment) -> tuple[_Table, ...]:
        host, port = _address(environ)
        found = self._addresses.get((host, port)) or self._addresses.get((host, ""))
        return found or self._anywhere

    def _by_version(
        self, tables: tuple[_Table, ...], environ: WSGIEnvironment, path: str, default: Mount | None
    ) -> tuple[Mount | None, str]:
        """Return the mount that the media types' version picks, with the path as it would then have been."""
        content_type, accept = environ.get("CONTENT_TYPE", ""), environ.get("HTTP_ACCEPT", "")
        if "version" not in content_type.lower() and "version" not in accept.lower():
            return default, path
        if _ambiguous(tables, path, default):
            return None, path
        stated = content_type_version(content_type)
        for version in ([stated] if stated else []) + accept_versions(accept):
            segment = f"v{version}"
            if segment in self._versions and path[:1] in ("", "/"):
                full = f"/{segment}{path}"
                mount = _choose(tables, full)
                if mount is not None and len(mount.prefix) > len(version) + 1:
                    return _unless_ambiguous(tables, full, mount), full
        return default, path


def _unless_ambiguous(tables: tuple[_Table, ...], path: str, mount: Mount) -> Mount | None:
    """Return ``mount``, unless another spelling of ``path`` belongs to another mount."""
    return None if _ambiguous(tables, path, mount) else mount


def _choose(tables: tuple[_Table, ...], path: str) -> Mount | None:
    """Return the longest mount of the most specific address that has ``path``, as it is spelled.

    Where no mount has a second segment, as almost everywhere, one look at a dict is all.
    """
    end = path.find("/", 1)
    key = path if end < 0 else path[:end]
    for table in tables:
        node = table.first.get(key)
        if node is None:
            # Not a first segment of any mount: the root's, if it is a path at all.
            mount = (table.tree.below if len(path) > 1 else table.tree.here) if path[:1] in _ROOT else None
        elif node.children:
            mount = table.tree.find(path)
        elif end < 0 or end + 1 == len(path):
            mount = node.here or table.tree.below
        else:
            mount = node.below or table.tree.below
        if mount is not None:
            return mount
    return None


def _ambiguous(tables: tuple[_Table, ...], path: str, mount: Mount | None) -> bool:
    for spelling in spellings(path):
        if spelling is None:
            return True
        found = None
        for table in tables:
            found = table.folded.find(spelling)
            if found is not None:
                break
        if found is not mount:
            return True
    return False


def _address(environ: WSGIEnvironment) -> tuple[str, str]:
    """Return host and port of a request, in lower case, without the dot that ends a rooted name."""
    text = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
    host, colon, port = text.lower().rpartition(":")
    if not colon or "]" in port:
        host, port = text.lower(), ""
    return host.rstrip("."), port or ("443" if environ.get("wsgi.url_scheme") == "https" else "80")


def urlmap_factory(loader: Any, global_conf: Mapping[str, str], **local_conf: str) -> WSGIApplication:
    """Build a URLMap from an INI section (``paste.composite_factory``).

    Every option but ``not_found_app`` is a mount: ``/v2.1: api``, ``/v2.1/+: api``,
    ``domain api.example.com port 8080 /v2: api``.

    :param loader: PasteDeploy's loader, or ours.
    :param global_conf: ``[DEFAULT]``; its ``not_found_app`` counts when the section has none.
    :param local_conf: mount -> name of the application.
    :returns: its :attr:`~URLMap.wsgi`.
    :raises ConfigError: an option is no mount, or two mounts take the same requests.
    """
    begun = time.perf_counter()
    fallback = local_conf.pop("not_found_app", None) or global_conf.get("not_found_app")
    addresses = split_mounts(local_conf)
    missing = loader.get_app(fallback, global_conf=global_conf) if fallback else not_found
    mounts = tuple(Mount.at(a, loader.get_app(a.name, global_conf=global_conf)) for a in addresses)
    urlmap = URLMap(mounts, missing)
    _tell(urlmap)
    tell_composed(urlmap, time.perf_counter() - begun)
    return urlmap.wsgi


def _tell(urlmap: URLMap) -> None:
    """Call ``mounted(mounts)`` of each application that has it, now that all of them are built.

    So a version document learns of the versions beside it, be it behind filters or not.
    """
    for mount in urlmap.mounts:
        for application in _behind(mount.application):
            mounted = getattr(application, "mounted", None)
            if callable(mounted):
                mounted(urlmap.mounts)
                break


def tell_composed(application: Any, load_time: float) -> None:
    """Call ``composed(application, load_time)`` of each application behind one whose class has it.

    A URL map does so when its mounts are built, and the loader when all is: who is told more than once knows
    the most the last time.

    :param application: the outermost that is built so far.
    :param load_time: how long that took, in seconds.
    """
    for one in _all_behind(application):
        if callable(getattr(type(one), "composed", None)):
            one.composed(application, load_time)


def _behind(application: Any) -> Iterator[Any]:
    """Yield an application and what stands behind it; the next URL map is the last."""
    for one in chain(application):
        yield one
        if isinstance(one, URLMap):
            return


def _all_behind(application: Any) -> Iterator[Any]:
    """Yield an application and all that stands behind it: through filters and mounts."""
    for one in _behind(application):
        yield one
        for mounted in _mounted_in(one):
            yield from _all_behind(mounted)


def _mounted_in(application: Any) -> Iterator[Any]:
    if isinstance(application, URLMap):
        yield from (mount.application for mount in application.mounts)
        return
    # Paste's own URL map: pairs of an address and an application.
    pairs = getattr(application, "__dict__", {}).get("applications")
    if isinstance(pairs, list):
        yield from (pair[1] for pair in pairs if isinstance(pair, tuple) and len(pair) == 2)
