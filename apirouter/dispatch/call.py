"""One call of one implementation of one method: everything decided at load, one closure left to run.

The life of a call, top down:

1. the body, read and parsed once, where the HTTP method carries one;
2. policy rules, before anything of the request is looked at more closely;
3. the query's and the body's schema for the version of the request;
4. ``before`` of its hooks, then the method, by keywords: ``req``, the route's variables, ``body`` (or by what its
   front end binds);
5. the extensions, in order, until one returns a reply of its own;
6. the response's schema, where one is checked;
7. the reply.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from apirouter.controller import is_expected
from apirouter.dispatch import body as bodies
from apirouter.dispatch import hooking
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.reply import BODILESS, drop, send
from apirouter.dispatch.service import Service
from apirouter.errors import (
    InvalidContentType,
    PolicyNotAuthorized,
    Unauthorized,
    UnexpectedError,
    UnsendableReply,
    VersionNotFoundForAPIMethod,
)
from apirouter.faults import status_line
from apirouter.fusion import start_adding
from apirouter.hooks import Phases
from apirouter.request import Request, ResponseObject, keep_json, reply_of
from apirouter.serialization import JSONSerializer, decode
from apirouter.serialization import encode as dumps
from apirouter.stamps import RuleStamp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: The HTTP methods whose requests carry a body that counts.
BODY_METHODS = frozenset(("POST", "PUT", "PATCH"))
#: What comes of data that is no JSON: of another type, NaN, in a circle; or of a status that is none.
UNSENDABLE = (TypeError, ValueError, RecursionError)
#: Says that no one read the body yet.
UNREAD: Any = object()


#: Headers of filters: a list, or nothing.
More = list[tuple[str, str]] | tuple[()]


class Handler(Protocol):
    """Answers a request whose route, arguments and version are known."""

    def __call__(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = ...,
        more: More = ...,
    ) -> Iterable[bytes]:
        """Answer as a WSGI application does; raise what ends in a fault.

        ``args`` are the variables of the path, ``project_id`` among them, which no method is given. They stand in
        the environ too, so that who changes them changes a copy. ``more`` are headers of filters, which a reply has
        after its own.
        """
        ...  # pragma: no cover


#: Asks what may refuse a call; see :func:`asking`.
Ask = Callable[[Request, "WSGIEnvironment", dict[str, Any], Any], Any]
#: Answers with a result: called with it, environ, ``start_response``, the version, and the path's suffix.
Replier = Callable[[Any, "WSGIEnvironment", "StartResponse", Negotiated, "str | None"], Iterable[bytes]]


@dataclasses.dataclass(frozen=True, slots=True)
class Extension:
    """A method that runs after another.

    :param func: bound; called with ``req``, ``resp_obj`` and the route's variables.
    :param expected: its ``expected_errors``.
    :param where: what to call it in a log.
    :param body: whether it wants the body too.
    :param order: its parameters in order, where a call may give them by position; else None.
    :param needs_body: whether its ``body`` parameter has no default.
    """

    func: Callable[..., Any]
    expected: tuple[int, ...] | None
    where: str
    body: bool = False
    order: tuple[str, ...] | None = None
    needs_body: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What is known at load of one implementation, for a range of versions.

    :param func: the method, bound.
    :param where: what to call it in a log: ``module.Class.method``.
    :param takes_body: whether it has a ``body`` parameter.
    :param needs_body: whether that one has no default: then it is given None where no body is.
    :param code: the stamped status.
    :param expected: its ``expected_errors``.
    :param body_checks: the body's checks, strict and relaxed, or None.
    :param query_checks: the query's, strict and relaxed, or None.
    :param response_check: the reply's, or None.
    :param rules: policy rules, asked in order.
    :param extensions: what runs after it.
    :param serializers: its own, by name.
    :param phases: its hooks, or None.
    :param bind: makes the arguments of a call, where they are not those keywords: called with the request,
        the route's variables and the checked body (:data:`UNREAD` where no check wanted it); returns
        positional ones and keywords, and runs the hooks itself.
    :param finish: makes the reply of what the method returned, where :func:`.reply.send` does not.
    :param order: the method's parameters in order, where a call may give them by position; else None.
    """

    func: Callable[..., Any]
    where: str
    takes_body: bool = False
    needs_body: bool = False
    code: int = 200
    expected: tuple[int, ...] | None = None
    body_checks: tuple[Callable[[Any], Any], Callable[[Any], Any]] | None = None
    query_checks: tuple[Callable[[Any], Any], Callable[[Any], Any]] | None = None
    response_check: Callable[[Any], Any] | None = None
    rules: tuple[RuleStamp, ...] = ()
    extensions: tuple[Extension, ...] = ()
    serializers: tuple[tuple[str, Any], ...] = ()
    phases: Phases | None = None
    bind: Callable[[Request, dict[str, Any], Any], tuple[Sequence[Any], dict[str, Any]]] | None = None
    finish: Callable[[Any, Request, StartResponse, Negotiated], Iterable[bytes]] | None = None
    order: tuple[str, ...] | None = None


def read_body(service: Service, environ: WSGIEnvironment) -> Any:
    """Return the value of a request's body, checked; None when it is empty.

    :raises InvalidContentType: its media type is not read here.
    :raises MalformedRequestBody: it is not what its media type says.
    """
    raw = bodies.read(environ)
    if not raw:
        return None
    media, content_type = service.media, environ.get("CONTENT_TYPE")
    name = (media.types.get(content_type) or media.of_body(content_type)) if content_type else "json"
    if name == "json":
        value = decode(raw, service.settings.max_json_depth)
    else:
        reader = getattr(service.serializers[name], "deserialize", None)
        if reader is None:
            raise InvalidContentType
        value = reader(raw)
    keep_json(environ, value)
    return value


def general_handler(plan: Plan, service: Service) -> Handler:
    """Return the closure that runs any plan.

    :param plan: what is known at load.
    :param service: what the service's calls share.
    """
    func, code, expected, where = plan.func, plan.code, plan.expected, plan.where
    extensions, response_check = plan.extensions, plan.response_check
    phases, bind, finish = plan.phases, plan.bind, plan.finish
    ask = asking(plan, service)
    if phases is not None and bind is None:
        ask = _found_first(ask, phases, func)
    direct = phases is None and bind is None
    passes_body, needs_body = plan.takes_body, plan.needs_body
    own_errors = service.faults.exceptions
    reply = replier(plan, service)
    request_class, make_request = service.request_class, Request.__new__

    def handle(
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = UNREAD,
        more: More = (),
    ) -> Iterable[bytes]:
        if more:
            start_response = MethodType(start_adding, (start_response, more))
        # webob's constructor checks options that are not given here; this is the rest of it.
        request = make_request(request_class)
        request.__dict__["environ"] = environ
        args = {**args}
        args.pop("project_id", None)
        suffix = args.pop("format", None)
        if ask is not None:
            body = ask(request, environ, args, body)
        if passes_body and (needs_body or environ["REQUEST_METHOD"] in BODY_METHODS):
            args["body"] = body
        positional: Sequence[Any] = ()
        if bind is not None:
            positional, args = bind(request, args, body)
        elif phases is not None:
            hooking.enter(environ, phases, args)
        try:
            if direct:
                args["req"] = request
                result = func(**args)
            else:
                result = func(req=request, **args) if bind is None else func(*positional, **args)
        except Exception as error:
            if expected is not None and not is_expected(error, expected, own_errors):
                raise UnexpectedError(where, error) from error
            raise
        if extensions and is_extended(result):
            args.pop("body", None)
            result = run_extensions(extensions, result, code, request, body, own_errors, args)
        if response_check is not None and is_data(result):
            response_check(result.obj if isinstance(result, ResponseObject) else result)
        if finish is not None:
            try:
                return finish(result, request, start_response, negotiated)
            except UNSENDABLE as error:
                fail_reply(where, error, own_errors)
        return reply(result, environ, start_response, negotiated, suffix)

    return handle


def _found_first(ask: Ask | None, phases: Phases, func: Callable[..., Any]) -> Ask:
    """Return what tells a call's hooks that its method was found, then asks: so they hear of a refusal too."""

    def found(request: Request, environ: WSGIEnvironment, args: dict[str, Any], body: Any) -> Any:
        hooking.find(environ, phases, func, request)
        return body if ask is None else ask(request, environ, args, body)

    return found


def asking(plan: Plan, service: Service) -> Ask | None:
    """Return what is asked of a request before its method runs, policy first; None where that is nothing.

    It is called with the request, its environ, the route's variables, and the body or :data:`UNREAD`; returns the
    body, checked, and raises what refuses the request.

    :param plan: what is known at load.
    :param service: what the service's calls share.
    """
    rules, query_checks, body_checks = plan.rules, plan.query_checks, plan.body_checks
    takes_body = plan.takes_body or body_checks is not None or any(e.body for e in plan.extensions)
    if not (takes_body or rules or query_checks):
        return None

    def ask(request: Request, environ: WSGIEnvironment, args: dict[str, Any], body: Any) -> Any:
        if takes_body and body is UNREAD:
            body = read_body(service, environ) if environ["REQUEST_METHOD"] in BODY_METHODS else None
        if rules:
            # A call that takes no body has none: that it is unread is nobody's business.
            authorize(rules, service, request, args, None if body is UNREAD else body)
        if query_checks is not None:
            request.check_query(query_checks[1 if environ.get("apirouter.legacy") else 0])
        if body_checks is not None and environ["REQUEST_METHOD"] in BODY_METHODS:
            body = body_checks[1 if environ.get("apirouter.legacy") else 0](body)
        return body

    return ask


def replier(plan: Plan, service: Service) -> Replier:
    """Return what answers with what a method, or an extension of it, returned."""
    code, status = plan.code, status_line(plan.code)
    by_media_type, media_of = serializers_of(plan, service), service.media.of_reply
    headers, lengths = json_headers(plan, service), service.lengths
    where, own_errors = plan.where, service.faults.exceptions

    def reply(
        result: Any,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        negotiated: Negotiated,
        suffix: str | None,
    ) -> Iterable[bytes]:
        media_type = media_of(environ, suffix)
        if media_type in headers:
            # The reply nearly every call gives: a dict as JSON. What follows would give the very same.
            data = result
            if type(result) is ResponseObject and not (
                result._headers or result._code or result._serializers
            ):
                data = result.obj
            if type(data) is dict:
                try:
                    made = dumps(data)
                except UNSENDABLE as error:
                    fail_reply(where, error, own_errors)
                start_response(status, [headers[media_type], lengths[len(made)], *negotiated.headers])
                return [made] if environ["REQUEST_METHOD"] != "HEAD" else []
        if isinstance(result, ResponseObject):
            result._default_code = code
        try:
            return send(
                result,
                code,
                environ,
                start_response,
                negotiated.headers,
                media_type,
                by_media_type[media_type],
            )
        except UNSENDABLE as error:
            fail_reply(where, error, own_errors)

    return reply


def json_headers(plan: Plan, service: Service) -> dict[str, tuple[str, str]]:
    """Return the header of each media type in which a reply is plain JSON, made once."""
    return {
        media_type: ("Content-Type", media_type)
        for media_type, serializer in serializers_of(plan, service).items()
        if is_plain_json(serializer, plan.code)
    }


def serializers_of(plan: Plan, service: Service) -> dict[str, Any]:
    """Return the serializer of each media type: the method's own, or the service's."""
    own = {**service.serializers, **dict(plan.serializers)}
    return {media_type: own[name] for media_type, name in service.media.types.items()}


def is_plain_json(serializer: Any, code: int) -> bool:
    """Tell whether a reply with a status may be made as JSON without asking its serializer.

    :param serializer: the reply's.
    :param code: the status.
    """
    return type(serializer) is JSONSerializer and code >= 200 and code not in BODILESS


def authorize(
    rules: tuple[RuleStamp, ...],
    service: Service,
    request: Request,
    args: dict[str, Any],
    body: Any,
) -> None:
    """Ask policy before a call.

    :param rules: in the order in which they are asked.
    :param service: what the service's calls share.
    :param request: what the call's method is given, and functions that make targets too.
    :param args: the route's variables.
    :param body: the request's body; None where it has none, or the call none that it takes.
    :raises Unauthorized: the request has no context (401).
    :raises PolicyNotAuthorized: a rule denies (403).
    """
    context = request.environ.get("apirouter.context")
    if context is None:
        raise Unauthorized
    authority = service.authority
    for rule in rules:
        target = rule.target
        if callable(target):
            target = target(req=request, body=body, **args)
        if authority is None or not authority.authorize(context, rule.rule, target):
            raise PolicyNotAuthorized(rule.rule)


def is_extended(result: Any) -> bool:
    """Tell whether what a method returned is what its extensions may change."""
    return result is None or isinstance(result, (dict, list, tuple, ResponseObject))


def run_extensions(
    extensions: tuple[Extension, ...],
    result: Any,
    code: int,
    request: Request,
    body: Any,
    own_errors: Iterable[tuple[type[BaseException], int]],
    args: dict[str, Any],
) -> Any:
    """Run what extends a method; return the reply: the first one's that returns one, else the changed first.

    :param extensions: in order.
    :param result: what the method returned.
    :param code: the method's stamped status.
    :param request: the request.
    :param body: the request's body.
    :param own_errors: the service's own exception classes that are HTTP errors.
    :param args: the route's variables.
    """
    reply = result if isinstance(result, ResponseObject) else reply_of(result)
    reply._default_code = code
    args = {**args, "req": request, "resp_obj": reply}
    carries = request.environ["REQUEST_METHOD"] in BODY_METHODS
    for extension in extensions:
        try:
            if extension.body and (carries or extension.needs_body):
                answer = extension.func(**args, body=body)
            else:
                answer = extension.func(**args)
        except VersionNotFoundForAPIMethod:
            # A versioned method of its own has nothing for this version: it is out of range as a whole.
            continue
        except Exception as error:
            fail_extension(extension, error, reply, own_errors)
        if answer is not None:
            if answer is not reply:
                drop(reply)
            return answer
    return reply


def fail_extension(
    extension: Extension,
    error: Exception,
    reply: ResponseObject,
    own_errors: Iterable[tuple[type[BaseException], int]],
) -> NoReturn:
    """Drop the reply that an extension raised over, and raise what its request ends in.

    :param extension: which it was.
    :param error: what it raised.
    :param reply: what it was given.
    :param own_errors: the service's own exception classes that are HTTP errors.
    :raises UnexpectedError: its ``expected_errors`` do not list the error.
    """
    drop(reply)
    if extension.expected is not None and not is_expected(error, extension.expected, own_errors):
        raise UnexpectedError(extension.where, error) from error
    raise error


def fail_reply(
    where: str, error: Exception, own_errors: Iterable[tuple[type[BaseException], int]]
) -> NoReturn:
    """Raise what a request ends in whose reply can't be made, one of :data:`UNSENDABLE`.

    :param where: the method, as a log names it.
    :param error: what came of making the reply.
    :param own_errors: the service's own exception classes that are HTTP errors: they stay what they are.
    :raises UnsendableReply: Python itself raised the error.
    """
    if type(error).__module__ == "builtins" and not isinstance(error, tuple(kind for kind, _ in own_errors)):
        raise UnsendableReply(where, error) from error
    raise error


def is_data(result: Any) -> bool:
    """Tell whether a method returned data, which its response's schema is about."""
    if isinstance(result, ResponseObject):
        result = result.obj
    return result is None or isinstance(result, (dict, list, tuple, str, int, float))
