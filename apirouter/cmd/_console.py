"""What the commands share: their parsers, their errors, their colours.

1. A result goes to stdout, everything else (errors, warnings, progress) to stderr.
2. An error is one line that names the command and the fix; a traceback only with ``--debug``.
3. Exit status: 0 for success, 1 for a finding (a route removed, a problem found), 2 when the command could
   not do its work, 130 after Ctrl-C. A stdout that can't be written, or is closed, is an error, for ``--help`` too;
   one whose reader has enough (``| head``) is none.
4. Colour only on a terminal, unless ``NO_COLOR`` is set or ``TERM`` is ``dumb``; ``FORCE_COLOR`` asks for it
   anywhere.
5. What is imported here every command waits for, ``--help`` too: modules that only some of it needs are imported
   where they are used.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, Any, TextIO

from apirouter._version import __version__
from apirouter.errors import ApiRouterError, one_line, safe_text

OK, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


class _Help(argparse.HelpFormatter):
    """Keeps the lines of lists and examples, and is no wider than is read with ease."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        import textwrap

        # Indented lines are lists and examples.
        lines = (s if s.startswith(" ") else textwrap.fill(s, width) for s in text.splitlines())
        return "\n".join(indent + line for line in lines)

    def __init__(self, prog: str) -> None:
        import shutil

        super().__init__(prog, max_help_position=30, width=min(shutil.get_terminal_size().columns, 100) - 2)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> Any:
        """Leave with status 2 after one line that says what is wrong, and where help is."""
        self.exit(FAILED, f"{self.prog}: {one_line(message)}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write the help or the version so that what stops it is raised: argparse passes over it."""
        if file is not sys.stdout:
            super()._print_message(message, file)
        elif message:
            file.write(message)
            file.flush()


def parser(prog: str, summary: str, example: str, **more: Any) -> Parser:
    """Return a parser with what every command has: ``--debug``, ``--version``, and an example in its help.

    :param prog: the command's name.
    :param summary: what it does, a sentence or two.
    :param example: one or more command lines, with what they do.
    """
    new = Parser(
        prog=prog,
        description=summary,
        epilog=f"example:\n{_indented(example)}",
        formatter_class=_Help,
        allow_abbrev=False,
        **more,
    )
    new.add_argument("--debug", action="store_true", help="show the traceback of an error")
    new.add_argument("--version", action="version", version=f"apirouter {__version__}")
    return new


def add_target(parser: argparse.ArgumentParser, *, what: str = "application") -> None:
    """Give a parser the arguments that name an application.

    :param parser: the command's.
    :param what: what the application is called in the help.
    """
    parser.add_argument(
        "target",
        metavar="TARGET",
        help=f"the {what}: an INI file (FILE or FILE#NAME), module:application, or egg:Distribution#name",
    )
    parser.add_argument(
        "variables",
        nargs="*",
        # Without it, argparse says that they are required.
        default=[],
        metavar="NAME=VALUE",
        help="variables of the INI, as if they stood in its [DEFAULT]",
    )
    parser.add_argument("--app", metavar="NAME", help="the application in the INI (default: main)")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.strip("\n").splitlines())


def run(make_parser: Callable[[], Parser], work: Callable[[Any], int], argv: Sequence[str] | None) -> int:
    """Parse a command line, do the work, and turn what goes wrong into one line and an exit status.

    :param make_parser: makes the command's parser.
    :param work: called with the parsed arguments; returns the exit status.
    :param argv: the arguments; None for those of the process.
    :returns: the exit status.
    """
    _open_closed_streams()
    _write_anything()
    try:
        return _outcome(make_parser(), work, argv)
    except KeyboardInterrupt:
        # Also one that came while an error was told: the terminal that is closed is why it couldn't be told.
        return INTERRUPTED
    finally:
        _leave_unsaid()


def _leave_unsaid() -> None:
    """Let go of what a pipe or a terminal that is gone did not take: at exit it would change the status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if not stream.closed:
                stream.flush()
        except OSError:
            _drop(stream)


class _Closed(io.FileIO):
    """Stands for a closed stdout: refuses what is written, until its descriptor is of a file that takes it."""

    def write(self, data: Any) -> int:
        """Write, or say why not."""
        try:
            return super().write(data)
        except OSError as error:
            raise OSError(error.errno, "stdout is closed") from error


def _open_closed_streams() -> None:
    """Stand in for what a shell's ``>&-`` or a daemon's manager closed: Python has None."""
    if sys.stdout is None:
        refusing = io.BufferedWriter(_Closed(os.open(os.devnull, os.O_RDONLY), "w"))
        sys.stdout = io.TextIOWrapper(refusing, encoding="utf-8", errors="backslashreplace")
    if sys.stderr is None:
        # There is nowhere to say that nothing can be said.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        sys.stderr = os.fdopen(nowhere, "w", encoding="utf-8", errors="backslashreplace")


def let_stdout_be_closed() -> None:
    """Let what is written to a closed stdout go nowhere: for work that is not done for what it prints."""
    if isinstance(getattr(getattr(sys.stdout, "buffer", None), "raw", None), _Closed):
        _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _write_anything() -> None:
    """Let stdout escape what its encoding lacks, as stderr does: names of files and sections can be any text."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _outcome(made: Parser, work: Callable[[Any], int], argv: Sequence[str] | None) -> int:
    """Do the work; return its exit status, or tell what went wrong and return that one's."""
    prog, debug = made.prog, False
    try:
        args = made.parse_args(argv)
        debug = args.debug
        status = work(args)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read stdout has enough (``| head``).
        return OK
    except ApiRouterError as error:
        return failed(prog, str(error), error if debug else None)
    except OSError as error:
        return failed(prog, os_error_text(error), error if debug else None)
    except Exception as error:
        text = f"{type(error).__name__}: {safe_text(error)}; --debug shows the traceback"
        return failed(prog, text, error if debug else None)


def failed(prog: str, text: str, error: BaseException | None = None) -> int:
    """Say on stderr what went wrong.

    :param prog: the command's name.
    :param text: what went wrong, and the fix.
    :param error: the exception whose traceback is to be shown.
    :returns: the exit status.
    """
    # Where the terminal is gone, the exit status is all that can still be said.
    with contextlib.suppress(OSError):
        if error is not None:
            import traceback

            traceback.print_exception(error, file=sys.stderr)
        print(f"{prog}: {one_line(text)}", file=sys.stderr)
    return FAILED


def os_error_text(error: OSError) -> str:
    """Return what an OSError says, for people: ``etc/x.ini: No such file or directory``."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror


def shows_unicode(stream: TextIO) -> bool:
    """Tell whether a stream can show more than ASCII."""
    return "utf" in (stream.encoding or "").lower()


def as_json(data: object, stream: TextIO) -> str:
    """Return data as the JSON text that a stream can show, with a line end."""
    import json

    return json.dumps(data, indent=2, ensure_ascii=not shows_unicode(stream)) + "\n"


def as_markup(text: str, stream: TextIO) -> str:
    """Return a document of XML as a stream can show it."""
    return text if shows_unicode(stream) else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


class Style:
    """Colours words for a stream that shows colours; else leaves them as they are.

    :param stream: where the words are going to be written.
    """

    def __init__(self, stream: IO[str]) -> None:
        if os.environ.get("NO_COLOR"):
            self.colours = False
        elif os.environ.get("FORCE_COLOR"):
            self.colours = True
        else:
            self.colours = is_terminal(stream) and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str, *styles: str) -> str:
        """Return a text in the styles named (``bold``, ``dim``, ``green``, ...)."""
        if not self.colours or not styles or not text:
            return text
        return f"\x1b[{';'.join(_STYLES[s] for s in styles)}m{text}\x1b[0m"


def is_terminal(stream: IO[str]) -> bool:
    """Tell whether a stream is a terminal; one that is closed is none."""
    return not stream.closed and stream.isatty()


def terminal_width(stream: IO[str]) -> int | None:
    """Return the columns of a terminal, or None when a stream is none: then nothing need be cut."""
    import shutil

    return shutil.get_terminal_size().columns if is_terminal(stream) else None
