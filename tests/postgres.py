"""A PostgreSQL server of the tests' own: Debian's programs, a folder that goes with it, and a socket that nobody else sees.

    apt-get install postgresql

Where it is not installed, the tests that need it are left out, and say so; with CI set they fail instead.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

MISSING = "PostgreSQL is not installed here, so nothing was tried on it: apt-get install postgresql"
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB", "max_connections=40")
"""A server for tests need not survive a power cut."""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    programs: Path
    folder: Path

    def url(self, database: str) -> str:
        """Where a database is, for the ledger."""
        return f"postgresql+psycopg://tests@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make an empty database, and give its name."""
        name = f"t{secrets.token_hex(6)}"
        self.sql("postgres", f"CREATE DATABASE {name} STRATEGY file_copy")
        return name

    def sql(self, database: str, *statements: str) -> str:
        """Run statements behind everybody's back, and give what they print."""
        words = [arg for statement in statements for arg in ("-c", statement)]
        client = [str(self.programs / "psql"), "-XqtA", "-h", str(self.folder), "-U", "tests", "-d", database]
        return subprocess.run([*client, *words], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def server() -> Generator[Postgres]:
    """Run a server for as long as the block runs."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="nsd-pg-"))  # a socket's path must be short
    try:
        user = _somebody_else(folder)
        _run(user, programs / "initdb", "-D", folder / "data", "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = " ".join(f"-c {option}" for option in (*QUICK, f"unix_socket_directories={folder}", "listen_addresses=''"))
        log = folder / "server.log"
        _run(user, programs / "pg_ctl", "-D", folder / "data", "-l", log, "-o", options, "-w", "start")
        try:
            yield Postgres(programs, folder)
        finally:
            _run(user, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the newest server's programs."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def _somebody_else(folder: Path) -> list[str]:
    """The words that make a command run as a user who is not root, which PostgreSQL insists on."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(user: list[str], *words: object) -> None:
    done = subprocess.run([*user, *map(str, words)], check=False, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
