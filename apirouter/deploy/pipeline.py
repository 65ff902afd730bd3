"""One pipeline out of several, chosen by strategy.

Every option of the section is a strategy, its value the filters in the order in which a request meets them,
and last the application. The first of these that says something chooses:

1. ``auth_strategy`` in the section (where ``[DEFAULT]`` has it too, Paste Deploy reads only that one);
2. ``auth_strategy`` in ``[DEFAULT]`` or in the ``global_conf`` passed to ``loadapp``;
3. the environment variable ``APIROUTER_AUTH_STRATEGY``;
4. the only strategy there is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apirouter.deploy.contexts import Context
from apirouter.deploy.imports import near
from apirouter.deploy.makers import Makers
from apirouter.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: The option that names the strategy.
OPTION = "auth_strategy"
#: The environment variable that does.
VARIABLE = "APIROUTER_AUTH_STRATEGY"
#: What the ancestor's factory took when nothing was said.
FORMER_DEFAULT = "keystone"


def pipeline_factory(loader: Any, global_conf: Mapping[str, str], **local_conf: str) -> WSGIApplication:
    """Build the pipeline of the chosen strategy (``paste.composite_factory``).

    :param loader: PasteDeploy's loader, or ours.
    :param global_conf: ``[DEFAULT]``; its ``auth_strategy`` counts when the section has none.
    :param local_conf: strategy -> names of filters, then of the application, between blanks; a name may be
        that of another pipeline or composite.
    :returns: the outermost filter, around the rest.
    :raises ConfigError: the strategy is unknown or not stated, or its pipeline is empty.
    """
    stated = local_conf.pop(OPTION, "")
    strategy = choose(local_conf, stated, global_conf, environment=os.environ)
    return build(loader, global_conf, local_conf[strategy], option=strategy)


def pipeline_factory_v21(loader: Any, global_conf: Mapping[str, str], **local_conf: str) -> WSGIApplication:
    """Build the pipeline of the chosen strategy, ``keystone`` when nothing chooses.

    For projects whose INI has the ancestor's pipelines as they stand: same name, same default.

    :param loader: see :func:`pipeline_factory`, as for the other parameters.
    :raises ConfigError: the strategy is unknown, or its pipeline is empty.
    """
    stated = local_conf.pop(OPTION, "")
    strategy = choose(local_conf, stated, global_conf, environment=os.environ, default=FORMER_DEFAULT)
    return build(loader, global_conf, local_conf[strategy], option=strategy)


def choose(
    strategies: Mapping[str, str],
    stated: str,
    global_conf: Mapping[str, str],
    *,
    environment: Mapping[str, str],
    default: str = "",
) -> str:
    """Return the name of the strategy to build.

    :param strategies: strategy -> its pipeline.
    :param stated: what the section's own ``auth_strategy`` says.
    :param global_conf: may say it as well.
    :param environment: may say it as ``APIROUTER_AUTH_STRATEGY``.
    :param default: what to take when none of them says anything and there is a choice.
    :raises ConfigError: there is no such strategy, or none is stated and there are several.
    """
    if not strategies:
        raise ConfigError("no strategy is given", fix="add one: 'keystone = filter filter application'")
    said = (
        (stated, f"'{OPTION}' of this section"),
        (global_conf.get(OPTION, ""), f"'{OPTION}' of [DEFAULT] or global_conf"),
        (environment.get(VARIABLE, ""), f"environment variable {VARIABLE}"),
    )
    for text, source in said:
        name = text.strip()
        if name in strategies:
            return name
        if name:
            known = ", ".join(sorted(strategies))
            raise ConfigError(
                f"unknown strategy '{name}' ({source}); the known ones are: {known}",
                fix=near(name, strategies) or "write one of them",
                option=OPTION if stated else "",
            )
    if len(strategies) == 1:
        return next(iter(strategies))
    if default in strategies:
        return default
    raise ConfigError(
        f"no strategy is chosen; the known ones are: {', '.join(sorted(strategies))}",
        fix=f"set '{OPTION}' in the section or in [DEFAULT], or the environment variable {VARIABLE}",
    )


def build(loader: Any, global_conf: Mapping[str, str], pipeline: str, *, option: str = "") -> WSGIApplication:
    """Build a pipeline: the application, then the filters around it, the last one first.

    :param loader: makes filters and applications of names.
    :param global_conf: passed on to them.
    :param pipeline: names between blanks, the application last.
    :param option: what to call the pipeline in an error.
    :raises ConfigError: it is empty, or a filter can't take the application.
    """
    *names, last = pipeline.split() or [""]
    if not last:
        raise ConfigError(f"pipeline '{option}' is empty", fix="name an application", option=option)
    application: WSGIApplication = loader.get_app(last, global_conf=global_conf)
    filters = [_filter(loader, name, global_conf) for name in names]
    for name, (wrap, context) in zip(reversed(names), reversed(filters), strict=True):
        if context is not None:
            # It knows the filter's own section, where an error is told.
            application = context.apply(wrap, application)
            continue
        if not callable(wrap):
            raise ConfigError(
                f"'{name}' in pipeline '{option}' is no filter but {type(wrap).__name__}: {wrap!r:.80}",
                fix="its factory must return a function that takes an application",
                option=option,
            )
        application = wrap(application)
    return application


def _filter(loader: Any, name: str, global_conf: Mapping[str, str]) -> tuple[Any, Context | None]:
    """Return a filter, and the context that made it when the loader is ours."""
    if not isinstance(getattr(loader, "makers", None), Makers):
        return loader.get_filter(name, global_conf=global_conf), None
    context: Context = loader.filter_context(name, global_conf=global_conf)
    return context.create(), context
