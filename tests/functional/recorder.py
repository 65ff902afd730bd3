"""Factories of every kind that write down how they were called; what they make says what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

CALLS: list[tuple] = []


def _record(kind, global_conf, local_conf):
    CALLS.append((kind, dict(global_conf), dict(local_conf)))


def app(global_conf, **local_conf):
    _record("app", global_conf, local_conf)
    return ("app", tuple(sorted(local_conf.items())))


def other_app(global_conf, **local_conf):
    _record("other_app", global_conf, local_conf)
    return ("other_app", tuple(sorted(local_conf.items())))


def composite(loader, global_conf, **local_conf):
    _record("composite", global_conf, local_conf)
    parts = []
    for option, value in local_conf.items():
        if option.startswith("app"):
            parts.append(loader.get_app(value, global_conf=global_conf))
        elif option.startswith("bare"):
            parts.append(loader.get_app(value))
        elif option.startswith("filter"):
            parts.append(loader.get_filter(value, global_conf)("in a composite"))
    return ("composite", *parts)


def filter_factory(global_conf, **local_conf):
    _record("filter", global_conf, local_conf)
    return lambda application: ("filter", tuple(sorted(local_conf.items())), application)


def filter_app(application, global_conf, **local_conf):
    _record("filter_app", global_conf, local_conf)
    return ("filter_app", application)


def server(global_conf, **local_conf):
    _record("server", global_conf, local_conf)
    return lambda application: ("server", application)


def runner(application, global_conf, **local_conf):
    _record("runner", global_conf, local_conf)
    return ("runner", application)


def strict(global_conf, *, colour="red", size="1"):
    """Take two options."""
    return ("strict", colour, size)


def demanding(global_conf, must):
    """Need one option."""
    return ("demanding", must)


def failing(global_conf, **local_conf):
    """Raise what it is told to."""
    raise RuntimeError("the database is down")


def no_filter(global_conf, **local_conf):
    """Make what is no filter."""


def nothing_made(global_conf, **local_conf):
    """Forget to return what was made."""


def nothing_wrapped(global_conf, **local_conf):
    """Make a filter that forgets to return the application."""
    return lambda application: None


def bad_filter(global_conf, **local_conf):
    """Make a filter that can't take an application."""

    def wrap(application):
        raise ValueError("can't wrap this")

    return wrap


def nothing_taken():
    """Take nothing at all."""


class Owner:
    """Has a factory of its own."""

    @classmethod
    def factory(cls, global_conf, **local_conf):
        return ("owned", tuple(sorted(local_conf.items())))

    def method(self, global_conf, **local_conf):
        return ("never", self)


class Application:
    """Is a factory, and has one."""

    def __init__(self, global_conf, **local_conf):
        self.message = local_conf

    factory = classmethod(lambda cls, global_conf, **local_conf: cls(global_conf, **local_conf))


NOT_CALLABLE = 3


@dataclass(frozen=True)
class Limits:
    """What :func:`specified` may be told."""

    limit: int = 10
    strict: bool = False


def specified(global_conf, **local_conf):
    """State its options."""
    raise AssertionError("a check calls no factory")


specified.options = Limits


class Checked:
    """Says itself what is wrong."""

    @classmethod
    def factory(cls, global_conf, **local_conf):
        raise AssertionError("a check calls no factory")

    @classmethod
    def check(cls, global_conf, **local_conf):
        return [
            "plugins a and b both have the route /servers",
            RuntimeError("plugin c can't be loaded"),
        ]
