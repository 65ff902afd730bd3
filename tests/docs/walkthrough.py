"""Walk through a document that leads from an empty directory to something that works.

1. A document with a line ``<!-- walkthrough -->`` is one. Its blocks are taken in order, in one shell.
2. A console block's commands run there; what each prints is what the document shows.
3. Above any other block a comment says what becomes of it: ``<!-- file: PATH -->`` writes it,
   ``<!-- append to: PATH -->`` adds it, ``<!-- insert into: PATH before: TEXT -->`` puts it above that
   line, as far to the right.
4. A console block below ``<!-- in another terminal, until the next -->`` serves, beside the rest, until the
   next such block or the end.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.blocks import Block, blocks, commands, same
from tests.ports import free_port

MARK = "<!-- walkthrough -->"
#: The address that documents have, and what stands for it in a test.
_ADDRESS = "127.0.0.1:8080"
_PATIENCE = 120.0
_END = "=== end of output, status "


def is_walkthrough(file: Path) -> bool:
    """Tell whether a document is one to walk through."""
    return f"\n{MARK}\n" in file.read_text(encoding="utf-8")


class Walk:
    """A shell in a directory, and what is served beside it.

    :param home: an empty directory.
    :param environ: the variables of its commands.
    :param replace: changes a command before it is run; None leaves it out.
    """

    def __init__(
        self, home: Path, environ: Mapping[str, str], replace: Callable[[str], str | None] | None = None
    ) -> None:
        self._home, self._replace = home, replace
        self._port = free_port()
        self._log = home / "served.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=dict(environ),
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *error: object) -> None:
        self._end_server()
        if self._shell.stdin and self._shell.stdout:
            self._shell.stdin.close()
            self._shell.wait(timeout=_PATIENCE)
            self._shell.stdout.close()

    def through(self, file: Path) -> int:
        """Take every block of a document; return how many there were."""
        lines = file.read_text(encoding="utf-8").splitlines()
        taken = list(blocks(file))
        for block in taken:
            above = lines[block.line - 2].strip() if block.line > 1 else ""
            if above == "<!-- in another terminal, until the next -->":
                self._serve(block)
            elif block.language == "console":
                self._console(block)
            else:
                self._write(block, above)
        return len(taken)

    def run(self, command: str) -> str:
        """Run one command in the shell; return what it printed."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{command}\necho; echo '{_END}'$?\n")
        self._shell.stdin.flush()
        printed = []
        for line in self._shell.stdout:
            if line.startswith(_END):
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"the shell ended:\n{''.join(printed)}")

    def _console(self, block: Block) -> None:
        for command, shown in commands(block):
            asked = self._replace(command) if self._replace else command
            if asked is None:
                continue
            printed = self.run(asked.replace(_ADDRESS, f"127.0.0.1:{self._port}"))
            assert same(shown, printed), f"{block.name}: $ {command}\n{printed}"
            failed = "Traceback" in printed or re.search(r"^(FAILED|ERROR) ", printed, re.M)
            assert not failed, f"{block.name}: $ {command}\n{printed}"

    def _write(self, block: Block, above: str) -> None:
        found = re.fullmatch(r"<!-- (file|append to|insert into): (\S+)(?: before: (.+))? -->", above)
        assert found, f"{block.name} does not say what becomes of it"
        what, name, before = found.groups()
        path = Path(self.run("pwd").strip()) / name
        text = "" if what == "file" else path.read_text(encoding="utf-8")
        if what == "insert into":
            at = [line for line in text.splitlines(keepends=True) if before in line]
            assert len(at) == 1, f"{block.name}: {name} has {len(at)} lines with {before}"
            indent = at[0][: len(at[0]) - len(at[0].lstrip())]
            # Several lines are a definition, which stands apart.
            apart = "\n" if block.text.count("\n") > 1 else ""
            text = text.replace(at[0], textwrap.indent(block.text, indent) + apart + at[0])
        else:
            text = f"{text}\n{block.text}" if text else block.text
        path.write_text(text, encoding="utf-8")

    def _serve(self, block: Block) -> None:
        self._end_server()
        ((command, _),) = commands(block)
        where = self.run("pwd; command -v apirouter-serve; echo $PYTHONPATH").splitlines()
        environ = {**os.environ, "PYTHONPATH": where[2]} if len(where) > 2 and where[2] else dict(os.environ)
        words = [where[1], *command.split()[1:], "--bind", f"127.0.0.1:{self._port}"]
        with self._log.open("wb") as output:
            self._server = subprocess.Popen(words, cwd=where[0], env=environ, stdout=output, stderr=output)
        deadline = time.monotonic() + _PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            assert self._server.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(timeout=_PATIENCE)
            self._server = None
