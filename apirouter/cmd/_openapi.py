"""What ``apirouter-openapi`` does once its arguments are read."""

from __future__ import annotations

import argparse
import sys

from apirouter.cmd import _console, _load
from apirouter.cmd.openapi import PROG
from apirouter.describe import describe
from apirouter.describe.rows import Choice
from apirouter.openapi.document import document


def show(args: argparse.Namespace) -> int:
    """Load the application and print its document.

    :param args: the parsed arguments.
    """
    loaded = _load.loaded(PROG, args)
    described = describe(loaded.application, name=loaded.name, naming=loaded.naming)
    chosen = Choice(mount=args.mount, plugin=args.plugin).of(described)
    made = document(chosen, title=args.title, version=args.api_version, microversion=args.microversion)
    if not made["paths"] and (args.mount or args.plugin):
        print(f"{PROG}: no route is like that", file=sys.stderr)
    sys.stdout.write(_console.as_json(made, sys.stdout))
    return _console.OK
