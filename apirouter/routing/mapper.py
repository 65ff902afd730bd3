"""A ``routes.Mapper`` that answers from an index, and the mappers that an API is made of.

RULES
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import routes
import routes.mapper
import routes.util

from apirouter.errors import MalformedRequestUrl
from apirouter.routing.generation import Generating
from apirouter.routing.index import Index, SubDomains
from apirouter.routing.route import Route
from apirouter.routing.template import Reader

log = logging.getLogger(__name__)


def path_info(environ: Mapping[str, Any]) -> str:
    """Return the PATH_INFO of a WSGI environ as text (PEP 3333: its bytes are carried as Latin-1).

    :param environ: the WSGI environ.
    :raises MalformedRequestUrl: its bytes are not UTF-8.
    """
    path: str = environ.get("PATH_INFO", "")
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise MalformedRequestUrl("the path is not UTF-8") from None


class Mapper(Generating):
    """A ``routes.Mapper`` whose ``match`` and ``routematch`` cost the same with ten routes and ten thousand.

    It takes what ``routes.Mapper`` takes. See the rules at the head of this module for what differs.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._index: Index | None = None
        self._index_of: tuple[Any, ...] = ()
        self._index_lock = threading.Lock()
        self._reader = Reader()
        self._controllers: Sequence[str] = ()
        self._maxkeys: dict[frozenset[str], list[Any]] = {}
        self._maxkeys_of = 0
        super().__init__(*args, **kwargs)

    # -- connecting

    def make_route(self, *args: Any, **kargs: Any) -> Route:
        """Make a route."""
        return Route(*args, **kargs)

    def connect(self, *args: Any, **kargs: Any) -> None:
        """Connect a route, as ``routes.Mapper.connect`` does."""
        name = args[0] if len(args) > 1 else None
        if len(args) < 2:
            args = (None, *args)
        kargs.setdefault("_explicit", self.explicit)
        kargs.setdefault("_minimize", self.minimization)
        given = "_encoding" in kargs
        route = self.make_route(*args, **kargs)
        if not given and (self.encoding != "utf-8" or self.decode_errors != "ignore"):
            route.encoding, route.decode_errors = self.encoding, self.decode_errors
        for pattern in route.reqs.values():
            self._reader.traits(pattern)
        if name:
            self._routenames[name] = route
            route.name = name
        if not route.static:
            self.matchlist.append(route)
            self._created_gens = False

    @property
    def maxkeys(self) -> dict[frozenset[str], list[Any]]:
        """The routes by the keys they can use, as ``routes.Mapper`` keeps them."""
        if self._maxkeys_of != len(self.matchlist):
            self._maxkeys = {}
            for route in self.matchlist:
                self._maxkeys.setdefault(route.maxkeys, []).append(route)
            self._maxkeys_of = len(self.matchlist)
        return self._maxkeys

    @maxkeys.setter
    def maxkeys(self, value: dict[frozenset[str], list[Any]]) -> None:
        self._maxkeys = value

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect the routes of a resource, as ``routes.Mapper.resource`` does; the caller's dicts stay as they are."""
        for name in ("collection", "member", "new"):
            if name in kwargs:
                kwargs[name] = dict(kwargs[name])
        super().resource(member_name, collection_name, **kwargs)

    def redirect(self, match_path: str, destination_path: str, *args: Any, **kwargs: Any) -> None:
        """Connect a redirect, as ``routes.Mapper.redirect`` does; its Location never starts with two slashes."""
        super().redirect(match_path, destination_path, *args, **kwargs)
        self._routenames[f"_redirect_{id(self.matchlist[-1])}"].redirect_target = True

    # -- matching

    def _create_regs(self, clist: Sequence[str] | None = None) -> None:
        if clist is None:
            scan = self.controller_scan
            if self.directory:
                clist = scan(self.directory)
            elif callable(scan):
                clist = scan()
            else:
                clist = scan or ()
        controllers = tuple(cast("Sequence[str]", clist))
        if controllers != self._controllers:
            for route in self.matchlist:
                if isinstance(route, Route):
                    route.forget_expressions(controllers)
        self._controllers = controllers
        self._created_regs = True

    def index(self, table: Iterable[Any] | None = None) -> Index:
        """Build an index with the settings of this mapper.

        :param table: routes of this mapper, in the order of their connection; all of them when None.
        """
        domains = None
        if self.sub_domains:
            domains = SubDomains(tuple(self.sub_domains_ignore), self.domain_match)
        return Index(
            self.matchlist if table is None else table,
            controllers=self._controllers,
            sub_domains=domains,
            reader=self._reader,
        )

    def _current_index(self) -> Index:
        key = (
            len(self.matchlist),
            self._controllers,
            self.sub_domains,
            tuple(self.sub_domains_ignore),
            self.domain_match,
        )
        index = self._index
        if index is None or key != self._index_of:
            with self._index_lock:
                if self._index is None or key != self._index_of:
                    self._index, self._index_of = self.index(), key
                index = self._index
        return index

    def _match(self, url: str, environ: Mapping[str, Any] | None) -> tuple[Any, Any, list[dict[str, Any]]]:
        if self.always_scan or (not self._created_regs and self.controller_scan):
            self.create_regs()
        elif not self._created_regs:
            raise routes.util.RoutesException("You must generate the regular expressions before matching.")
        path = self._strip(url)
        if path is None:
            return None, None, []
        environ = environ or self.environ
        method = environ.get("REQUEST_METHOD") if environ else None
        found = self._current_index().match(path, method, environ)
        if found is None:
            return None, None, []
        return found[1], found[0], []

    def _strip(self, url: str) -> str | None:
        """Return the path below the mapper's prefix, or None when it is elsewhere."""
        if not self.prefix:
            return url
        if self._regprefix is None or self._regprefix.pattern != self.prefix + "(.*)":
            self._regprefix = routes.mapper.re.compile(self.prefix + "(.*)")
        found = self._regprefix.match(url)
        return None if found is None else found.group(1) or "/"

    def match(self, url: str | None = None, environ: Mapping[str, Any] | None = None) -> Any:
        """Return the match dict of a URL, or None; see ``routes.Mapper.match``."""
        return super().match(_url(url, environ), environ)

    def routematch(self, url: str | None = None, environ: Mapping[str, Any] | None = None) -> Any:
        """Return the match dict of a URL and its route, or None; see ``routes.Mapper.routematch``."""
        return super().routematch(_url(url, environ), environ)


def _url(url: str | None, environ: Mapping[str, Any] | None) -> str | None:
    return path_info(environ) if url is None and environ else url


#: What a project id looks like unless told otherwise: hexadecimal digits and dashes, so that the names of
#: collections are none.
PROJECT_ID = r"[0-9a-f\-]+"


class APIMapper(Mapper):
    """A mapper with what an API wants: a ``format`` is ``json`` or ``xml`` unless required otherwise.

    The empty path is matched as any other (a mount point asked for without its slash).
    """

    def connect(self, *args: Any, **kargs: Any) -> None:
        """Connect a route, as :meth:`Mapper.connect`; the caller's requirements stay as they are."""
        requirements = kargs.get("requirements")
        if not requirements:
            kargs["requirements"] = {"format": "json|xml"}
        elif not requirements.get("format"):
            kargs["requirements"] = {**requirements, "format": "json|xml"}
        super().connect(*args, **kargs)


class PlainMapper(APIMapper):
    """A mapper of resources without a project in their path."""

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect the routes of a resource; a ``parent_resource`` says what its path starts with.

        :param member_name: its singular name.
        :param collection_name: its plural name, which is its path.
        :param kwargs: as ``routes.Mapper.resource`` takes.
        """
        if kwargs.get("parent_resource"):
            kwargs["path_prefix"] = _below(kwargs["parent_resource"])
        super().resource(member_name, collection_name, **kwargs)


class ProjectMapper(APIMapper):
    """A mapper of resources with and without a project in their path.

    :param project_id_regex: what a project id looks like.
    :param args: as ``routes.Mapper`` takes.
    :param kwargs: as ``routes.Mapper`` takes.
    """

    def __init__(self, *args: Any, project_id_regex: str = PROJECT_ID, **kwargs: Any) -> None:
        self.project_id_regex = project_id_regex or PROJECT_ID
        super().__init__(*args, **kwargs)

    def _get_project_id_token(self) -> str:
        return "{project_id:%s}" % self.project_id_regex.replace("}", "\\}").replace(":", "\\:")

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect the routes of a resource twice: below ``/{project_id}``, then without.

        :param member_name: its singular name.
        :param collection_name: its plural name, which is its path.
        :param kwargs: as ``routes.Mapper.resource`` takes; ``path_prefix`` is the mapper's to say.
        """
        token = self._get_project_id_token()
        plain = {name: value for name, value in kwargs.items() if name != "path_prefix"}
        within = {"path_prefix": f"{token}/"}
        if kwargs.get("parent_resource"):
            parent = _below(kwargs["parent_resource"])
            within, plain["path_prefix"] = {"path_prefix": f"{token}/{parent}"}, parent
        super().resource(member_name, collection_name, **{**plain, **within})
        super().resource(member_name, collection_name, **plain)

    def create_route(self, path: str, method: str, controller: Any, action: str) -> None:
        """Connect one path twice: below ``/{project_id}``, then without.

        :param path: the path, from its slash.
        :param method: the request method.
        :param controller: what answers.
        :param action: the name of its method.
        """
        for start in (f"/{self._get_project_id_token()}", ""):
            self.connect(start + path, conditions={"method": [method]}, controller=controller, action=action)


def _below(parent: Mapping[str, str]) -> str:
    return f"{parent['collection_name']}/:{parent['member_name']}_id"
