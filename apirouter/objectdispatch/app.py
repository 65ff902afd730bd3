"""The WSGI application that walks a tree of objects, and its factories.

A request's way through :meth:`ObjectApp.__call__`:

1. the call becomes the one that the proxies stand for;
2. ``on_route`` hooks; the microversion; the walk (:mod:`.walk`), with its guards;
3. the representation is chosen; then everything a router's resource does too
   (:mod:`apirouter.dispatch.call`): policy, schemas, hooks, the method, the reply;
4. whatever was raised becomes a fault; ``after`` hooks; error documents.
"""

from __future__ import annotations

import dataclasses
import logging
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import webob.exc
import webob.static

from apirouter.context import RequestContext
from apirouter.dispatch import hooking
from apirouter.dispatch.authority import authority_of
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.reply import close
from apirouter.dispatch.service import Service
from apirouter.errors import (
    ControllerError,
    MalformedRequestUrl,
    MethodNotAllowed,
    RouteNotFound,
    clip,
    suggest,
)
from apirouter.faults import status_line
from apirouter.hooks import Phases
from apirouter.objectdispatch import conf as configuration
from apirouter.objectdispatch.binding import names_given, verb_of
from apirouter.objectdispatch.call import STATE, Call, Request
from apirouter.objectdispatch.canonical import slash
from apirouter.objectdispatch.errordocs import WANTED, ErrorDocuments, InternalRedirect, forward
from apirouter.objectdispatch.faulting import reply
from apirouter.objectdispatch.listing import Listed, listing
from apirouter.objectdispatch.making import LeafMaker
from apirouter.objectdispatch.proxies import CURRENT
from apirouter.objectdispatch.renderers import Renderers
from apirouter.objectdispatch.rest import is_rest
from apirouter.objectdispatch.roots import made_root, request_maker
from apirouter.objectdispatch.settings import ObjectSettings
from apirouter.objectdispatch.tables import Leaf
from apirouter.objectdispatch.tree import Tree
from apirouter.objectdispatch.walk import AnswerOptions, Arrival, Noncanonical, Walker
from apirouter.serialization import Serializer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

_NO_PHASES = Phases()
#: Marks a request that has passed what stands in front of an application.
INSIDE = "apirouter.objectdispatch.inside"
#: How many paths are remembered.
MOST_KNOWN = 10_000


class ObjectApp:
    """A WSGI application that finds its controllers by walking a tree of objects.

    :param root: the root controller: an instance, its class, or ``package.module:Class``.
    :param settings: the options; None makes them of ``more``.
    :param hooks: hooks around every call, or a function that returns them.
    :param services: what ``request.context.services`` gives.
    :param authority: the policy; None takes what the settings name.
    :param serializers: further serializers by name, beside JSON's.
    :param config: the configuration that ``conf`` stands for.
    :param more: options by name (:class:`.ObjectSettings`).
    :raises ConfigError: an option makes no sense, or the root can't be made.
    :raises ControllerError: a controller can't be used as it is written.
    """

    #: The options: their names, how they are read, their defaults.
    options = ObjectSettings

    def __init__(
        self,
        root: Any = None,
        settings: ObjectSettings | None = None,
        *,
        hooks: Any = (),
        services: Mapping[str, Any] | None = None,
        authority: Any = None,
        serializers: Mapping[str, Serializer] | None = None,
        config: Any = None,
        **more: Any,
    ) -> None:
        self.settings: ObjectSettings = settings or cast("ObjectSettings", self.options.from_conf(more))
        settings = self.settings
        self.services: Mapping[str, Any] = dict(services or {})
        self.service = Service.of(
            settings,
            serializers=serializers,
            authority=authority if authority is not None else authority_of(settings),
            services=self.services,
            hooks=hooks() if callable(hooks) else hooks,
        )
        self.hooks = self.service.hooks
        self.config = configuration.read(config if config is not None else {})
        self.renderers = Renderers(
            settings.custom_renderers,
            settings.extra_template_vars,
            template_path=settings.template_path,
            default=settings.default_renderer,
            autoescape=settings.autoescape,
        )
        self.make_request = request_maker(settings.request_cls)
        self.make_response = settings.response_cls
        self._tree = Tree(LeafMaker(settings, self.service, self.renderers), is_rest)
        self.root = made_root(root if root is not None else settings.root)
        self._root = self._tree.grow(self.root)
        self._walker = Walker(self._tree, names_given)
        self._versions, self._faults = self.service.versions, self.service.faults
        self._context_key = settings.context_key
        self._phases = Phases.of(self.hooks) if self.hooks else None
        self._guess = settings.guess_content_type_from_ext
        self._mime = mimetypes.MimeTypes()
        self._override = settings.method_override
        self._versioned, self._unversioned = settings.max_version is not None, self._versions.default
        #: Paths without arguments, of the parts where no code decides -> method and controller.
        self._known: dict[str, tuple[Leaf, Any]] = {}
        self._documented: WSGIApplication = self
        self._front: WSGIApplication | None = None
        if settings.errors:
            self._documented = self._front = ErrorDocuments(self, settings.errors, settings.propagate_errors)
        self._files = self._static_files()
        if self._files is not None:
            self._front = self._static
        self.warnings: tuple[str, ...] = tuple(self._tree.warnings)
        self._check_rules()
        for warning in self.warnings:
            LOG.warning("%s", warning)

    # ------------------------------------------------------------------ load

    @classmethod
    def from_conf(
        cls, global_conf: Mapping[str, Any], local_conf: Mapping[str, Any], **more: Any
    ) -> ObjectApp:
        """Make the application that a section of an INI describes.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        :param more: as for the class.
        """
        defaults, config = {}, None
        if local_conf.get("config"):
            config = configuration.section_file(local_conf["config"])
            names = {f.name for f in dataclasses.fields(cls.options)}
            app = config.get("app") or {}
            defaults = {
                k: v.to_dict() if isinstance(v, configuration.Config) else v for k, v in app if k in names
            }
            more.setdefault("hooks", defaults.pop("hooks", ()))
        settings = cls.options.from_conf(local_conf, defaults=defaults, inherited=global_conf)
        return cls(None, cast("ObjectSettings", settings), config=config, **more)

    def _check_rules(self) -> None:
        """Refuse a policy rule that nobody defined."""
        authority: Any = self.service.authority
        for listed in self.listing():
            for impl in listed.leaf.impls if listed.leaf is not None else ():
                for rule in impl.stamp.rules:
                    if authority is None or not authority.defined(rule.rule):
                        known = authority.rules if authority is not None else ()
                        raise ControllerError(
                            f"its rule '{rule.rule}' is defined by nobody",
                            fix=suggest(rule.rule, known),
                            where=impl.where,
                        )

    def _static_files(self) -> Any:
        directory = self.settings.static_root
        if not directory:
            return None
        if not self.settings.debug:
            LOG.info("static_root is for development: it counts with debug only")
            return None
        try:
            return webob.static.DirectoryApp(directory, index_page=None)
        except OSError:
            LOG.warning("static_root %s is no directory: no static files are served", directory)
            return None

    def listing(self) -> list[Listed]:
        """Return everything that the tree exposes, by path; what only a request can tell is marked."""
        return listing(self._root)

    # ------------------------------------------------------------------ request

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if self._front is not None and environ.get(INSIDE) is not self:
            environ[INSIDE] = self
            return self._front(environ, start_response)
        outer = environ.get(STATE)
        call = environ[STATE] = Call(environ, self)
        token = CURRENT.set(call)
        try:
            if self._phases is None:
                return self._answer(environ, start_response)
            return hooking.run(
                call, self._phases, self._answer, self._fault, start_response, passing=InternalRedirect
            )
        except InternalRedirect as redirected:
            try:
                return forward(self, redirected, environ, start_response)
            except Exception as error:
                return self._fault(error, environ, start_response)
        except Exception as error:
            return self._fault(error, environ, start_response)
        finally:
            CURRENT.reset(token)
            # The environ and the call know each other: left so, only the garbage collector would end them.
            if outer is None:
                environ.pop(STATE, None)
            else:
                environ[STATE] = outer

    def _static(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a file, or as the tree does."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            status, headers, body = Request(dict(environ)).call_application(self._files)
            if int(status[:3]) < 400:
                start_response(status, headers)
                return body  # type: ignore[no-any-return]
            close(body)
        return self._documented(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Walk and call; raise what ends in a fault."""
        call: Call = environ[STATE]
        environ["apirouter.router"] = self
        environ["apirouter.faults"] = self._faults
        context = environ.get(self._context_key)
        if context is None:
            context = environ.get("apirouter.context")
        if context is not None:
            self._attach(context, environ)
        negotiated = self._versions(environ) if self._versioned else self._unversioned
        environ["apirouter.version"] = negotiated.version
        verb = call.verb = verb_of(environ, call) if self._override else environ["REQUEST_METHOD"]
        known = self._known.get(environ.get("PATH_INFO", ""))
        if known is not None:
            leaf, instance = known
            above: tuple[Any, ...] = ()
        else:
            try:
                leaf, instance, call.path, above, _ = self._find(call, environ, verb)
            except AnswerOptions as options:
                headers = [("Allow", ", ".join(options.allow)), *negotiated.headers]
                start_response(status_line(204), headers)
                return []
        if leaf.guard is not None:
            leaf.guard.ask(instance)
        call.found, call.instance = leaf, instance
        if leaf.methods:
            leaf = self._generic(leaf, instance, verb)
        elif leaf.exposure.handler:
            raise RouteNotFound
        environ["apirouter.route"] = leaf.where
        chosen = call.template = leaf.offers.choose(environ, call.content_type)
        call.content_type = chosen.media_type
        if above or leaf.hooks or self.hooks:
            phases = call.phases = self._phases_of(leaf, above)
            if phases is not None:
                call.controller = leaf.bound(instance)
                if self._phases is None:
                    return self._hooked(call, leaf, negotiated, start_response)
        if LOG.isEnabledFor(logging.DEBUG):
            LOG.debug("%s %s is answered by %s", clip(verb, 32), clip(environ.get("PATH_INFO")), leaf.where)
        return leaf.handle(environ, start_response, {}, negotiated)

    def _hooked(
        self, call: Call, leaf: Leaf, negotiated: Negotiated, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Call with the hooks of a class or a method around it, where the application has none."""
        return hooking.run(
            call,
            _NO_PHASES,
            lambda environ, start: leaf.handle(environ, start, {}, negotiated),
            self._fault,
            start_response,
            passing=InternalRedirect,
        )

    def _find(self, call: Call, environ: WSGIEnvironment, verb: str) -> Arrival:
        path: str = environ.get("PATH_INFO", "")
        if not path.isascii():
            try:
                path = path.encode("latin-1").decode("utf-8")
            except UnicodeError:
                raise MalformedRequestUrl("it is not UTF-8") from None
        if not path.isprintable() and any(c < " " or c == "\x7f" for c in path):
            raise RouteNotFound
        if self._guess and "." in path:
            arrival = self._by_extension(call, path, verb)
            if arrival is not None:
                return arrival
        found = self._walk(call, path, verb)
        if not found.path and found.plain and path.isascii() and len(self._known) < MOST_KNOWN:
            self._known[path] = (found.leaf, found.instance)
        return found

    def _walk(self, call: Call, path: str, verb: str) -> Arrival:
        try:
            return self._walker.walk(call, self._root, path.split("/")[1:], verb)
        except Noncanonical as found:
            index = found.leaf
            if self.settings.force_canonical and not index.exposure.noncanonical:
                raise slash(call.environ) from None
            return Arrival(index, found.instance, (), found.hooks)

    def _by_extension(self, call: Call, path: str, verb: str) -> Arrival | None:
        """Return what answers a path without its extension, if that serves the extension's media type."""
        end = "/" if path.endswith("/") else ""
        bare, dot, extension = path.rstrip("/").rpartition(".")
        if not dot or "/" in extension or not extension or bare.endswith("/"):
            return None
        media_type = self._mime.guess_type(f"x.{extension}")[0]
        if media_type is None:
            return None
        try:
            found = self._walk(call, bare + end, verb)
        except (RouteNotFound, MethodNotAllowed, webob.exc.HTTPRedirection):
            return None
        leaf = found.leaf
        if leaf.exposure.generic is not None:
            leaf = self._generic(leaf, found.instance, verb, ask=False)
        if not leaf.offers.serves(media_type):
            return None
        call.extension, call.content_type = f".{extension}", media_type
        return found

    def _generic(self, leaf: Leaf, instance: Any, verb: str, ask: bool = True) -> Leaf:
        """Return the handler of an HTTP method."""
        chosen = leaf.methods.get(verb)
        if chosen is None and verb == "HEAD":
            chosen = leaf.methods.get("GET")
        if chosen is None:
            return leaf
        if ask and chosen.guard is not None:
            chosen.guard.ask(instance)
        return chosen

    def _phases_of(self, leaf: Leaf, above: tuple[Any, ...]) -> Phases | None:
        """Return a call's hooks: the method's, those of the classes on the way, the application's."""
        key = tuple(map(id, above))
        if key not in leaf.phases:
            hooks = (*leaf.hooks, *above, *self.hooks)
            if len(leaf.phases) > 256:
                leaf.phases.clear()
            leaf.phases[key] = Phases.of(hooks) if hooks else None
        return leaf.phases[key]

    def _attach(self, context: Any, environ: WSGIEnvironment) -> None:
        environ["apirouter.context"] = environ[self._context_key] = context
        if isinstance(context, RequestContext):
            if context.authority is None:
                context.authority = self.service.authority
            context.services = self.services

    def _fault(
        self, error: Exception, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        call: Any = environ.get(STATE)
        if isinstance(error, webob.exc.HTTPMethodNotAllowed) and "Allow" not in error.headers:
            leaf = getattr(call, "found", None)
            methods = set(leaf.methods) if leaf is not None else set()
            if methods:
                methods |= {"HEAD"} if "GET" in methods else set()
                error.headers["Allow"] = ", ".join(sorted(methods))
        if WANTED in environ:
            environ["apirouter.original_exception"] = environ["pecan.original_exception"] = error
        headers = self._versions.for_fault(environ, error).headers
        return reply(self.settings, self._faults, error, environ, start_response, headers)

    # ------------------------------------------------------------------ what others ask

    def fault_headers(self, environ: WSGIEnvironment, error: BaseException) -> Iterable[tuple[str, str]]:
        """Return the version headers of a fault that a filter in front of this application answers with."""
        return self._versions.for_fault(environ, error).headers

    def best_content_type(self, environ: WSGIEnvironment) -> str:
        """Return the media type of the reply to a request."""
        call = environ.get(STATE)
        return (call.content_type if isinstance(call, Call) else None) or self.service.media.default

    def render(self, template: str, namespace: Any) -> Any:
        """Render a template.

        :param template: as ``@expose`` has it.
        :param namespace: what it sees.
        """
        return self.renderers.of(template)(namespace)

    def rest(self, controller: Any, args: Sequence[str], request: Any) -> tuple[Any, list[str]]:
        """Return what REST's rules find below a controller: a bound method and its path arguments.

        :param controller: a ``RestController``.
        :param args: the path's segments.
        :param request: the request.
        """
        call = request.environ[STATE]
        node = self._tree.node_of(controller)
        if node is None:
            raise RouteNotFound
        rest_node = dataclasses.replace(node, table=dataclasses.replace(node.table, rest=True, route=None))
        found = self._walker.walk(call, rest_node, list(args), call.verb or request.method)
        return found.leaf.bound(found.instance), list(found.path)
