"""What PasteDeploy's contexts make, and whose fault it is when they can't.

A :class:`Context` is PasteDeploy's, plus the sections it was read from. It invokes the same factories with
the same arguments in the same order; only when one fails does it find out why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from paste.deploy import loadwsgi

from apirouter.deploy.imports import name_of, own_factory, raised_at
from apirouter.deploy.signatures import PROTOCOLS, signature_error
from apirouter.deploy.trail import at_reference
from apirouter.errors import ConfigError, MissingExtra, PluginError, safe_text

if TYPE_CHECKING:
    from apirouter.deploy.files import ConfigLoader


class Place(NamedTuple):
    """A section of a file, and the loader that read it."""

    loader: ConfigLoader
    section: str


def _cause(error: Exception) -> BaseException | None:
    """Return what an error at a place stands for: never itself, nor the same error without the place."""
    return error.__cause__ if isinstance(error, ConfigError) else error


class Context(loadwsgi.LoaderContext):  # type: ignore[misc]
    """A PasteDeploy context that knows its sections."""

    places: tuple[Place, ...] = ()
    trail: tuple[Any, ...] = ()
    reference: str = ""
    #: The dotted name behind the reference, when nothing was imported.
    target: str = ""
    #: Why there is nothing behind this context, when nothing was to be raised.
    problem: ConfigError | None = None
    filter_contexts: list[Context]
    app_context: Context
    next_context: Context
    filter_context: Context

    @classmethod
    def of(cls, context: Any, *places: Place, trail: tuple[Any, ...] = (), reference: str = "") -> Context:
        """Return a context like PasteDeploy's ``context``, of a section.

        :param context: what PasteDeploy made.
        :param places: the sections, the one that was asked for first, then those it uses.
        :param trail: without a section: the sections that led here.
        :param reference: what names the factory in a file.
        """
        new = cls.__new__(cls)
        new.__dict__.update(context.__dict__)
        new.places, new.trail, new.reference = places, trail, reference
        return new

    @property
    def factory(self) -> str:
        """Return what to call the factory: as Python names it, else as the file does."""
        return name_of(self.object) or self.reference or repr(self.object)

    def create(self) -> Any:
        """Build the object.

        :raises ConfigError: a factory, or something it depends on, is wrong.
        """
        kind = self.object_type
        try:
            if kind is loadwsgi.PIPELINE:
                return self._pipeline()
            if kind is loadwsgi.FILTER_APP:
                application = self.next_context.create()
                return self.filter_context.apply(self.filter_context.create(), application)
            if kind is loadwsgi.FILTER_WITH:
                return self._filtered()
            if self.protocol not in PROTOCOLS:
                raise self._unsaid()
            return self._made(kind.invoke(self), kind.name)
        except Exception as error:
            raise self._fault(error) from _cause(error)

    def apply(self, wrap: Callable[[Any], Any], application: Any) -> Any:
        """Put the filter that this context made in front of an application.

        :param wrap: the filter.
        :param application: what stands behind it.
        :raises ConfigError: it is no filter, or can't take the application.
        """
        if not callable(wrap):
            raise self.error(
                f"factory {self.factory} made no filter but {type(wrap).__name__}: {wrap!r:.80}",
                "return a function that takes an application",
            )
        try:
            return self._made(wrap(application), "application")
        except Exception as error:
            raise self._fault(error) from _cause(error)

    def error(self, problem: str, fix: str = "", option: str = "") -> ConfigError:
        """Return an error at this context's section, at the line of an option."""
        return ConfigError(problem, fix=fix, option=option).located(**self.where(option))

    def _made(self, made: Any, what: str) -> Any:
        if made is None:
            a = "an" if what[0] in "aeiou" else "a"
            raise self.error(f"factory {self.factory} returned None", f"let it return {a} {what}")
        return made

    def _pipeline(self) -> Any:
        application = self.app_context.create()
        filters = [(context, context.create()) for context in self.filter_contexts]
        for context, wrap in reversed(filters):
            application = context.apply(wrap, application)
        return application

    def _filtered(self) -> Any:
        outer, inner = self.filter_context, self.next_context
        wrap = outer.create()
        filtered = inner.create()
        if inner.object_type is loadwsgi.APP:
            return outer.apply(wrap, filtered)
        # Of a filter that has itself a filter-with, PasteDeploy composes the two: so here.
        return lambda application: outer.apply(wrap, inner.apply(filtered, application))

    def _fault(self, error: Exception) -> ConfigError:
        """Return the one error of whatever went wrong; the first to be made stays."""
        if isinstance(error, ConfigError):
            return error if error.file else error.located(**self.where(error.option))
        if not callable(self.object):
            what = f"a {type(self.object).__name__}, which is not callable"
            return self.error(f"factory '{self.reference}' is {what}", "name a function or a class")
        own = own_factory(self.object, self.factory)
        if isinstance(error, TypeError):
            mismatch = signature_error(self.object, self.factory, self.protocol or "", self.local_conf)
            if mismatch is not None and own:
                return self.error(
                    f"'{self.factory}' is a class that has a factory of its own", f"write '{own}'"
                )
            if mismatch is not None:
                return mismatch.located(**self.where(mismatch.option))
        if isinstance(error, (PluginError, MissingExtra)):
            # It says itself what to do, and where; a line of apirouter's own is of no help.
            return self.error(str(error), "")
        said = safe_text(error)
        problem = f"factory {self.factory} raised {type(error).__name__}" + (f": {said}" if said else "")
        return self.error(problem, f"write '{own}'" if own else raised_at(error))

    def _unsaid(self) -> ConfigError:
        kind = {"application": "app"}.get(self.object_type.name, self.object_type.name)
        target = self.reference.removeprefix("call:")
        fix = f"write 'paste.{kind}_factory = {target}'"
        if not self.places:
            fix += f" in a section [{kind}:...], and the name of the section here"
        return self.error(
            f"'{self.reference}' says not what it makes: only 'use' in a [{kind}:...] does", fix
        )

    def where(self, option: str) -> dict[str, Any]:
        """Return file, line, section and chain of the section that has ``option``, else the factory's name."""
        if not self.places:
            return at_reference(self.trail, self.reference)
        for place in self.places:
            line = place.loader.ini.sections[place.section].options.get(option)
            if option and line is not None:
                return place.loader.where(place.section, line.line)
        loader, section = self.places[-1]
        return loader.where(section, loader.factory_line(section))
