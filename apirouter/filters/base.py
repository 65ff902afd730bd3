"""What a filter is made of.

1. A filter is a WSGI application around another, ``.application``. It keeps nothing of a request. What a
   factory makes of one may be a function, which has ``.application`` and, as ``.filter``, the object.
2. Its options are a frozen dataclass, the class's ``options``; a factory reads them once, at load.
3. An iterable that comes back from inside is handed on as it is, or wrapped in something that stays lazy and
   passes ``close()`` on, whatever happens.
4. :class:`Filter` is for plain WSGI; :class:`Middleware` for those who would rather write
   ``process_request`` and ``process_response``. A Request is made only for a subclass that asks for one.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from apirouter.chain import chain
from apirouter.errors import ApiRouterError, ConfigError
from apirouter.faults import FaultFormat, VersionHeaders
from apirouter.filters.replies import close
from apirouter.fusion import fuse, has_step
from apirouter.options import read
from apirouter.request import new_request
from apirouter.serving import Serving, callable_of, passing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Options that a filter which has them also takes from ``[DEFAULT]``; another is read from its own section.
INHERITABLE = ("service_type", "default_fault", "context_key", "debug")


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoOptions:
    """The options of a filter that has none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaultOptions:
    """Options of a filter that answers by itself.

    :param service_type: the service's type, as in the catalog (``compute``).
    :param default_fault: the name of faults whose status has none (``computeFault``); made of the service's
        type when empty.
    """

    service_type: str = ""
    default_fault: str = ""

    def fault_format(self, application: Any = None) -> FaultFormat:
        """Return how this service words its faults.

        :param application: what is behind the filter that answers with them: its router tells the version headers.
        """
        name = self.default_fault or (f"{self.service_type}Fault" if self.service_type else "")
        versions = _version_headers(application)
        return FaultFormat(name, versions=versions) if name else FaultFormat(versions=versions)


def _version_headers(application: Any) -> VersionHeaders | None:
    """Return what tells the version headers of the router behind a filter; None where none, or none to be told, is."""
    for link in chain(application):
        if getattr(type(link), "hides_versions", False):
            return None
        # Of the class: what an application of somebody else has itself may be computed, or do something.
        if hasattr(type(link), "fault_headers"):
            return cast("VersionHeaders", link.fault_headers)
    return None


class FilterFactory(Protocol):
    """What ``paste.filter_factory`` names: reads the options, returns what wraps an application."""

    #: The dataclass that says which options there are.
    options: type[Any]

    def __call__(
        self, global_conf: Mapping[str, str] | None, /, **local_conf: Any
    ) -> Callable[[WSGIApplication], WSGIApplication]:
        """Read the options of a section."""
        ...  # pragma: no cover


class Filter(Serving):
    """The base of a filter in plain WSGI.

    A subclass writes ``__call__``, or, where every nanosecond counts, :meth:`serving`. What it makes of its
    settings it makes once, in :meth:`prepare`.

    :param application: what it wraps.
    :param options: an instance of the class's ``options``; None reads them from ``named``.
    :param named: the options by name, as text or as values.
    :raises ConfigError: an option is unknown or can't be read.
    """

    __slots__ = ("_made", "application", "settings")

    #: The dataclass that says which options there are.
    options: ClassVar[type[Any]] = NoOptions

    def __init__(self, application: WSGIApplication, options: Any = None, **named: Any) -> None:
        #: The application inside.
        self.application = application
        self.settings: Any = self.read_options(None, named) if options is None else options
        self.prepare()
        # What has no step parts a pipeline: what is behind it is fused here.
        inner = callable_of(application) if has_step(type(self)) else fuse(application)
        serve: Any = self.serving(inner)
        if not callable(serve):
            name = type(self).__qualname__
            raise TypeError(f"{name}.serving returned {serve!r:.80}; let it return a WSGI application")
        if type(self).__call__ is Serving.__call__ and (serve is self or serve == self.__call__):
            # Its call is a call of what this returned: the first request would find no end.
            raise TypeError(
                f"{type(self).__qualname__}.serving returned the filter; let it return what answers"
            )
        if serve == inner and type(self).__call__ is Serving.__call__:
            # Where a server or Paste calls it, a function costs a third of what this object does.
            serve = passing(inner)
        self.serve = serve
        self._made = self.serve, inner, application

    def prepare(self) -> None:
        """Make of the settings what requests need; called once, at load."""

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests; this one passes all of them on.

        A function that closes over what it needs is called at a third of the cost of an object. A class may say the
        same in lines, which are fused with those of other filters: as ``fusion_step()``, see :mod:`apirouter.fusion`.

        :param inner: the application inside, in the form that is cheapest to call.
        """
        return inner

    @property
    def is_as_made(self) -> bool:
        """Tell whether function and application are those that :meth:`serving` returned and was given."""
        serve, _, application = self._as_made()
        return self.serve is serve and self.application is application

    def _as_made(self) -> tuple[Any, Any, Any]:
        """Return the function that was made, the one that it was given, and the application."""
        # A subclass may make itself without this class's constructor.
        return getattr(self, "_made", (None, callable_of(self.application), None))

    @property
    def wsgi(self) -> WSGIApplication:
        """What a server or a filter outside calls: the function of :meth:`serving`, or this object.

        The function has this filter as ``filter`` and the application inside as ``application``.
        """
        serve: Any = self.serve
        # A bound method is another object each time, and equal.
        if type(self).__call__ is not Serving.__call__ or serve == self._as_made()[1]:
            return self
        # Nothing else can be told whose it is; nor can a function that is another's already.
        if type(serve) is not FunctionType or vars(serve).get("filter", self) is not self:
            return self
        vars(serve).update(application=self.application, filter=self)
        return cast("WSGIApplication", serve)

    @classmethod
    def read_options(cls, global_conf: Mapping[str, str] | None, local_conf: Mapping[str, Any]) -> Any:
        """Return the options of a section, coerced and checked.

        :param global_conf: ``[DEFAULT]``; only :data:`INHERITABLE` names are looked up there.
        :param local_conf: the section.
        :raises ConfigError: it names the filter, the option, and the nearest option there is.
        """
        conf = dict(local_conf)
        names = {field.name for field in dataclasses.fields(cls.options)}
        for name in INHERITABLE:
            if global_conf and name in names and name in global_conf:
                conf.setdefault(name, global_conf[name])
        try:
            return read(cls.options, conf)
        except ConfigError as error:
            error.problem = f"{cls.__name__}: {error.problem}"
            raise

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
    ) -> Callable[[WSGIApplication], WSGIApplication]:
        """Make the filter from an INI section, as ``paste.filter_factory`` does.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options, checked here, once.
        :returns: wraps an application.
        """
        settings = cls.read_options(global_conf, local_conf)
        return lambda application: cls(application, settings).wsgi


def problems_of(
    kind: type[Filter],
    prepare: Callable[[Any], object],
    global_conf: Mapping[str, str] | None,
    local_conf: Mapping[str, Any],
) -> list[Exception]:
    """Return what is wrong with a section, for a filter's ``check``, which makes no filter.

    :param kind: the filter's class.
    :param prepare: called with the settings; raises what the filter would.
    :param global_conf: ``[DEFAULT]``.
    :param local_conf: the section.
    """
    try:
        prepare(kind.read_options(global_conf, local_conf))
    except ApiRouterError as error:
        return [error]
    return []


def factory_of(kind: type[Filter]) -> FilterFactory:
    """Return a module's ``filter_factory`` for a filter class.

    :param kind: the class.
    """

    def filter_factory(
        global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
    ) -> Callable[[WSGIApplication], WSGIApplication]:
        return kind.factory(global_conf, **local_conf)

    filter_factory.__doc__ = f"Make a :class:`{kind.__name__}` from an INI section."
    filter_factory.options = kind.options  # type: ignore[attr-defined]
    if hasattr(kind, "check"):
        filter_factory.check = kind.check  # type: ignore[attr-defined]
    return cast("FilterFactory", filter_factory)


class Middleware(Filter):
    """The base of a filter that looks at a request before, or at a reply after.

    ``process_request(self, environ)`` returns None to go on inside, or a WSGI application to answer instead.
    ``process_response(self, environ, status, headers)`` returns status and headers of the reply.

    A subclass that wants objects names its parameters ``req`` and ``response``:
    ``process_request(self, req)`` is given a :class:`.Request` and ``process_response(self, response)`` a
    ``webob.Response``, which it returns. One that defines neither passes everything on.

    Options: a dataclass as the class's ``options``, or the keywords of its own ``__init__``, read by their
    annotations and defaults.
    """

    __slots__ = ("__dict__",)

    def __init__(self, application: WSGIApplication, options: Any = None, **named: Any) -> None:
        # A subclass with keywords of its own has them already; there is nothing left to read.
        super().__init__(application, NoOptions() if self._keywords and options is None else options, **named)

    #: Whether a Request is made; found in the names of the parameters unless a subclass says.
    wants_request: ClassVar[bool] = False
    wants_response: ClassVar[bool] = False
    _before: ClassVar[bool] = False
    _after: ClassVar[bool] = False
    _keywords: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Note once, for each subclass, what its methods ask for.

        :raises TypeError: a method has parameters that nothing can be given for.
        """
        super().__init_subclass__(**kwargs)
        cls._before = cls.process_request is not Middleware.process_request
        cls._after = cls.process_response is not Middleware.process_response
        if cls._before:
            names = _parameters(cls, "process_request")
            cls.wants_request = names != ["environ"]
            if len(names) != 1:
                raise TypeError(f"{cls.__qualname__}.process_request takes (self, environ) or (self, req)")
        if cls._after:
            names = _parameters(cls, "process_response")
            cls.wants_response = len(names) == 1
            if len(names) not in (1, 3):
                raise TypeError(
                    f"{cls.__qualname__}.process_response takes (self, environ, status, headers) "
                    "or (self, response)"
                )
        if "options" not in cls.__dict__ and cls.__init__ is not Middleware.__init__:
            spec = _options_of(cls)
            if spec is not None:
                cls.options, cls._keywords = spec, True

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
    ) -> Callable[[WSGIApplication], WSGIApplication]:
        """Make the filter from an INI section; see :meth:`Filter.factory`."""
        settings = cls.read_options(global_conf, local_conf)
        if not cls._keywords:
            return lambda application: cls(application, settings)
        keywords = {f.name: getattr(settings, f.name) for f in dataclasses.fields(cls.options)}
        return lambda application: cls(application, **keywords)

    def process_request(self, environ: Any) -> Any:
        """Look at a request; return None to go on, or what answers it instead.

        :param environ: the WSGI environ, or a Request when the parameter is named ``req``.
        """
        return None

    def process_response(self, *reply: Any) -> Any:
        """Look at a reply; return what is sent.

        :param reply: environ, status line and list of headers; or one ``webob.Response``.
        """
        raise NotImplementedError  # pragma: no cover - replaced wherever it is called

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if self._before:
            answer = self.process_request(new_request(environ) if self.wants_request else environ)
            if answer is not None:
                return self._application(answer, "process_request")(environ, start_response)
        if not self._after:
            return self.serve(environ, start_response)
        if self.wants_response:
            return self._with_response(environ, start_response)
        return self._with_head(environ, start_response)

    def _with_head(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            reply = self.process_response(environ, status, headers)
            if reply is None:
                raise self._misused("process_response", "None", "status and headers")
            status, headers = reply
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self.serve(environ, start)

    def _with_response(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = new_request(environ).get_response(self.serve)
        try:
            answer = self._application(self.process_response(response), "process_response")
            if answer is response:
                reply: Iterable[bytes] = answer(environ, start_response)
                return reply
        except BaseException:
            close(response.app_iter)
            raise
        # Another reply was made: nobody will iterate the one from inside.
        close(response.app_iter)
        return answer(environ, start_response)

    def _application(self, answer: Any, method: str) -> WSGIApplication:
        if not callable(answer):
            raise self._misused(method, f"{answer!r:.80}", "a response, or another WSGI application")
        return cast("WSGIApplication", answer)

    def _misused(self, method: str, answer: str, wanted: str) -> TypeError:
        return TypeError(f"{type(self).__qualname__}.{method} returned {answer}; let it return {wanted}")


def _parameters(cls: type, name: str) -> list[str]:
    return list(inspect.signature(getattr(cls, name)).parameters)[1:]


def _same(default: Any) -> Any:
    # A dataclass takes no list for a default, a constructor does.
    return default


def _kind_of(default: Any) -> Any:
    """Return how an option without an annotation is read: as its default is."""
    if default is inspect.Parameter.empty or default is None:
        return Any
    kind: Any = type(default)
    if kind in (tuple, list, set, frozenset) and default:
        item = type(next(iter(default)))
        return kind[item, ...] if kind is tuple else kind[item]
    return kind


def _options_of(cls: type) -> type[Any] | None:
    """Return a dataclass of the keywords of a class's constructor; None when it takes any."""
    fields: list[Any] = []
    parameters = list(inspect.signature(cls.__init__, eval_str=False).parameters.values())[2:]  # type: ignore[misc]
    known = {"options", "named"}
    if {p.name for p in parameters} <= known:
        return None
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default = parameter.default
        kind = parameter.annotation if parameter.annotation is not parameter.empty else _kind_of(default)
        if default is parameter.empty:
            fields.append((parameter.name, kind))
        else:
            fields.append((parameter.name, kind, dataclasses.field(default_factory=partial(_same, default))))
    made = dataclasses.make_dataclass(f"{cls.__name__}Options", fields, frozen=True, kw_only=True)
    made.__module__ = cls.__module__
    return made
