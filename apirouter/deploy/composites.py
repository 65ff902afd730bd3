"""What a composite section would build, read off its options.

Only urlmaps and strategy pipelines, of this project or of its ancestors, are known by name. Of any other
composite, the words in its options that name a section are taken to be what it builds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from paste.deploy import loadwsgi

from apirouter.deploy.contexts import Context
from apirouter.deploy.mounts import Address, check_mounts, parse_mount
from apirouter.deploy.pipeline import FORMER_DEFAULT, OPTION, VARIABLE, choose
from apirouter.deploy.signatures import COMPOSITES
from apirouter.deploy.static import StaticLoader
from apirouter.errors import ConfigError

_URLMAP = re.compile(r"[:.#]urlmap(_factory)?$", re.IGNORECASE)
_PIPELINE = re.compile(r"([:.]pipeline_factory(\w*)|egg:apirouter#pipeline)$")


class Branch(NamedTuple):
    """One pipeline, unbuilt.

    :param strategy: its name.
    :param chosen: whether it is the one that would be built.
    :param filters: contexts and names, outermost first.
    :param application: context and name of what stands behind them.
    :param option: the option that says it.
    """

    strategy: str
    chosen: bool
    filters: list[tuple[Context, str]]
    application: tuple[Context, str]
    option: str


class Composite(NamedTuple):
    """What a composite would build.

    :param mounts: addresses and contexts.
    :param branches: pipelines.
    :param mentions: contexts and names that its options name.
    """

    mounts: list[tuple[Address, Context]]
    branches: list[Branch]
    mentions: list[tuple[Context, str]]


def is_pipeline(factory: str) -> bool:
    """Tell whether a factory's name is that of a strategy pipeline's."""
    return _PIPELINE.search(factory) is not None


def expand(context: Context) -> Composite:
    """Return what a composite's options name; nothing for any other context.

    Mistakes are written into the journal of the loader.
    """
    nothing = Composite([], [], [])
    if context.protocol not in COMPOSITES or not context.places:
        return nothing
    loader = context.loader
    if not isinstance(loader, StaticLoader):
        return nothing
    if _URLMAP.search(context.reference):
        return nothing._replace(mounts=_mounts(context, loader), mentions=_not_found(context, loader))
    found = _PIPELINE.search(context.reference)
    if found is not None:
        default = FORMER_DEFAULT if found[2] == "_v21" else ""
        return nothing._replace(branches=_branches(context, loader, default))
    return nothing._replace(mentions=_mentions(context, loader))


def _mounts(context: Context, loader: StaticLoader) -> list[tuple[Address, Context]]:
    good: tuple[Address, ...] = ()
    options = {name: value for name, value in context.local_conf.items() if name != "not_found_app"}
    if not options:
        _report(context, loader, ConfigError("nothing is mounted", fix="add '/ = name of an application'"))
    for expression, name in options.items():
        try:
            good = check_mounts((*good, parse_mount(expression, name)))
        except ConfigError as error:
            _report(context, loader, error)
    conf = context.global_conf
    return [(address, loader.get_context(loadwsgi.APP, address.name, conf)) for address in good]


def _not_found(context: Context, loader: StaticLoader) -> list[tuple[Context, str]]:
    name = context.local_conf.get("not_found_app") or context.global_conf.get("not_found_app")
    return [(loader.get_context(loadwsgi.APP, name, context.global_conf), name)] if name else []


def _branches(context: Context, loader: StaticLoader, default: str) -> list[Branch]:
    strategies = {name: value for name, value in context.local_conf.items() if name != OPTION}
    chosen = _chosen(context, loader, strategies, default)
    branches = []
    for strategy, line in strategies.items():
        words = line.split()
        if not words:
            problem = f"pipeline '{strategy}' is empty"
            _report(context, loader, ConfigError(problem, fix="name an application", option=strategy))
            continue
        conf = context.global_conf
        filters = [(loader.get_context(loadwsgi.FILTER, name, conf), name) for name in words[:-1]]
        application = loader.get_context(loadwsgi.APP, words[-1], conf), words[-1]
        branches.append(Branch(strategy, strategy == chosen, filters, application, strategy))
    return branches


def _chosen(context: Context, loader: StaticLoader, strategies: Mapping[str, str], default: str) -> str:
    stated = context.local_conf.get(OPTION, "")
    said = stated or context.global_conf.get(OPTION) or os.environ.get(VARIABLE)
    try:
        return choose(strategies, stated, context.global_conf, environment=os.environ, default=default)
    except ConfigError as error:
        # Where nothing is said, the process that serves may still say it in its environment.
        if said or not strategies:
            _report(context, loader, error)
        return ""


def _mentions(context: Context, loader: StaticLoader) -> list[tuple[Context, str]]:
    found: list[tuple[Context, str]] = []
    for value in context.local_conf.values():
        for word in value.split():
            for kind in (loadwsgi.APP, loadwsgi.FILTER):
                if word in loader.sections(kind):
                    found.append((loader.get_context(kind, word, context.global_conf), word))
    return found


def _report(context: Context, loader: StaticLoader, error: ConfigError) -> None:
    loader.journal.add(error.located(**context.where(error.option)))
