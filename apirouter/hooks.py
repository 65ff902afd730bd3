"""Hooks: code that runs around calls of controllers, for an application, a controller class or one method.

1. ``on_route`` runs before the path is looked up, ``before`` when everything but the call is done, ``after``
   when the reply is made, ``on_error`` when anything raised. The hooks of a class or a method have no
   ``on_route``: they are not known yet.
2. ``on_route`` and ``before`` run by ascending ``priority``, ``after`` and ``on_error`` the other way round.
   Of equal priorities the method's come first, then the class's, then the application's.
3. ``on_error`` may answer: the first that returns a ``webob.Response`` ends the chain, and that is the reply.
   Else the error becomes a fault.
4. ``after`` runs for every reply, a fault included; every ``after`` runs, even if another one raised.
5. Whatever a hook raises is handled as if the controller had raised it.

Everything that a hook may know of a request is in the :class:`State` it receives.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from apirouter.errors import ConfigError
from apirouter.hookchecks import check_methods

T = TypeVar("T")

#: The class attribute that lists a controller class's hooks.
ATTRIBUTE = "__hooks__"

_TRANSACTION = "__apirouter_transaction__"
_SAFE_METHODS = frozenset(("GET", "HEAD"))


class State:
    """One request on its way, as hooks see it.

    :param environ: the request.
    :param app: the application that answers: its ``hooks`` are the application's own.
    :param make_request: makes ``request`` when it is first asked for.
    :param make_response: makes ``response`` when it is first asked for.
    """

    # What most requests never set stands on the class.
    _request: Any = None
    _response: Any = None
    #: The method that answers, bound; None before routing and where nothing was found.
    controller: Any = None
    #: What it is called with, an ``inspect.Arguments``: ``args``, ``varargs`` (lists) and ``varkw``.
    arguments: Any = None
    #: The hooks of the call, the application's included; None before routing.
    phases: Phases | None = None

    def __init__(
        self,
        environ: dict[str, Any],
        app: Any,
        make_request: Callable[[dict[str, Any]], Any],
        make_response: Callable[[], Any],
    ) -> None:
        self.environ, self.app = environ, app
        self._make_request, self._make_response = make_request, make_response

    @property
    def request(self) -> Any:
        """The request."""
        found = self._request
        if found is None:
            found = self._request = self._make_request(self.environ)
        return found

    @request.setter
    def request(self, value: Any) -> None:
        self._request = value

    @property
    def response(self) -> Any:
        """The reply: before the call what it will start from (a fault doesn't), then the reply."""
        found = self._response
        if found is None:
            found = self._response = self._make_response()
        return found

    @response.setter
    def response(self, value: Any) -> None:
        self._response = value

    @property
    def hooks(self) -> tuple[Any, ...]:
        """The hooks of the call, by priority."""
        return self.phases.hooks if self.phases is not None else ()


class Hook:
    """The base of a hook; a subclass writes the methods it wants."""

    #: Where it stands among others: lower ones are further outside.
    priority: int = 100

    def on_route(self, state: State) -> None:
        """Run before the path is looked up; an application's hooks only."""

    def before(self, state: State) -> None:
        """Run just before the controller's method."""

    def after(self, state: State) -> None:
        """Run when the reply is made; may change ``state.response``."""

    def on_error(self, state: State, error: Exception) -> Any:
        """Run when something raised; may return a ``webob.Response`` to answer with."""


class HookController:
    """A base that says: this controller class has hooks. Any class may list them in ``__hooks__``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Phases:
    """The hooks of a call, those of each phase in the order they run.

    :param hooks: all of them, by ascending priority.
    """

    hooks: tuple[Any, ...] = ()
    on_route: tuple[Callable[..., Any], ...] = ()
    before: tuple[Callable[..., Any], ...] = ()
    after: tuple[Callable[..., Any], ...] = ()
    on_error: tuple[Callable[..., Any], ...] = ()

    @classmethod
    def of(cls, hooks: Iterable[Any]) -> Phases:
        """Order hooks; one that stands there twice runs once.

        :param hooks: hooks, instances.
        :raises ConfigError: one is no hook.
        """
        unique: dict[int, Any] = {}
        for hook in hooks:
            if isinstance(hook, type):
                raise ConfigError(
                    f"the hook {hook.__qualname__} is a class",
                    fix=f"list an instance: {hook.__qualname__}()",
                    option="hooks",
                )
            unique.setdefault(id(hook), made_of(hook))
        ordered = tuple(sorted(unique.values(), key=lambda hook: hook.priority))
        backwards = ordered[::-1]
        return cls(
            ordered,
            _methods(ordered, "on_route"),
            _methods(ordered, "before"),
            _methods(backwards, "after"),
            _methods(backwards, "on_error"),
        )


def made_of(hook: Any, named: str = "") -> Any:
    """Return a hook, made of its class where it is one.

    :param hook: a hook, or the class of one.
    :param named: what a setting calls it, for the error.
    :raises ConfigError: it is no hook, or making it failed.
    """
    if isinstance(hook, type):
        try:
            hook = hook()
        except TypeError as error:
            raise ConfigError(
                f"hook {named or hook.__qualname__} can't be made: {error}",
                fix="name an instance, or a class that is made without arguments",
                option="hooks",
            ) from error
    priority = getattr(hook, "priority", None)
    if isinstance(priority, bool) or not isinstance(priority, (int, float)):
        raise ConfigError(
            f"{named or repr(hook)} is no hook: it has no priority",
            fix="derive it from apirouter.hooks.Hook",
            option="hooks",
        )
    check_methods(hook, Hook)
    return hook


def _methods(hooks: Iterable[Any], name: str) -> tuple[Callable[..., Any], ...]:
    """Return the bound methods of a phase, without those that are the base's own and do nothing."""
    found = []
    for hook in hooks:
        method = getattr(hook, name, None)
        if method is not None and getattr(method, "__func__", None) is not getattr(Hook, name):
            found.append(method)
    return tuple(found)


def of_class(kind: type) -> tuple[Any, ...]:
    """Return the hooks that a controller class and its bases list in ``__hooks__``, each once.

    :param kind: the class.
    :raises ConfigError: what stands there is no list.
    """
    if not hasattr(kind, ATTRIBUTE):
        # Nearly every class: thousands of methods are asked for at each start.
        return ()
    found: dict[int, Any] = {}
    for klass in kind.__mro__:
        listed = vars(klass).get(ATTRIBUTE, ())
        if not isinstance(listed, (list, tuple)):
            raise ConfigError(
                f"{ATTRIBUTE} of class {klass.__qualname__} is a {type(listed).__name__}",
                fix=f"write {ATTRIBUTE} = [...], a list of hooks",
                option="hooks",
            )
        for hook in listed:
            found.setdefault(id(hook), hook)
    return tuple(found.values())


# --------------------------------------------------------------------------- transactions


@dataclasses.dataclass(frozen=True, slots=True)
class Transaction:
    """What decorators said of a method or class, for :class:`TransactionHook`.

    :param forced: whether a safe method, too, runs in a transaction.
    :param ignore_redirects: whether a redirect commits; None when nothing was said.
    :param after_commit: called after a commit, in order.
    :param after_rollback: called after a rollback, in order.
    """

    forced: bool = False
    ignore_redirects: bool | None = None
    after_commit: tuple[Callable[[], Any], ...] = ()
    after_rollback: tuple[Callable[[], Any], ...] = ()


_NOTHING = Transaction()


def _say(target: T, **said: Any) -> T:
    now = vars(target).get(_TRANSACTION, _NOTHING)
    setattr(target, _TRANSACTION, dataclasses.replace(now, **said))
    return target


def transactional(ignore_redirects: bool = True) -> Callable[[T], T]:
    """Run a method, or all methods of a class, in a transaction whatever the HTTP method.

    :param ignore_redirects: whether a redirect that is raised still commits.
    """
    return lambda target: _say(target, forced=True, ignore_redirects=ignore_redirects)


def after_commit(action: Callable[[], Any]) -> Callable[[T], T]:
    """Call something after the transaction of a method was committed."""
    return lambda func: _say(
        func, after_commit=(*vars(func).get(_TRANSACTION, _NOTHING).after_commit, action)
    )


def after_rollback(action: Callable[[], Any]) -> Callable[[T], T]:
    """Call something after the transaction of a method was rolled back."""
    return lambda func: _say(
        func, after_rollback=(*vars(func).get(_TRANSACTION, _NOTHING).after_rollback, action)
    )


def transaction_of(controller: Any) -> Transaction:
    """Return what was said of a method, and of its class where the method is silent.

    :param controller: the bound method, or None.
    """
    func = getattr(controller, "__func__", controller)
    own: Transaction = getattr(func, _TRANSACTION, _NOTHING)
    owner = getattr(controller, "__self__", None)
    whole: Transaction = getattr(type(owner), _TRANSACTION, _NOTHING) if owner is not None else _NOTHING
    if whole is _NOTHING:
        return own
    ignore = own.ignore_redirects if own.ignore_redirects is not None else whole.ignore_redirects
    return dataclasses.replace(own, forced=own.forced or whole.forced, ignore_redirects=ignore)


class TransactionHook(Hook):
    """Runs every call but GET and HEAD in a transaction: commits, or rolls back after an error.

    :param start: begins a transaction that may write.
    :param start_ro: begins one that only reads.
    :param commit: commits.
    :param rollback: rolls back.
    :param clear: ends the session, whatever happened.
    """

    def __init__(
        self,
        start: Callable[[], Any],
        start_ro: Callable[[], Any],
        commit: Callable[[], Any],
        rollback: Callable[[], Any],
        clear: Callable[[], Any],
    ) -> None:
        self.start, self.start_ro, self.commit = start, start_ro, commit
        self.rollback, self.clear = rollback, clear

    def is_transactional(self, state: State) -> bool:
        """Tell whether a request runs in a transaction that may write; a subclass may decide otherwise."""
        return state.request.method not in _SAFE_METHODS or transaction_of(state.controller).forced

    def on_route(self, state: State) -> None:
        """Begin."""
        state.request.error = False
        state.request.transactional = self.is_transactional(state)
        if state.request.transactional:
            self.start()
        else:
            self.start_ro()

    def before(self, state: State) -> None:
        """Begin, where a class or a method has the hook; begin anew where the method wants to write."""
        begun = getattr(state.request, "transactional", None)
        if begun is None:
            self.on_route(state)
        elif not begun and self.is_transactional(state):
            self.clear()
            state.request.transactional = True
            self.start()

    def on_error(self, state: State, error: Exception) -> None:
        """Take note that there is something to roll back; a redirect is none, unless said otherwise."""
        ignore = transaction_of(state.controller).ignore_redirects
        if ignore is None:
            ignore = state.request.method not in _SAFE_METHODS
        code = getattr(error, "code", None)
        if not (ignore and isinstance(code, int) and 300 <= code < 400):
            state.request.error = True

    def after(self, state: State) -> None:
        """Commit or roll back, then call what was asked to be called after it."""
        try:
            if getattr(state.request, "transactional", False):
                said = transaction_of(state.controller)
                if state.request.error:
                    self.rollback()
                    actions = said.after_rollback
                else:
                    self.commit()
                    actions = said.after_commit
                for action in actions:
                    action()
        finally:
            self.clear()


# --------------------------------------------------------------------------- the viewer


class RequestViewerHook(Hook):
    """Shows what became of each request, on a stream and in headers of the reply: for development only.

    It shows parameters as they came, passwords included.

    :param config: ``items`` (what to show: :attr:`available`, or any attribute of the request) and
        ``blacklist`` (starts of paths that are not shown).
    :param writer: where to write; None is stdout.
    :param terminal: whether to write there.
    :param headers: whether to send the items as ``X-Apirouter-<item>``.
    """

    available = ("path", "status", "method", "controller", "params", "hooks")

    def __init__(
        self,
        config: Any = None,
        writer: Any = None,
        terminal: bool = True,
        headers: bool = True,
    ) -> None:
        to_dict = getattr(config, "to_dict", None)
        self.config: Mapping[str, Any] = to_dict() if to_dict is not None else dict(config or {})
        self.items = list(self.config.get("items", self.available))
        self.blacklist = tuple(self.config.get("blacklist", ()))
        self.writer, self.terminal, self.headers = writer, terminal, headers

    def after(self, state: State) -> None:
        """Show."""
        if self.blacklist and state.request.path.startswith(self.blacklist):
            return
        shown = [(item, self._value(item, state)) for item in self.items if self._has(item, state)]
        if self.terminal:
            writer = sys.stdout if self.writer is None else self.writer
            writer.write("".join(f"{item:<12} - {value}\n" for item, value in shown) + "\n\n")
        if self.headers:
            for item, value in shown:
                text = "".join(c if c.isprintable() and c.isascii() else "?" for c in str(value))
                state.response.headers[f"X-Apirouter-{item}"] = text

    def _has(self, item: str, state: State) -> bool:
        return item in self.available or hasattr(state.request, item)

    def _value(self, item: str, state: State) -> Any:
        if item == "status":
            return state.response.status
        if item == "controller":
            func = getattr(state.controller, "__func__", state.controller)
            return getattr(func, "__qualname__", func)
        if item == "hooks":
            return [type(hook).__name__ for hook in state.app.hooks]
        try:
            value = getattr(state.request, item)
            return list(value.items()) if item == "params" else value
        except UnicodeDecodeError as error:
            return error


#: The viewer under its short name.
RequestViewer = RequestViewerHook
