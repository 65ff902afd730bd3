"""A ``routes.Mapper`` that answers from an index, and the mappers that an API is made of.

What differs from ``routes.Mapper`` 2.5.1, on purpose; all else is the same:

1. A path that holds a control character (a line end, a tab, NUL ... Unicode's category Cc) matches
   nothing.
2. PATH_INFO is decoded as UTF-8 (PEP 3333); bytes that are not UTF-8 raise
   :class:`~apirouter.errors.MalformedRequestUrl`, a 400. A URL given as text is taken as it is.
3. The method is the request's: nothing in the query or the body (``_method``) changes it.
4. The Location of a redirect is never scheme-relative: slashes at its start become one.
5. No dict of a caller is changed, neither by ``match`` nor by ``connect`` nor by ``resource``. So a
   requirement written in the path of one route no longer reaches others that were given the same
   ``requirements``.
6. A route connected after the first match is found by the next; Routes waits for ``create_regs``.
7. A ``method`` condition given as text is one name or several (``"GET, PUT"``), not a text to be
   searched: ``GE`` is no ``GET``. A request without a method (an environ without REQUEST_METHOD) meets
   any; it is no KeyError.
8. A reference to a group by number (``\\1``) counts the groups of its route; Routes' master expression
   counts those of all routes and so may refuse what the route takes.
9. An expression with look-ahead, a reference to a group, or anything else that is no regular language,
   and repeats that can share text, matches no text so long that trying would take more than
   milliseconds.
10. The expressions of a route (``regexp``, ``regmatch``) are made when they are read; the mapper has no
    master expression. ``debug`` logs the routes whose expressions match the path, not all that were
    tried.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import routes
import routes.mapper
import routes.util

from apirouter.errors import MalformedRequestUrl, PluginError
from apirouter.routing.generation import Generating
from apirouter.routing.index import Index, SubDomains
from apirouter.routing.problems import Judge, Problem
from apirouter.routing.resources import Block, Resources
from apirouter.routing.route import Route
from apirouter.routing.shadows import Shadow, shadowed
from apirouter.routing.template import Reader


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

    The head of this module says what differs from ``routes.Mapper``.

    :param args: as ``routes.Mapper`` takes.
    :param strict: whether a requirement that a client can make hang is refused instead of reported.
    :param logs: whether it is logged when it is reported; ``problems`` has it in any case.
    :param kwargs: as ``routes.Mapper`` takes.
    """

    def __init__(self, *args: Any, strict: bool = False, logs: bool = True, **kwargs: Any) -> None:
        self.strict = strict
        self._index: Index | None = None
        self._index_of: tuple[Any, ...] = ()
        self._index_lock = threading.Lock()
        self._reader = Reader()
        self._judge = Judge(self._reader, strict=strict, logs=logs)
        self._controllers: Sequence[str] = ()
        self._maxkeys: dict[frozenset[str], list[Any]] = {}
        self._maxkeys_of = 0
        self._regprefix: re.Pattern[str] | None = None
        self._resources = Resources(self._required)
        #: The resources whose routes were made here, in the order of their connection.
        self.blocks: list[Block] = []
        #: The patterns of resources, and what stands above them, whose requirements were judged.
        self._looked_at: set[tuple[int, str]] = set()
        super().__init__(*args, **kwargs)

    # -- connecting

    def make_route(self, *args: Any, **kargs: Any) -> Route:
        """Make a route."""
        return Route(*args, **kargs)

    def connect(self, *args: Any, **kargs: Any) -> None:
        """Connect a route, as ``routes.Mapper.connect`` does.

        :raises PluginError: its path has ``{}``, of which Routes tells an index out of range.
        """
        name = args[0] if len(args) > 1 else None
        if len(args) < 2:
            args = (None, *args)
        kargs.setdefault("_explicit", self.explicit)
        kargs.setdefault("_minimize", self.minimization)
        given_encoding = "_encoding" in kargs
        route = self.make_route(*args, **kargs)
        if not given_encoding and (self.encoding != "utf-8" or self.decode_errors != "ignore"):
            route.encoding, route.decode_errors = self.encoding, self.decode_errors
        try:
            self._judge.look(route)
        except IndexError as error:
            raise PluginError(
                f"route {args[1]} has a variable without a name", fix="write '{name}'"
            ) from error
        if name:
            self._routenames[name] = route
            route.name = name
        if not route.static:
            self.matchlist.append(route)
            self._created_gens = False

    @property
    def problems(self) -> list[Problem]:
        """The requirements that a client can make hang, in the order of connection."""
        return self._judge.problems

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

    def resource(
        self,
        member_name: str,
        collection_name: str,
        *,
        answered: Callable[[str], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        """Connect the routes of a resource, as ``routes.Mapper.resource`` does.

        :param member_name: its singular name.
        :param collection_name: its plural name, which is its path.
        :param answered: tells whether an action is answered; the routes of others are left out. None answers all.
        :param kwargs: as ``routes.Mapper.resource`` takes; the caller's dicts stay as they are.
        """
        for name in ("collection", "member", "new"):
            if name in kwargs:
                kwargs[name] = dict(kwargs[name])
        if kwargs.get("_filter") is not None or not self._connects_alike():
            super().resource(member_name, collection_name, **kwargs)
            return
        block = self._resources.block(
            member_name, collection_name, kwargs, explicit=self.explicit, answered=answered
        )
        form = block.kind.pattern, block.prefix
        if form not in self._looked_at or not block.plain:
            looked_at: set[int] = set()
            for route in block.routes:
                # Beside the requirements that they share, routes differ in the names of actions.
                if id(route.requirements) not in looked_at or not block.kind.plain:
                    looked_at.add(id(route.requirements))
                    self._judge.look(route)
            # Only now: what is refused must be refused the next time too.
            self._looked_at.add(form)
        self._routenames.update([(route.name, route) for route in block.routes if route.name])
        self.matchlist += block.routes
        self.blocks.append(block)
        self._created_gens = False

    def _connects_alike(self) -> bool:
        """Tell whether a resource's routes may be made without asking ``connect`` for each."""
        kind = type(self)
        own = kind.connect in (Mapper.connect, APIMapper.connect) and kind.make_route is Mapper.make_route
        plain = self.encoding == "utf-8" and self.decode_errors == "ignore" and not self.minimization
        return own and plain

    def _required(self, requirements: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """Return the requirements of a route that is given these."""
        return requirements

    def redirect(self, match_path: str, destination_path: str, *args: Any, **kwargs: Any) -> None:
        """Connect a redirect, as ``routes.Mapper.redirect`` does; its Location is never scheme-relative.

        :param match_path: the path that is redirected.
        :param destination_path: where to; variables of ``match_path`` stand in braces.
        """
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
        index = self._current_index()
        found = index.match(path, method, environ)
        matchlog: list[dict[str, Any]] = []
        if self.debug:
            for route in index.candidates(path):
                hit = found is not None and route is found[0]
                matchlog.append({"route": route, "regexp": hit})
                if hit:
                    break
        return (None, None, matchlog) if found is None else (found[1], found[0], matchlog)

    def _strip(self, url: str) -> str | None:
        """Return the path below the mapper's prefix, or None when it is elsewhere."""
        if not self.prefix:
            return url
        if self._regprefix is None or self._regprefix.pattern != self.prefix + "(.*)":
            self._regprefix = re.compile(self.prefix + "(.*)")
        found = self._regprefix.match(url)
        return None if found is None else found.group(1) or "/"

    def match(self, url: str | None = None, environ: Mapping[str, Any] | None = None) -> Any:
        """Return the match dict of a URL, or None; see ``routes.Mapper.match``."""
        return super().match(self._url(url, environ), environ)

    def routematch(self, url: str | None = None, environ: Mapping[str, Any] | None = None) -> Any:
        """Return the match dict of a URL and its route, or None; see ``routes.Mapper.routematch``."""
        return super().routematch(self._url(url, environ), environ)

    def _url(self, url: str | None, environ: Mapping[str, Any] | None) -> str | None:
        if environ is None and url is not None:
            # Routes' request_config hands over the PATH_INFO of the environ that it has just set.
            own = self.environ
            return path_info(own) if own and own.get("PATH_INFO") is url else url
        return path_info(environ) if url is None and environ else url

    def shadowed(self, table: Iterable[Any] | None = None) -> tuple[Shadow, ...]:
        """Return the routes that no request can reach because of one before them.

        :param table: routes of this mapper, in the order of their connection; all of them when None.
        """
        return shadowed((), index=self.index(table))

    def location(self, route: Any, found: Mapping[str, Any], environ: dict[str, Any]) -> str:
        """Return the Location that a redirect leads to.

        :param route: a route that :meth:`redirect` connected.
        :param found: the match dict of the request.
        :param environ: the WSGI environ, for SCRIPT_NAME.
        :raises routes.util.GenerationException: the destination needs what the request does not have.
        """
        return str(routes.URLGenerator(self, environ)(f"_redirect_{id(route)}", **found))


#: What a project id looks like unless told otherwise: hexadecimal digits and dashes, so that the names of
#: collections are none.
PROJECT_ID = r"[0-9a-f\-]+"


class APIMapper(Mapper):
    """A mapper with what an API wants: a ``format`` is ``json`` or ``xml`` unless required otherwise.

    The empty path is matched as any other (a mount point asked for without its slash).
    """

    def connect(self, *args: Any, **kargs: Any) -> None:
        """Connect a route, as :meth:`Mapper.connect`; the caller's requirements stay as they are."""
        kargs["requirements"] = self._required(kargs.get("requirements"))
        super().connect(*args, **kargs)

    def _required(self, requirements: Mapping[str, str] | None) -> Mapping[str, str]:
        if requirements and requirements.get("format"):
            return requirements
        return {**(requirements or {}), "format": "json|xml"}


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
        return f"{{project_id:{_braced(self.project_id_regex)}}}"

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


#: What has a meaning of its own in the braces of a path -> the same of an expression, written around it.
_IN_BRACES = {
    ":": r"\x3a",
    r"\:": r"\x3a",
    "(?:": "(",
    "}": r"\}",
    r"\}": r"\\\}",
    r"\{": r"\\{",
    r"\*": r"\\*",
    r"\\": r"\\\\",
}


def _braced(pattern: str) -> str:
    """Write an expression so that it can stand in the braces of a path."""
    return re.sub(r"\\[\\:*{}]|\(\?:|[:}]", lambda found: _IN_BRACES[found[0]], pattern)


def _below(parent: Mapping[str, str]) -> str:
    return f"{parent['collection_name']}/:{parent['member_name']}_id"
