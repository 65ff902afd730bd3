"""Services that come as an INI and an installed distribution of plugins: written out, then loaded from there.

The plugins are a distribution's, as any operator's are: ``things00`` and its like bring ten resources each,
``tags`` extends them all.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

#: How many resources one plugin brings.
SHARE = 10


def write(folder: Path, size: int, *, maker: str, ini: str) -> Path:
    """Write a distribution whose plugins bring ``size`` resources, and the INI of a service.

    :param folder: an empty directory, for ``sys.path``.
    :param size: how many resources.
    :param maker: the module whose ``plugins(size)`` returns entry-point name -> plugin class.
    :param ini: the INI; ``{namespace}`` in it is the plugins' entry-point group.
    :returns: the INI's path.
    """
    package = f"bench_{maker.rpartition('.')[2]}_{size}"
    names = [f"things{number:02}" for number in range((size + SHARE - 1) // SHARE)]
    names += ["extra", "tags"]
    (folder / f"{package}.py").write_text(
        f"from {maker} import plugins\n\nglobals().update(plugins({size}))\n"
    )
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    namespace = f"{package}.extensions"
    lines = [f"[{namespace}]", *(f"{name} = {package}:{name}" for name in names)]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    path = folder / "api-paste.ini"
    path.write_text(ini.format(namespace=namespace))
    return path


def shares(size: int) -> list[tuple[str, range]]:
    """Return the plugins that bring the resources: entry-point name and the resources' numbers."""
    starts = range(0, size, SHARE)
    return [(f"things{at // SHARE:02}", range(at, min(at + SHARE, size))) for at in starts]


def temporary(writer: Callable[[Path], Path]) -> Path:
    """Write a service into a directory that lasts as long as the process, and is on ``sys.path``.

    :param writer: called with the directory.
    :returns: what it returns.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = writer(folder)
    sys.path.insert(0, str(folder))
    return path
