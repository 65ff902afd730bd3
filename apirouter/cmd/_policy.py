"""What ``apirouter-policy`` does once its arguments are read.

A question (``--can``) is answered by what serves: the router's own look-up and version, the rules stamped on
the method it leads to, asked of the service's own policy with the targets that the method's decorators make.
Rules that a method asks in its code are asked too, with the context's own project and user for a target. The
method itself is not called.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apirouter.cmd import _console, _load
from apirouter.cmd.policy import PROG
from apirouter.context import RequestContext
from apirouter.describe import describe
from apirouter.describe.guards import Guarded, guarded, rules_of, rules_of_router
from apirouter.describe.matching import Answer, Question, match, reach
from apirouter.describe.records import ROUTER, SOMETIMES, STAMPED
from apirouter.dispatch.call import authorize, read_body
from apirouter.errors import ConfigError, PolicyNotAuthorized, suggest
from apirouter.options import boolean
from apirouter.request import new_request
from apirouter.routing.router import APIRouter
from apirouter.stamps import RuleStamp


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """The answer of one rule.

    :param rule: its name.
    :param verdict: ``allowed``, ``denied``, or ``unknown`` for what only a request can tell.
    :param check: what the rule says; empty when it isn't known.
    :param why: why it is unknown, or when it is asked.
    """

    rule: str
    verdict: str
    check: str = ""
    why: str = ""


def show(args: argparse.Namespace) -> int:
    """Load the application and print what was asked for."""
    loaded = _load.loaded(PROG, args)
    if args.can:
        return _show_answer(args, loaded)
    rules = rules_of(loaded.application)
    described = describe(loaded.application, name=loaded.name)
    found = [g for g in guarded(rules, described) if fnmatch.fnmatchcase(g.rule.name, args.rule)]
    if not found and args.rule != "*":
        print(f"{PROG}: no rule is like that", file=sys.stderr)
    _print_rules(found, args.format)
    return _console.OK


# --------------------------------------------------------------------------- the list


def _print_rules(found: Iterable[Guarded], form: str) -> None:
    out, style = sys.stdout, _console.Style(sys.stdout)
    if form == "json":
        data = [{**dataclasses.asdict(g.rule), "routes": list(g.routes)} for g in found]
        out.write(_console.as_json(data, out))
        return
    for one in found:
        rule = one.rule
        out.write(f"{style(rule.name, 'bold')}\n    {style(rule.check or '@', 'cyan')}\n")
        if rule.default is not None and rule.default != rule.check and str(rule.origin).startswith("/"):
            out.write(f"    {style(f'by {rule.origin}; the default is {rule.default}', 'dim')}\n")
        for note in (rule.deprecated, f"scope: {', '.join(rule.scope_types)}" if rule.scope_types else ""):
            if note:
                out.write(f"    {style(note, 'yellow')}\n")
        for route in one.routes:
            out.write(f"    {route}\n")


# --------------------------------------------------------------------------- the question

_FLAGS = frozenset(("is_admin", "is_admin_project"))
#: What a context may be told of who asks: what the filters of ours tell it.
_NAMED = _FLAGS.union(
    ("user", "user_id", "project", "project_id", "roles", "system_scope", "remote_address"),
    ("user_name", "user_domain_id", "user_domain_name", "domain_id", "domain_name"),
    ("project_name", "project_domain_id", "project_domain_name"),
    ("service_user_id", "service_project_id", "service_roles"),
)


def who_is(text: str) -> RequestContext:
    """Read ``member,reader,p1``: roles, then the project; ``NAME=VALUE`` anywhere sets what it names.

    :raises ConfigError: it names nobody, or a name or a value of it is a slip.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    named: dict[str, Any] = dict(word.partition("=")[::2] for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    for name in ("user", "project"):
        if {name, f"{name}_id"} <= named.keys():
            raise ConfigError(f"{name} and {name}_id are one and the same", fix="leave one of the two out")
        if name in named:
            named[f"{name}_id"] = named.pop(name)
    if "project_id" not in named and len(plain) > 1:
        named["project_id"] = plain.pop()
    plain += named.pop("roles", "").split()
    if "" in named or not (plain or named):
        raise ConfigError(f"'{text}' names nobody", fix="write ROLES,PROJECT, as member,p1")
    for name in sorted(named.keys() - _NAMED):
        # A filter may have told a context anything; what is nearly one of the usual names is a slip.
        near = suggest(name, _NAMED, 0.8)
        if near.startswith("did you mean"):
            raise ConfigError(f"'{name}' is nothing that a context is told", fix=near)
    for name in sorted(_FLAGS & named.keys()):
        try:
            named[name] = boolean(named[name])
        except ValueError as error:
            raise ConfigError(
                f"'{name}={named[name]}' {error}", fix=f"write {name}=true or {name}=false"
            ) from None
    if "service_roles" in named:
        named["service_roles"] = named["service_roles"].split()
    user, project = named.pop("user_id", None) or None, named.pop("project_id", None)
    return RequestContext(user, project, roles=plain, **named)


def _show_answer(args: argparse.Namespace, loaded: _load.Loaded) -> int:
    method, url = args.can
    question = Question.parse(f"{method} {url}", args.header, args.body)
    answer = match(loaded.application, question, name=loaded.name, naming=loaded.naming)
    context = who_is(args.who)
    asked: list[Asked] = []
    end = answer.application
    if answer.status:
        verdict = f"refused with {answer.status}: {answer.problem}"
    elif end is not None and end.kind != ROUTER:
        # Only a router's rules can be asked: of what may be done elsewhere nothing is known.
        verdict = f"unknown (no router answers there: {end.type} does)"
    elif answer.project_id and context.project_id not in (None, answer.project_id):
        verdict = f"refused with 400: the URL's project is {answer.project_id}"
    else:
        given = _load.variables_of(args.given)
        asked = list(verdicts(loaded.application, question, answer, context, given))
        verdict = overall(asked, answer)
    allowed = verdict == "allowed" or verdict.startswith("allowed ")
    _print_answer(args, answer, context, verdict, asked)
    return _console.OK if allowed else _console.FOUND


def overall(asked: Sequence[Asked], answer: Answer) -> str:
    """Return the verdict of all rules together."""
    if answer.actions:
        return "allowed for some actions" if any(a.verdict == "allowed" for a in asked) else "denied"
    certain = [a for a in asked if not a.why.startswith("asked in a condition")]
    if any(a.verdict == "denied" for a in certain):
        return "denied"
    if any(a.verdict == "unknown" for a in certain):
        return "unknown"
    return "allowed" if asked else "allowed (no rule guards it)"


def verdicts(
    application: Any, question: Question, answer: Answer, context: RequestContext, given: Mapping[str, str]
) -> Iterator[Asked]:
    """Ask every rule of what a request leads to.

    :param application: the application.
    :param question: the request.
    :param answer: what answers it.
    :param context: who asks.
    :param given: a target to ask with, instead of those that decorators make; may be empty.
    """
    if answer.route is None:
        # OPTIONS: the router answers it, whoever asks.
        return
    environ = question.environ()
    end = reach(application, environ)
    router = end.application if end else None
    if not isinstance(router, APIRouter):
        return
    mounted, variables = router.lookup(environ)
    negotiated = router.service.versions(environ)
    context.authority, context.services = router.service.authority, router.services
    environ["apirouter.version"] = negotiated.version
    environ["apirouter.context"] = environ[router.settings.context_key] = context
    args = {k: v for k, v in variables.items() if k not in ("project_id", "format", "controller", "action")}
    body = read_body(router.service, environ) if question.body else None
    endpoint = mounted.endpoint
    keys = answer.actions or ((answer.action,) if answer.action else ("",))
    for key in keys:
        impls = endpoint.actions[key] if key else endpoint.methods
        impl = next(i for i in impls if negotiated.version is None or negotiated.version in i.versions)
        prefix = f"{key}: " if answer.actions else ""
        for stamp in impl.stamp.rules:
            if negotiated.version is None or negotiated.version in stamp.versions:
                target = dict(given) or stamp.target
                one = _ask(RuleStamp(stamp.rule, target, stamp.versions), router, environ, args, body)
                yield dataclasses.replace(one, why=f"{prefix}{one.why}".rstrip(": "))
        for rule in _in_code(answer, key):
            yield _in_code_asked(rule.name, rule.source, router, context, given)


def _in_code(answer: Answer, key: str) -> Iterator[Any]:
    methods = [answer.method] if answer.method else []
    if answer.actions and answer.route:
        methods = [m for a in answer.route.actions if a.key == key for m in a.methods]
    for method in methods:
        yield from (rule for rule in method.rules if rule.source != STAMPED)


def _ask(
    stamp: RuleStamp, router: APIRouter, environ: dict[str, Any], args: dict[str, Any], body: Any
) -> Asked:
    check = _check_of(router, stamp.rule)
    try:
        authorize((stamp,), router.service, new_request(environ, router.request_class), args, body)
    except PolicyNotAuthorized:
        return Asked(stamp.rule, "denied", check)
    except Exception as error:
        return Asked(
            stamp.rule, "unknown", check, f"its target can't be had ({type(error).__name__}); give --target"
        )
    return Asked(stamp.rule, "allowed", check)


def _in_code_asked(
    name: str, source: str, router: APIRouter, context: RequestContext, given: Mapping[str, str]
) -> Asked:
    why = "asked in a condition of the code" if source == SOMETIMES else "asked in the code"
    if "*" in name:
        return Asked(name, "unknown", "", f"{why}; only a request tells which rule it is")
    allowed = context.can(name, dict(given) or None, fatal=False)
    return Asked(name, "allowed" if allowed else "denied", _check_of(router, name), why)


def _check_of(router: APIRouter, name: str) -> str:
    rule = rules_of_router(router).get(name)
    return rule.check if rule is not None else ""


def _print_answer(
    args: argparse.Namespace, answer: Answer, context: RequestContext, verdict: str, asked: Sequence[Asked]
) -> None:
    out, style = sys.stdout, _console.Style(sys.stdout)
    if args.format == "json":
        data = {
            "request": answer.request,
            "roles": context.roles,
            "project_id": context.project_id,
            "verdict": verdict,
            "rules": [dataclasses.asdict(one) for one in asked],
        }
        out.write(_console.as_json(data, out))
        return
    colour = "green" if verdict.startswith("allowed") else "red"
    out.write(f"{style(answer.request, 'bold')}  {style(verdict, colour, 'bold')}\n")
    for one in asked:
        why = f"  ({one.why})" if one.why else ""
        out.write(f"  {one.verdict:8} {one.rule}  {style(one.check, 'cyan')}{style(why, 'dim')}\n")
