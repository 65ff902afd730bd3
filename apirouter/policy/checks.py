"""oslo.policy's check objects -> plain functions that give the same verdict without its cost.

oslo.policy inspects the signature of every check at every call, reads literals again and lower-cases roles
again. Here each check of its own kinds becomes a closure once; a check of any other kind (``http:``, one that
a service registered) is called as oslo.policy calls it.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

#: Tells of target, credentials and the credentials' roles in lower case whether a rule lets them pass.
Verdict = Callable[[Mapping[str, Any], MutableMapping[str, Any], "frozenset[str] | None"], bool]

_ONE_KEY = re.compile(r"%\(([^()%]+)\)s")


class Undefined(LookupError):
    """A rule refers to one that nobody defined.

    :param name: the rule that refers.
    :param missing: what it refers to.
    """

    def __init__(self, name: str, missing: str) -> None:
        self.name, self.missing = name, missing
        super().__init__(f"rule '{name}' refers to '{missing}', which nobody defined")


class Circular(ValueError):
    """Rules refer to one another in a circle.

    :param names: the rules, in order.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"rules refer to one another in a circle: {' -> '.join(names)}")


class Unreadable(ValueError):
    """A rule has a check that oslo.policy would fail at whenever it is asked.

    :param name: the rule.
    :param kind: what stands in front of the check's colon.
    """

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        super().__init__(f"rule '{name}' has a check of '{kind}:', which is neither a name nor a literal")


class Compiler:
    """Makes the functions of a set of rules.

    :param rules: rule name -> oslo.policy check.
    :param enforcer: what a check of a foreign kind is given as its enforcer.
    """

    def __init__(self, rules: Mapping[str, Any], enforcer: Any) -> None:
        from oslo_policy import _checks

        self.rules, self.enforcer, self.kinds = rules, enforcer, _checks
        self.done: dict[str, Verdict] = {}
        self.path: list[str] = []

    def all(self) -> dict[str, Verdict]:
        """Return rule name -> function.

        :raises Undefined: a rule refers to one that isn't there.
        :raises Circular: rules refer to one another in a circle.
        :raises Unreadable: a rule has a check that can never be asked.
        """
        return {name: self.named(name) for name in self.rules}

    def named(self, name: str) -> Verdict:
        """Return the function of one rule."""
        if name in self.path:
            raise Circular([*self.path[self.path.index(name) :], name])
        if name not in self.done:
            self.path.append(name)
            self.done[name] = self.function(self.rules[name])
            self.path.pop()
        return self.done[name]

    def function(self, check: Any) -> Verdict:
        """Return the function of one check object."""
        kind, known = type(check), self.kinds
        if kind is known.TrueCheck:
            return lambda target, creds, roles: True
        if kind is known.FalseCheck:
            return lambda target, creds, roles: False
        if kind is known.NotCheck:
            inner = self.function(check.rule)
            return lambda target, creds, roles: not inner(target, creds, roles)
        if kind is known.AndCheck:
            return _every([self.function(rule) for rule in check.rules])
        if kind is known.OrCheck:
            return _some([self.function(rule) for rule in check.rules])
        if kind is known.RuleCheck:
            return self._reference(check.match)
        if kind is known.RoleCheck:
            return _role(check.match)
        if kind is known.GenericCheck:
            return self._generic(check.kind, check.match)
        return self._foreign(check)

    def _reference(self, name: str) -> Verdict:
        if name not in self.rules:
            raise Undefined(self.path[-1] if self.path else "", name)
        inner = self.named(name)

        def verdict(target: Any, creds: Any, roles: Any) -> bool:
            try:
                return inner(target, creds, roles)
            except KeyError:
                # oslo.policy takes one out of a foreign check for a rule that isn't there.
                return False

        return verdict

    def _generic(self, kind: str, match: str) -> Verdict:
        try:
            return _generic(kind, match)
        except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise Unreadable(self.path[-1] if self.path else "", kind) from error

    def _foreign(self, check: Any) -> Verdict:
        enforcer = self.enforcer
        if len(inspect.getfullargspec(check.__call__).args) <= 4:
            return lambda target, creds, roles: check(target, creds, enforcer)
        name = self.path[0] if self.path else None
        return lambda target, creds, roles: check(target, creds, enforcer, name)


def _every(parts: list[Verdict]) -> Verdict:
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _every(parts[1:])
    return lambda target, creds, roles: first(target, creds, roles) and rest(target, creds, roles)


def _some(parts: list[Verdict]) -> Verdict:
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _some(parts[1:])
    return lambda target, creds, roles: first(target, creds, roles) or rest(target, creds, roles)


def _role(match: str) -> Verdict:
    if "%" not in match:
        role = match.lower()
        return lambda target, creds, roles: roles is not None and role in roles

    def verdict(target: Any, creds: Any, roles: Any) -> bool:
        try:
            role = (match % target).lower()
        except KeyError:
            return False
        return roles is not None and role in roles

    return verdict


def _generic(kind: str, match: str) -> Verdict:
    try:
        literal = str(ast.literal_eval(kind))
    except ValueError:
        pass
    else:
        return _with_match(match, lambda wanted, creds: wanted == literal)
    segments = tuple(kind.split("."))
    if len(segments) > 1:
        return _with_match(match, lambda wanted, creds: _found(creds, segments, wanted))

    def direct(wanted: str, creds: Any) -> bool:
        if kind not in creds:
            return False
        value = creds[kind]
        if isinstance(value, list):
            return any(_found(item, (), wanted) for item in value)
        return wanted == str(value)

    return _with_match(match, direct)


def _with_match(match: str, test: Callable[[str, Any], bool]) -> Verdict:
    if "%" not in match:
        return lambda target, creds, roles: test(match, creds)
    one = _ONE_KEY.fullmatch(match)
    if one is not None:
        key = one[1]

        def of_one(target: Any, creds: Any, roles: Any) -> bool:
            try:
                wanted = str(target[key])
            except KeyError:
                return False
            return test(wanted, creds)

        return of_one

    def of_text(target: Any, creds: Any, roles: Any) -> bool:
        try:
            wanted = match % target
        except KeyError:
            return False
        return test(wanted, creds)

    return of_text


def _found(value: Any, segments: tuple[str, ...], wanted: str) -> bool:
    if not segments:
        return wanted == str(value)
    try:
        value = value[segments[0]]
    except KeyError:
        return False
    rest = segments[1:]
    if isinstance(value, list):
        return any(_found(item, rest, wanted) for item in value)
    return _found(value, rest, wanted)
