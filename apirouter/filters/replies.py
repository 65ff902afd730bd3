"""The replies that filters pass on: their ``start_response`` changed, their iterables watched and closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from types import GeneratorType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def close(body: Any) -> None:
    """Close an iterable that a WSGI application returned, if it can be."""
    closer = getattr(body, "close", None)
    if closer is not None:
        closer()


def restarting(start_response: StartResponse, error: BaseException, *, taken: bool = False) -> StartResponse:
    """Return a ``start_response`` for the reply to an exception.

    One that the application started before it raised is replaced, as long as nothing was sent.

    :param start_response: the one from outside.
    :param error: what the application raised.
    :param taken: whether somebody outside may have made a response of the status already, and waits for its
        body only.
    """

    def restart(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        try:
            return start_response(status, headers, (type(error), error, error.__traceback__))  # type: ignore[arg-type]
        except BaseException as raised:
            if type(raised) is SystemError and raised.__cause__ is error:
                # uWSGI takes the reply, and leaves the exception set for Python to find.
                return _refuse_write
            if raised is not error or taken:
                raise
        # So does a server that has sent something; and WebOb, of whom filters outside may have asked for a
        # response, whether something was sent or not. It takes the reply without the exception; a server refuses
        # that too, by an error that says less than the one there is.
        with suppress(Exception):
            return start_response(status, headers)
        raise error

    return restart


def _refuse_write(data: bytes) -> None:
    raise RuntimeError("the server gave no write() for a reply that replaces another")


def is_unstarted(body: Any) -> bool:
    """Tell whether an application is a generator, which starts its reply only when it is iterated.

    :param body: what the application returned, as it is or handed on by filters.
    """
    while isinstance(body, Body):
        body = body._source
    return type(body) is GeneratorType


def is_plain(body: Any, environ: WSGIEnvironment) -> bool:
    """Tell whether a reply's iterable may be handed on as it is.

    A list runs no code when it is iterated, and the server's own file wrapper does better unwrapped.
    """
    kind = type(body)
    return kind is list or kind is tuple or kind is environ.get("wsgi.file_wrapper")


class Body:
    """A reply's iterable, handed on chunk by chunk; ``close()`` reaches the one inside exactly once.

    :param source: what the application returned.
    """

    __slots__ = ("_iterator", "_source")

    def __init__(self, source: Iterable[bytes]) -> None:
        self._source: Any = source
        self._iterator: Any = None

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        if self._iterator is None:
            self._iterator = iter(self._source)
        return cast(bytes, next(self._iterator))

    def close(self) -> None:
        """Close the iterable inside."""
        source, self._source = self._source, ()
        close(source)


class EndedBody(Body):
    """A reply's iterable that tells, once, when it is closed; what is inside is closed first, whatever happens.

    :param source: what the application returned.
    :param done: called at the end.
    """

    __slots__ = ("_done",)

    def __init__(self, source: Iterable[bytes], done: Callable[[], object]) -> None:
        super().__init__(source)
        self._done: Callable[[], object] | None = done

    def close(self) -> None:
        """Close the iterable inside, then tell."""
        try:
            super().close()
        finally:
            done, self._done = self._done, None
            if done is not None:
                done()


class GuardedBody(Body):
    """A reply's iterable whose exceptions are answered, as long as nothing was sent.

    :param source: what the application returned.
    :param answer: called with the exception; returns the body of the reply that it started, or raises.
    :param kinds: the exceptions that are answered.
    """

    __slots__ = ("_answer", "_kinds")

    def __init__(
        self,
        source: Iterable[bytes],
        answer: Callable[[BaseException], Iterable[bytes]],
        kinds: type[BaseException] = Exception,
    ) -> None:
        super().__init__(source)
        self._answer: Any = answer
        self._kinds = kinds

    def __next__(self) -> bytes:
        try:
            return super().__next__()
        except StopIteration:
            raise
        except self._kinds as error:
            if self._answer is None:
                raise
            answer, self._answer = self._answer, None
            # The server refuses a second status once bytes have gone out, by raising the exception again.
            self._iterator = iter(answer(error))
        return super().__next__()
