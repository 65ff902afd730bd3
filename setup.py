"""Build apirouter; everything is said in setup.cfg."""

import gzip
import os
import tarfile
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist


class ReproducibleSdist(sdist):
    """Write the same bytes from the same files, wherever and whenever, as SOURCE_DATE_EPOCH asks for."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):
        """Write ``<base_name>.tar.gz`` of a directory; return its name."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if format != "gztar" or not epoch.isdigit():
            return super().make_archive(base_name, format, root_dir, base_dir, owner, group)

        def plain(entry):
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = int(epoch)
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            return entry

        here = Path(root_dir or ".")
        name = f"{base_name}.tar.gz"
        with (
            open(name, "wb") as raw,
            gzip.GzipFile("", "wb", mtime=int(epoch), fileobj=raw) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted([here / base_dir, *(here / base_dir).rglob("*")]):
                archive.add(path, str(path.relative_to(here)), recursive=False, filter=plain)
        return name


setup(cmdclass={"sdist": ReproducibleSdist})
