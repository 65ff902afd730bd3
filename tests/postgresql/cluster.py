"""A PostgreSQL cluster of the tests' own, in a directory that goes with it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

#: A password that must be quoted in a URL, and again in an INI.
USER, PASSWORD = "compute", "Sesame%open/47@11"


def missing() -> str:
    """Return what is missing for a cluster; empty when nothing is."""
    if _programs() is None:
        return "there is no PostgreSQL server: apt-get install postgresql"
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        if shutil.which("runuser") is None:
            return "there is no runuser, and PostgreSQL does not run as root"
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "there is no user postgres, and PostgreSQL does not run as root"
    return ""


def _programs() -> Path | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    found = shutil.which("pg_ctl")
    if found is not None:
        places.append(Path(found).resolve().parent)
    return next((place for place in places if (place / "initdb").exists()), None)


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    :param home: its directory.
    :param port: where it listens.
    """

    home: Path
    port: int

    @classmethod
    def start(cls, port: int) -> Cluster:
        """Make a cluster and start it."""
        home = Path(tempfile.mkdtemp(prefix="postgresql-"))
        password = home / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            for path in (home, password):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        made = cls(home, port)
        made._run(
            "initdb", "-U", USER, f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8",
        )  # fmt: skip
        made.up()
        return made

    def up(self) -> None:
        """Start it."""
        said = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.home),
            "fsync": "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in said.items())
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "-o", options, "start")

    def down(self) -> None:
        """Stop it, whoever is connected."""
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def remove(self) -> None:
        """Stop it and remove all that it kept."""
        try:
            self.down()
        finally:
            shutil.rmtree(self.home)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of one of its databases, as an INI has it but for the doubled percent signs."""
        return f"postgresql+psycopg://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        import psycopg

        name = f"compute_{secrets.token_hex(4)}"
        where = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:  # type: ignore[arg-type]
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload,arg-type]
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        programs = _programs()
        assert programs is not None
        command = [str(programs / program), "-D", str(self.home / "data"), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        output = self.home.parent / f"{self.home.name}.{program}"
        with output.open("wb") as log:
            # A pipe would be inherited by the server, and never end.
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", check=False, timeout=120)
        text = output.read_text(encoding="utf-8", errors="replace")
        output.unlink()
        assert done.returncode == 0, text
