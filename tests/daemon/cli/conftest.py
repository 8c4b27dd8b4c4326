"""Running the command line inside the test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nightside.cli import main
from tests.daemon.service.http.conftest import service, stores
from tests.orbit import ISS_FILE

__all__ = ["service", "stores"]  # fixtures of the API, which commands speak to

EPOCH = "2018-07-03T19:25:57Z"


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Nightside = Callable[..., Said]


@pytest.fixture
def nightside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Nightside:
    """Type a command; what is foreseeable must come back as an exit code and a sentence, never as an exception."""

    def run(*words: str | Path) -> Said:
        monkeypatch.setattr("sys.argv", ["nightside", *map(str, words)])
        capsys.readouterr()  # what others said before
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """A good configuration, with pieces of it replaced."""

    def write(**replaced: str) -> Path:
        tables = {
            "orbit": f'elements = "{ISS_FILE}"',
            "night": 'condition = "umbra"',
            "camera": 'port = "ptpip:127.0.0.1:9:9"\nanswer_within_s = 1',
            "program": 'kind = "star-trail"',
            "storage": 'spool = "spool"\nsinks = [{ name = "frames", path = "frames" }]',
            "ledger": 'path = "ledger.sqlite"',
            "clock": f"start = {EPOCH}\nspeed = 60",
        } | replaced
        path = tmp_path / "nightside.toml"
        path.write_text("".join(f"[{name}]\n{body}\n" for name, body in tables.items() if body))
        return path

    return write
