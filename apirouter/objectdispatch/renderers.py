"""Results -> text: renderers by name.

1. ``json`` is always there. ``mako`` and ``jinja`` (also ``jinja2``) are, where their packages are installed
   (the extra ``templates``); they read files below ``template_path`` and escape HTML unless told not to.
2. A custom renderer is a class made with ``(template_path, extra_vars)``, or an instance; it has
   ``render(template, namespace)``. One that is named ``json`` makes the replies of every ``json`` template.
3. ``@expose("engine:file")`` names the engine; ``@expose("file")`` takes the default one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from apirouter.errors import ConfigError, MissingExtra, suggest
from apirouter.objectdispatch.jsonify import encode


def bare(template: str | None) -> str | None:
    """Return a template's name, ``json`` for ``json:`` too."""
    return "json" if template == "json:" else template


class Renderer(Protocol):
    """Makes text of a result."""

    def render(self, template: str, namespace: Any) -> str | bytes:
        """Return the text.

        :param template: the template's name, without the engine's.
        :param namespace: what the method returned.
        """
        ...  # pragma: no cover


class ExtraNamespace:
    """Variables that every template sees beside what a method returns.

    :param extras: name -> value.
    """

    def __init__(self, extras: Mapping[str, Any] | None = None) -> None:
        self.namespace: dict[str, Any] = dict(extras or {})

    def update(self, more: Mapping[str, Any]) -> None:
        """Add variables."""
        self.namespace.update(more)

    def make_ns(self, namespace: Any) -> Any:
        """Return a method's result with these variables behind it."""
        return {**self.namespace, **namespace} if self.namespace else namespace


class JsonRenderer:
    """JSON, of everything that :func:`.jsonify` knows."""

    def __init__(self, path: str, extra_vars: ExtraNamespace) -> None:
        pass

    def render(self, template: str, namespace: Any) -> str:
        """Return the JSON text of a result."""
        return encode(namespace)


class MakoRenderer:
    """Mako templates."""

    autoescape = True

    def __init__(self, path: str, extra_vars: ExtraNamespace) -> None:
        try:
            from mako.lookup import TemplateLookup
        except ImportError as error:
            raise MissingExtra("the renderer 'mako'", "Mako", "templates") from error
        filters = ["h"] if self.autoescape else None
        self.loader = TemplateLookup(directories=[path], default_filters=filters, input_encoding="utf-8")
        self.extra_vars = extra_vars

    def render(self, template: str, namespace: Any) -> str:
        """Return the text."""
        found = self.loader.get_template(template)
        text: str = found.render_unicode(**self.extra_vars.make_ns(namespace))
        return text


class JinjaRenderer:
    """Jinja2 templates."""

    autoescape = True

    def __init__(self, path: str, extra_vars: ExtraNamespace) -> None:
        try:
            import jinja2
        except ImportError as error:
            raise MissingExtra("the renderer 'jinja'", "Jinja2", "templates") from error
        # It is a setting, on unless an operator says otherwise.
        loader = jinja2.FileSystemLoader(path)
        self.env = jinja2.Environment(loader=loader, autoescape=self.autoescape)  # nosec B701
        self.extra_vars = extra_vars

    def render(self, template: str, namespace: Any) -> str:
        """Return the text."""
        text: str = self.env.get_template(template).render(self.extra_vars.make_ns(namespace))
        return text


def _verbatim(kind: type[Any]) -> Any:
    return type(kind.__name__, (kind,), {"autoescape": False, "__doc__": kind.__doc__})


class Renderers:
    """The renderers of one application, each made when it is first named.

    :param custom: name -> class or instance.
    :param template_path: the directory of the templates.
    :param extra_vars: what every template sees.
    :param default: the engine of templates that name none.
    :param autoescape: whether the engines here escape HTML.
    """

    def __init__(
        self,
        custom: Mapping[str, Any] | None = None,
        extra_vars: Mapping[str, Any] | None = None,
        *,
        template_path: str = "",
        default: str = "mako",
        autoescape: bool = True,
    ) -> None:
        mako, jinja = (
            (MakoRenderer, JinjaRenderer)
            if autoescape
            else (_verbatim(MakoRenderer), _verbatim(JinjaRenderer))
        )
        self._classes: dict[str, Any] = {"json": JsonRenderer, "mako": mako, "jinja": jinja, "jinja2": jinja}
        self._classes.update(custom or {})
        self.extra_vars = ExtraNamespace(extra_vars)
        self.template_path, self.default = template_path, default
        self._made: dict[str, Renderer] = {}

    def keys(self) -> Iterable[str]:
        """Return the renderers' names."""
        return self._classes.keys()

    def available(self, name: str) -> bool:
        """Tell whether there is such a renderer."""
        return name in self._classes

    def get(self, name: str, template_path: str | None = None) -> Renderer | None:
        """Return a renderer, made once; None when there is none of this name.

        :raises MissingExtra: its package is not installed.
        """
        if name not in self._made:
            kind = self._classes.get(name)
            if kind is None:
                return None
            path = self.template_path if template_path is None else template_path
            self._made[name] = kind(path, self.extra_vars) if isinstance(kind, type) else kind
        return self._made[name]

    def of(self, template: str) -> Callable[[Any], str | bytes]:
        """Return what renders results with a template.

        :param template: as ``@expose`` has it.
        :raises ConfigError: there is no such engine.
        :raises MissingExtra: its package is not installed.
        """
        name, colon, file = template.partition(":")
        if not colon:
            name, file = "json" if template == "json" else self.default, template
        if name == "json" and self._classes["json"] is JsonRenderer:
            return encode
        renderer = self.get(name)
        if renderer is None:
            raise ConfigError(
                f'support for "{name}" was not found; supported template engines are '
                f"{', '.join(sorted(self._classes))}",
                fix=suggest(name, self._classes),
                option="custom_renderers",
            )
        return lambda namespace: renderer.render(file, namespace)
