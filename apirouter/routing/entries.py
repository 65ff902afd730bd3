"""One entry point -> what it names, or the one error that says why not, and where in the plugin's code."""

from __future__ import annotations

import importlib.metadata
import logging
import re
import time
from typing import Any

from apirouter.deploy.imports import explain_import, raised_where
from apirouter.errors import PluginError, clip, safe_text

LOG = logging.getLogger(__name__)

#: How long importing a plugin takes, in seconds, when it is told who keeps a service from starting.
_SLOW = 5.0
#: As much of a plugin's own words as an error repeats, in characters.
_TOLD = 500
#: What an entry point of a plugin may name (the entry points specification's "object reference").
_REFERENCE = re.compile(r"\w+(\.\w+)*\s*(:\s*\w+(\.\w+)*\s*)?(\[.*\]\s*)?")


def told(error: BaseException) -> str:
    """Return class and text of an error in one line, whatever a plugin says: it goes into logs."""
    return f"{type(error).__name__}: {clip(' '.join(safe_text(error).split()), _TOLD)}"


def label_of(entry_point: importlib.metadata.EntryPoint) -> str:
    """Return ``name = module:Class (distribution 1.0)``."""
    dist = entry_point.dist
    return f"{entry_point.name} = {entry_point.value}" + (f" ({dist.name} {dist.version})" if dist else "")


class LoadableEntryPoint:
    """An entry point whose ``load`` fails with one kind of error, whatever importing raises.

    ``sys.exit`` at import is a plugin's mistake too, not the service's end.

    :param entry_point: the one that was found.
    """

    def __init__(self, entry_point: importlib.metadata.EntryPoint) -> None:
        self._entry_point = entry_point
        self.name, self.value, self.group = entry_point.name, entry_point.value, entry_point.group

    def load(self) -> Any:
        """Return what the entry point names.

        :raises PluginError: it can't be imported.
        """
        if not _REFERENCE.fullmatch(self.value.strip()):
            raise PluginError(
                "its entry point names nothing that Python can import",
                fix="write name = package.module:Class",
                plugin=label_of(self._entry_point),
            )
        begun = time.monotonic()
        try:
            found = self._entry_point.load()
        except (Exception, SystemExit) as error:
            # A PluginError says itself where.
            where = "" if isinstance(error, PluginError) else raised_where(error, self.value)
            raise PluginError(
                f"it can't be imported: {told(error)}",
                fix=self._fix(error, where),
                plugin=label_of(self._entry_point),
                where=where,
            ) from error
        taken = time.monotonic() - begun
        if taken > _SLOW:
            LOG.warning("Importing plugin %s took %.1f s", label_of(self._entry_point), taken)
        return found

    def _fix(self, error: BaseException, where: str) -> str:
        if isinstance(error, PluginError):
            # Its own fix is among what is told.
            return ""
        if where:
            missing = isinstance(error, ModuleNotFoundError)
            return "install what has it, or mend the import" if missing else ""
        # No code of the plugin's ran, or all of it did: the entry point itself is wrong.
        module, colon, name = self.value.partition(":")
        package, dot, last = module.strip().rpartition(".")
        if dot and last == "py":
            likely = f"write {package}:{name.strip() or 'Class'}"
        elif dot and not colon:
            likely = f"write {package}:{last}"
        else:
            _, likely = explain_import(self.value, error)
        return f"mend the entry point, and install the distribution again: {likely}" if likely else ""
