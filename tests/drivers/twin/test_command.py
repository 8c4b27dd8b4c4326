"""The twin as a program: its ports, its clock, its end, and what it says when it cannot start."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightside_drivers.clock import ScaledClock, machine_now
from nightside_drivers.testing import TwinProcess
from nightside_drivers.twin.command import parse
from nightside_drivers.twin.running import EXIT_BAD_COMMAND, EXIT_BAD_FAULTS, EXIT_PORT_TAKEN

TWIN = (sys.executable, "-m", "nightside_drivers.twin")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def run(*arguments: str) -> tuple[int, str, str]:
    ran = subprocess.run((*TWIN, *arguments), capture_output=True, text=True, timeout=30, check=False)
    return ran.returncode, ran.stdout, ran.stderr.strip()


@pytest.mark.parametrize("which", ["--port", "--control-port", "--release-port"])
def test_a_taken_port_is_said_in_one_sentence(taken: int, which: str) -> None:
    code, said, complaint = run("--port", "0", which, str(taken))
    assert (code, said) == (EXIT_PORT_TAKEN, "")
    assert str(taken) in complaint
    assert "\n" not in complaint
    assert "Traceback" not in complaint


def test_bad_faults_are_said_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\nkind = 'quiet'\n")
    code, _, complaint = run("--port", "0", "--faults", str(path))
    assert code == EXIT_BAD_FAULTS
    assert "Invalid enum value 'quiet'" in complaint
    path.write_text("[[fault]]\nkind = 'card-pulled'\nslot = 7\n")
    code, _, complaint = run("--port", "0", "--faults", str(path))
    assert code == EXIT_BAD_FAULTS
    assert complaint == "The body cannot have these faults: card-pulled: the body has no slot 7."
    code, _, complaint = run("--port", "0", "--faults", str(tmp_path / "nowhere.toml"))
    assert code == EXIT_BAD_FAULTS
    assert "nowhere.toml" in complaint


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--speed", "0"),
        ("--speed", "inf"),
        ("--start", "tonight"),
        ("--body", "f100"),
        ("--bodies", "0"),
        ("--bodi", "d3s"),
        ("--control-port", "http"),
        ("--seed", "today"),
        ("--origin", "nan"),
        ("--origin", "5"),
        ("--battery", "full"),
        ("--release-line", "cts"),
        ("--scene", "moon"),
        ("--serial", ""),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, str]) -> None:
    code, _, complaint = run(*arguments)
    assert code == 2
    assert arguments[0] in complaint


@pytest.mark.parametrize("arguments", [(), ("--control-port", "65534"), ("--release-port", "65534")])
def test_ports_that_would_count_too_far_up_are_refused(arguments: tuple[str, ...]) -> None:
    code, _, complaint = run("--bodies", "3", *(arguments or ("--port", "65534")))
    assert code == 2
    assert "65536" in complaint
    assert "Traceback" not in complaint


def test_what_can_be_chosen_is_named_when_something_else_was(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, choices in ((("--scene", "moon"), ("cupola", "tripod")), (("--release-line", "cts"), ("rts", "dtr"))):
        with pytest.raises(SystemExit):
            parse(arguments)
        complaint = capsys.readouterr().err
        assert all(choice in complaint for choice in choices)
        assert "invalid Scene" not in complaint


def test_an_address_that_is_nowhere_is_no_matter_of_ports() -> None:
    code, said, complaint = run("--host", "300.1.1.1", "--port", "0")
    assert (code, said) == (EXIT_BAD_COMMAND, "")
    assert "300.1.1.1" in complaint
    assert "another port" not in complaint


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_it_is_told_to(number: int) -> None:
    process = subprocess.Popen((*TWIN, "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("{")
        os.kill(process.pid, number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_it_ends_with_whoever_started_it() -> None:
    script = (
        "import sys, os\n"
        "from nightside_drivers.testing import TwinProcess\n"
        "twin = TwinProcess().__enter__()\n"
        "print(twin.control_port, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert killed.returncode == -9
    port = int(killed.stdout)
    while is_listening(port):
        pass


def is_listening(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_its_clock_follows_from_three_numbers() -> None:
    origin = machine_now() - 12.0
    arguments = ("--start", "2018-07-03T19:30:00Z", "--speed", "60", "--origin", repr(origin))
    clock = parse(arguments).clock()
    assert isinstance(clock, ScaledClock)
    assert (clock.start.isoformat(), clock.speed, clock.origin) == ("2018-07-03T19:30:00+00:00", 60.0, origin)
    with TwinProcess(*arguments) as twin:
        before, there, after = clock.monotonic(), twin.control.state()["instant"], clock.monotonic()
    assert before <= there <= after


def test_several_bodies_have_serial_numbers_and_ports_of_their_own() -> None:
    with TwinProcess("--bodies", "3", "--serial", "2012345") as twins:
        serials = [twin.control.state()["serial"] for twin in twins.bodies]
        assert serials == ["2012345", "2012346", "2012347"]
        twins.bodies[1].control.press()
        assert [len(twin.truth()) for twin in twins.bodies] == [0, 1, 0]


def test_a_silent_twin_is_told_so_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\nkind = 'silent'\nafter_shots = 1\n")
    with TwinProcess("--faults", str(path), "--speed", "1000") as twin:
        assert not twin.control.state()["silent"]
        twin.control.press()
        while not twin.control.state()["silent"]:
            pass
