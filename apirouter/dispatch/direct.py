"""One call of the usual shape, at two thirds of what the general way takes.

Most methods take the request, at most one variable of their route, and the body; so do their extensions. Such a
call gives its arguments by position, not by keywords. Whatever is unlike it (other variables, a path's
``format``, hooks, arguments that a front end binds) goes the general way (:func:`.call.general_handler`), which
answers everything; the two give the same replies, call for call.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import TYPE_CHECKING, Any

from apirouter.controller import is_expected
from apirouter.dispatch.call import (
    UNREAD,
    UNSENDABLE,
    Handler,
    More,
    Plan,
    asking,
    fail_extension,
    fail_reply,
    general_handler,
    is_data,
    is_extended,
    json_headers,
    replier,
)
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.reply import drop
from apirouter.dispatch.service import Service
from apirouter.errors import UnexpectedError, VersionNotFoundForAPIMethod
from apirouter.faults import status_line
from apirouter.fusion import start_adding
from apirouter.request import Request, ResponseObject, reply_of
from apirouter.serialization import encode as dumps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def make_handler(plan: Plan, service: Service) -> Handler:
    """Return what runs a plan: the general way, or the direct one in front of it where the plan allows it.

    :param plan: what is known at load.
    :param service: what the service's calls share.
    """
    general = general_handler(plan, service)
    variables = variables_of(plan)
    return general if variables is None else direct_handler(plan, service, variables, general)


def variables_of(plan: Plan) -> tuple[str, ...] | None:
    """Return the variables of the route that a plan's calls take, none or one; None where there is no direct way."""
    if plan.phases is not None or plan.bind is not None or plan.finish is not None or plan.order is None:
        return None
    first, variables = plan.order[:1], plan.order[1:]
    if plan.takes_body:
        variables, last = variables[:-1], variables[-1:]
        if last != ("body",):
            return None
    if first != ("req",) or len(variables) > 1 or {"format", "project_id"}.intersection(variables):
        return None
    for extension in plan.extensions:
        if extension.order != ("req", "resp_obj", *variables, *(("body",) if extension.body else ())):
            return None
    return variables


def direct_handler(plan: Plan, service: Service, variables: tuple[str, ...], general: Handler) -> Handler:
    """Return the closure that runs a plan by position.

    :param plan: what is known at load.
    :param service: what the service's calls share.
    :param variables: the variables that its calls take: none or one.
    :param general: answers requests that have others.
    """
    func, code, expected, where = plan.func, plan.code, plan.expected, plan.where
    passes_body, response_check, ask = plan.takes_body, plan.response_check, asking(plan, service)
    adding = [(extension.func, extension.body, extension) for extension in plan.extensions]
    own_errors, reply = service.faults.exceptions, replier(plan, service)
    content_types = service.media.content_types(frozenset(json_headers(plan, service)))
    status, lengths, request_class = status_line(code), service.lengths, service.request_class
    make_request, new_reply, bind = Request.__new__, object.__new__, MethodType
    count, variable = len(variables), variables[0] if variables else ""
    with_project = count + 1

    def handle(
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = UNREAD,
        more: More = (),
    ) -> Iterable[bytes]:
        size = len(args)
        if size != count and (size != with_project or "project_id" not in args):
            return general(environ, start_response, args, negotiated, body, more)
        # What a method can't do without, each of its routes has: the table saw to it.
        value = args[variable] if count else None
        # webob's constructor checks options that are not given here; this is the rest of it.
        request = make_request(request_class)
        request.__dict__["environ"] = environ
        if ask is not None:
            body = ask(request, environ, {variable: value} if count else {}, body)
        try:
            if count:
                result = func(request, value, body) if passes_body else func(request, value)
            else:
                result = func(request, body) if passes_body else func(request)
        except Exception as error:
            if expected is not None and not is_expected(error, expected, own_errors):
                raise UnexpectedError(where, error) from error
            raise
        if adding and (type(result) is dict or is_extended(result)):
            # What run_extensions() does, by position and without calls of its own: half of its cost.
            if type(result) is dict:
                made: Any = new_reply(ResponseObject)
                made.obj = result
                made._code = made._headers = made._serializers = None
            else:
                made = result if isinstance(result, ResponseObject) else reply_of(result)
            made._default_code = code
            result = made
            for extend, wants_body, extension in adding:
                try:
                    if count:
                        answer = (
                            extend(request, made, value, body) if wants_body else extend(request, made, value)
                        )
                    else:
                        answer = extend(request, made, body) if wants_body else extend(request, made)
                except VersionNotFoundForAPIMethod:
                    continue
                except Exception as error:
                    fail_extension(extension, error, made, own_errors)
                if answer is not None:
                    if answer is not made:
                        drop(made)
                    result = answer
                    break
        if response_check is not None and is_data(result):
            response_check(result.obj if isinstance(result, ResponseObject) else result)
        header = content_types[environ.get("HTTP_ACCEPT")]
        data = result
        if type(result) is ResponseObject and not (result._headers or result._code or result._serializers):
            data = result.obj
        if header is None or type(data) is not dict:
            if more:
                start_response = bind(start_adding, (start_response, more))
            return reply(result, environ, start_response, negotiated, None)
        # What reply() does with it, which would cost another call.
        try:
            text = dumps(data)
        except UNSENDABLE as error:
            fail_reply(where, error, own_errors)
        start_response(status, [header, lengths[len(text)], *negotiated.headers, *more])
        return [text] if environ["REQUEST_METHOD"] != "HEAD" else []

    return handle
