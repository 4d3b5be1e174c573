"""A throwaway PostgreSQL with PostGIS for tests: in a directory of its own, on a socket of its own, gone afterwards.

No port is opened, so that two runs on one machine never meet. The server refuses to run as root; root gives the
directory to ``postgres`` or ``nobody`` and starts it as that user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB",
          "listen_addresses=", "timezone=UTC", "autovacuum=off")  # fmt: skip


def binaries() -> Path | None:
    """Where the server's programs lie, newest version first; None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


def has_postgis(bin_dir: Path) -> bool:
    """Whether this server can make the extension."""
    share = subprocess.run([bin_dir / "pg_config", "--sharedir"], capture_output=True, text=True, check=True).stdout
    return (Path(share.strip()) / "extension" / "postgis.control").is_file()


def missing() -> str:
    """Why there can be no throwaway server here; empty when there can."""
    bin_dir = binaries()
    if bin_dir is None:
        return "no PostgreSQL server programs (Debian: postgresql-15)"
    if not has_postgis(bin_dir):
        return "PostgreSQL has no PostGIS (Debian: postgresql-15-postgis-3)"
    return ""


class Cluster:
    """One server; ``address(name)`` is what QINGXI_DATABASE takes."""

    def __init__(self) -> None:
        reason = missing()
        if reason:
            raise RuntimeError(reason)
        found = binaries()
        assert found is not None
        self.bin = found
        self.root = Path(tempfile.mkdtemp(prefix="qx-pg-"))  # short: a socket's path may have 107 bytes
        self.user: str | None = None
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.root, self.user)
        self._run("initdb", "-D", self.data, "-U", "qingxi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        settings = " ".join(f"-c {item}" for item in (*_SPEED, f"unix_socket_directories={self.root}"))
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.root / "log", "-o", settings, "start")
        # Databases that tests make come with the extension.
        self.sql("template1", "CREATE EXTENSION postgis")

    @property
    def data(self) -> Path:
        return self.root / "data"

    def address(self, name: str) -> str:
        return f"postgresql://qingxi@/{name}?host={self.root}"

    def sql(self, database: str, text: str) -> str:
        """Run one text in a database; gives what psql printed, without headings."""
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.root, "-U", "qingxi", "-d", database,
                         "-c", text)  # fmt: skip

    def _run(self, program: str, *args: object) -> str:
        done = subprocess.run(
            [self.bin / program, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, user=self.user, cwd="/", env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
        ) if program != "pg_ctl" else self._quiet(program, *args)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout or ""

    def _quiet(self, program: str, *args: object) -> subprocess.CompletedProcess[str]:
        """pg_ctl's child keeps its standard output open for ever: nobody may wait for that to end."""
        return subprocess.run(
            [self.bin / program, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
            check=False, user=self.user, cwd="/", stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )  # fmt: skip

    def stop(self) -> None:
        """End the server and remove its directory."""
        self._quiet("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.root, ignore_errors=True)


if __name__ == "__main__":
    print(missing())
