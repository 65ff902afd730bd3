"""Every exception that apirouter raises.

Each class takes values and writes its own message. Each carries the HTTP status (``code``) it becomes
when it reaches a client, and says whether its message may be shown (``safe``).

Three families:

- :class:`RequestError`: the client erred (4xx); the message says what was wrong.
- :class:`ConfigError`: the operator's INI is wrong; the message has file, line, section and fix.
- :class:`PluginError`: a plugin is wrong; the message names entry point, class, file, line and fix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: A message never echoes more than this many characters of a client's value.
ECHO_LIMIT = 256


def safe_text(value: object) -> str:
    """Return the text of an object whose ``__str__`` may itself raise."""
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} whose text can't be had: {type(error).__name__}>"


def clip(value: object, limit: int = ECHO_LIMIT) -> str:
    """Return ``value`` as text of at most ``limit`` characters, control characters escaped.

    :param value: anything a client sent.
    :returns: printable text, ending in ``...`` when it was cut.
    """
    text = value if isinstance(value, str) else str(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return escaped(text)[:limit]


def escaped(text: str) -> str:
    """Return a text with what can't be seen (control characters, blanks without width) as ``\\x1b``, ``\\u200b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def one_line(text: str) -> str:
    """Return a text with its line ends and tabs as single blanks, and what can't be seen escaped."""
    return escaped(" ".join(text.split()))


def suggest(wrong: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return ``"did you mean 'x'?"`` for the known word nearest to ``wrong``, or the list of known ones.

    :param wrong: what was written.
    :param known: what could have been written.
    :param cutoff: how alike the two have to be, from 0 to 1.
    """
    # Whoever makes no mistake is not to wait for it.
    import difflib

    words = sorted(known)
    near = difflib.get_close_matches(wrong, words, n=1, cutoff=cutoff)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(words)}" if words else "there are none"


class ApiRouterError(Exception):
    """The base of everything apirouter raises."""

    code: int = 500
    #: Whether the message may be shown to a client.
    safe: bool = False
    #: Headers to send with the fault.
    headers: Mapping[str, str] = {}

    def format_message(self) -> str:
        """Return the message, as the ancestors' exceptions spell it."""
        return str(self)


# --------------------------------------------------------------------------- load time


class ConfigError(ApiRouterError, LookupError):
    """Something an operator wrote can't be loaded.

    :param problem: what is wrong, a sentence without its full stop.
    :param fix: the likely fix, likewise.
    :param option: the option at fault, when there is one.
    :param section: the section it stands in, as written in the file (``filter:cors``).
    :param file: path of the file.
    :param line: line number in it, from 1; 0 when unknown.
    :param chain: the references that led there, outermost first, one text each.
    """

    def __init__(
        self,
        problem: str,
        *,
        fix: str = "",
        option: str = "",
        section: str = "",
        file: str = "",
        line: int = 0,
        chain: Sequence[str] = (),
    ) -> None:
        self.problem, self.fix, self.option, self.section = problem, fix, option, section
        self.file, self.line, self.chain = file, line, tuple(chain)
        super().__init__(problem)

    def __str__(self) -> str:
        place = self.file
        if self.file and self.line:
            place += f":{self.line}"
        parts = [f"{place}:"] if place else []
        if self.section:
            parts.append(f"[{self.section}]")
        parts.append(self.problem + (f"; {self.fix}" if self.fix else ""))
        text = " ".join(parts)
        if self.chain:
            text += f" (reached by {' -> '.join(self.chain)})"
        return text

    def located(self, **place: Any) -> ConfigError:
        """Return a copy with the places that this one lacks (``file``, ``line``, ``section``, ``chain``)."""
        have = {
            name: getattr(self, name) or place.get(name, getattr(self, name))
            for name in ("fix", "option", "section", "file", "line", "chain")
        }
        new = type(self)(self.problem, **have)
        new.__cause__ = self.__cause__ or self
        return new


class InterpolationConfigError(ConfigError):
    """A ``%`` in a value of an INI refers to nothing, or wrongly; its message starts as PasteDeploy's."""

    def __str__(self) -> str:
        return f"Error in file {super().__str__()}" if self.file else super().__str__()


class PluginError(ApiRouterError):
    """A plugin can't be used as it is written.

    :param problem: what is wrong, a sentence without its full stop.
    :param fix: what to write instead.
    :param plugin: its entry point and distribution, as ``name = module:Class (dist 1.0)``.
    :param where: class, method, file and line, as ``Class.method at file:line``.
    """

    def __init__(self, problem: str, *, fix: str = "", plugin: str = "", where: str = "") -> None:
        self.problem, self.fix, self.plugin, self.where = problem, fix, plugin, where
        super().__init__(problem)

    def __str__(self) -> str:
        text = self.problem
        if self.where:
            text = f"{self.where}: {text}"
        if self.plugin:
            text = f"plugin {self.plugin}: {text}"
        return f"{text}; {self.fix}" if self.fix else text

    def named(self, plugin: str) -> PluginError:
        """Return a copy that names the plugin, unless this one does."""
        if self.plugin:
            return self
        new = type(self)(self.problem, fix=self.fix, plugin=plugin, where=self.where)
        new.__cause__ = self.__cause__ or self
        return new


class ControllerError(PluginError, TypeError):
    """A controller class is refused when it is made (or when its Resource is built)."""


class MissingExtra(ApiRouterError, ImportError):
    """Something that was asked for needs a package that isn't installed.

    :param what: what was asked for.
    :param package: the missing package.
    :param extra: the extra of apirouter that installs it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        self.what, self.package, self.extra = what, package, extra
        super().__init__(f"{what} needs {package}, which is not installed; pip install 'apirouter[{extra}]'")


# --------------------------------------------------------------------------- request time


class RequestError(ApiRouterError):
    """The client erred; the message is for the client."""

    code = 400
    safe = True


class MalformedRequestBody(RequestError):
    """The body is not what it should be.

    Clients know the message by heart and are told no more; the reason is for the log.

    :param reason: why.
    """

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(f"Malformed request body: {reason}" if reason else "Malformed request body")

    def format_message(self) -> str:
        """Return what a client is told."""
        return "Malformed request body"


class MalformedRequestUrl(RequestError):
    """The URL is not what it should be.

    :param reason: appended to "Malformed request URL".
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(f"Malformed request URL: {reason}" if reason else "Malformed request URL")


class NoSuchAction(RequestError):
    """The key of an action's body names no action.

    :param action: the key that was received.
    :param known: the keys there are, for the version of the request.
    """

    def __init__(self, action: str, known: Iterable[str] = ()) -> None:
        self.action, self.known = action, sorted(known)
        text = f"There is no such action: {clip(action)}"
        if self.known:
            text += f". Actions here: {', '.join(self.known)}"
        super().__init__(text)


class ValidationError(RequestError):
    """The body or the query does not satisfy its schema.

    :param detail: the message for the client.
    :param path: JSON path of the offending value (``$.server.name``), if known.
    """

    def __init__(self, detail: str, *, path: str = "") -> None:
        self.detail, self.path = detail, path
        self.kwargs = {"detail": detail, "code": self.code}
        super().__init__(detail)


class InvalidAPIVersionString(RequestError):
    """The version header can't be read.

    :param version: what it said.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"API Version String {clip(version)} is of invalid format. Must be of format MajorNum.MinorNum."
        )


class InvalidGlobalAPIVersion(RequestError):
    """The version asked for is outside what the service supports.

    :param req_ver: the version asked for, as text.
    :param min_ver: the lowest supported, as text.
    :param max_ver: the highest supported, as text.
    """

    code = 406

    def __init__(self, req_ver: str, min_ver: str, max_ver: str) -> None:
        self.req_ver, self.min_ver, self.max_ver = req_ver, min_ver, max_ver
        super().__init__(
            f"Version {clip(req_ver)} is not supported by the API. "
            f"Minimum is {min_ver} and maximum is {max_ver}."
        )


class VersionNotFoundForAPIMethod(RequestError):
    """No implementation of the method has a range that holds the version.

    :param version: the version of the request, as text.
    """

    code = 404

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(f"API version {version} is not supported on this method.")


class PolicyNotAuthorized(RequestError):
    """Policy denies the action.

    :param action: the rule that denied.
    """

    code = 403

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"Policy doesn't allow {action} to be performed.")


class RouteNotFound(RequestError):
    """No route has this path."""

    code = 404

    def __init__(self) -> None:
        super().__init__("The resource could not be found.")


class MethodNotAllowed(RequestError):
    """The path is known, the method is not.

    :param allow: the methods there are.
    """

    code = 405

    def __init__(self, allow: Iterable[str]) -> None:
        self.allow = sorted(allow)
        self.headers = {"Allow": ", ".join(self.allow)}
        super().__init__("The method is not allowed for this resource.")


class NotAcceptable(RequestError):
    """No representation satisfies the request."""

    code = 406

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known = list(known)
        text = "No acceptable representation"
        super().__init__(f"{text}. There are: {', '.join(self.known)}" if self.known else text)


class InvalidContentType(RequestError):
    """The body's media type is not one that is read here."""

    code = 415

    def __init__(self) -> None:
        super().__init__("Unsupported Content-Type")


class RequestTooLarge(RequestError):
    """The body is larger than is accepted.

    :param limit: the most that is accepted, in bytes.
    """

    code = 413

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"Request is too large. The limit is {limit} bytes.")


class ServiceUnavailable(RequestError):
    """What the service works with is out of order for a while: its database, its disk, a service behind it.

    Any method may raise it, whatever its ``expected_errors`` list. It is answered by a 503 with Retry-After
    (RFC 9110, 15.6.4); nothing of the cause is told to the client, so whoever raises it logs the cause.

    :param retry_after: when it makes sense to try again, in seconds.
    """

    code = 503

    def __init__(self, retry_after: int = 10) -> None:
        self.headers = {"Retry-After": str(retry_after)}
        super().__init__("The service is temporarily unavailable. Try again later.")


class Unauthorized(RequestError):
    """The request has no identity, or one that can't be trusted."""

    code = 401

    def __init__(self, reason: str = "The request you have made requires authentication.") -> None:
        super().__init__(reason)


class RateLimited(RequestError):
    """The client asks more often than it may.

    :param limit: the limit that was passed, as ``100 per 1 minute``.
    :param retry_after: seconds until it may ask again.
    """

    code = 429

    def __init__(self, limit: str, retry_after: int) -> None:
        self.limit, self.retry_after = limit, retry_after
        self.headers = {"Retry-After": str(retry_after)}
        super().__init__(f"Too many requests: the limit is {limit}. Retry after {retry_after} seconds.")


class LengthRequired(RequestError):
    """The server in front can't tell where a body without a length ends (RFC 9110, 15.5.12)."""

    code = 411

    def __init__(self) -> None:
        super().__init__("This body can't be read without a Content-Length.")


class BadHeader(RequestError):
    """A header of the request can't be used as it is.

    :param header: its name.
    :param reason: what is wrong, a phrase.
    """

    def __init__(self, header: str, reason: str) -> None:
        self.header = header
        super().__init__(f"The {header} header {reason}.")


class UnexpectedError(ApiRouterError):
    """A method raised what it does not list in ``expected_errors``: a 500 that says nothing to the client.

    :param where: the method, as a log names it.
    :param error: what it raised.
    """

    def __init__(self, where: str, error: Exception) -> None:
        self.error = error
        super().__init__(f"{where} raised {type(error).__name__}, which its expected_errors does not list")


class UnsendableReply(UnexpectedError):
    """What a method returned, or an extension of it made of that, can't be sent: a 500 like any other mistake.

    The traceback has no line of the method: it has returned.

    :param where: the method, as a log names it.
    :param error: what came of making the reply.
    """

    def __init__(self, where: str, error: Exception) -> None:
        self.error = error
        problem = f"{type(error).__name__}: {safe_text(error)}"
        ApiRouterError.__init__(self, f"the reply of {where} can't be made: {problem}")
