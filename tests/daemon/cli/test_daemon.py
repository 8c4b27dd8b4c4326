"""Commands that speak to a running daemon: at its door, over the network, and where there is none."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from nightside import settings
from nightside.cli.daemon import Daemon, DaemonUnclear
from nightside.clock import rest
from nightside.errors import CommandRefused, ConditionRefused, ConfigRefused, NoNight, PlanImpossible
from nightside.service.foreseen import Ahead, Foreseen
from nightside.service.http.access import Role
from nightside.service.http.serving import Place, at_door, serving
from nightside.service.verifying import Phase
from nightside.storage.sinks.sink import CopiesBad
from tests.daemon.cli.conftest import Nightside, Said
from tests.daemon.service.http.conftest import SERIAL, Service, next_plan
from tests.daemon.service.http.test_verifying import keep

Typed = Callable[..., "asyncio.Future[Said]"]


@pytest.fixture
async def typed(service: Service, nightside: Nightside, config: Callable[..., Path]) -> AsyncIterator[Typed]:
    """Type a command for the configuration whose daemon runs."""
    path = config()

    async def run(*words: str) -> Said:
        return await asyncio.to_thread(nightside, *words, "--config", path)

    door = (await asyncio.to_thread(settings.load, path)).door
    while not service.library.agenda.findings:
        await rest(service.stores.clock, 0.01)
    with capture_logs():  # the daemon's own lines are another process's
        async with at_door(service.guard, door):
            yield lambda *words: asyncio.ensure_future(run(*words))


async def test_status_says_what_every_body_does_and_what_is_wrong(typed: Typed, service: Service) -> None:
    service.controls.board.publish(trouble="The battery is low.", clock="ntp (chrony) ±1.2 ms")
    said = await typed("status")
    assert said.code == 0, said.err
    assert f"{SERIAL}: finding" in said.out
    assert "The battery is low." in said.out
    assert "clock: ntp (chrony)" in said.out
    assert "room: The disk is full." in said.out


async def test_status_is_for_programs_too(typed: Typed) -> None:
    found = json.loads((await typed("status", "--json")).out)
    assert [body["body"] for body in found["bodies"]] == [SERIAL]
    assert found["sinks"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pause"], "No further exposure is begun."),
        (["skip", "--releases", "3"], "The next 3 releases are left out."),
        (["confirm", "--clock"], "The clock is taken to be right."),
        (["abort", "--body", SERIAL], "This window is over."),
    ],
)
async def test_a_command_reaches_the_engine_and_its_answer_the_person(typed: Typed, words: list[str], says: str) -> None:
    assert (await typed("tell", *words)).out == f"{SERIAL}: {says}\n"


async def test_what_the_daemon_refuses_ends_as_it_would_have_there(typed: Typed, service: Service) -> None:
    said = await typed("tell", "pause", "--body", "9999999")
    assert (said.code, said.out) == (CommandRefused.exit_code, "")
    assert f"Here: {SERIAL}." in said.err
    assert not service.controls.paused


async def test_frames_are_asked_for_a_page_at_a_time(typed: Typed, service: Service) -> None:
    found = json.loads((await typed("frames", "--json")).out)["windows"]
    assert [one["session"] for one in found] == ["20180703-star-trail", "b", "c"]
    assert [one["session"] for one in json.loads((await typed("frames", "--json", "--last", "1")).out)["windows"]] == ["c"]
    assert found[0]["planned"] == len(service.stores.window.plan.shots)


async def test_the_agenda_is_listed(typed: Typed) -> None:
    said = await typed("agenda")
    assert said.code == 0, said.err
    head, row = (line for line in said.out.splitlines() if line.startswith(("what", "room")))
    assert head.split() == ["what", "next", "(UTC)", "last", "(UTC)", "was", "due", "took", "found"]
    assert "0.0 s" in row
    assert "The disk is full." in row


async def test_the_agenda_names_the_program_of_a_window_and_says_where_one_never_comes(typed: Typed, service: Service) -> None:
    comes = service.stores.clock.utc() + timedelta(hours=3)
    never = Ahead("friday", "friday", (), "none within 366 days")
    service.library.agenda.foresee(Foreseen(((comes, "dark"),), (never,)))
    said = (await typed("agenda")).out
    rows = said.splitlines()
    (window,) = (row for row in rows if row.startswith("window-"))
    (program,) = (row for row in rows if row.startswith("friday"))
    assert window.rstrip().endswith("for dark")
    assert program.rstrip().endswith("not yet")
    assert "none within" in program
    assert "366 days" in said


async def test_the_sinks_are_read_back_by_the_daemon_where_one_runs(typed: Typed, service: Service) -> None:
    content = b"a frame" * 1000
    await asyncio.to_thread(keep, service.stores, "DSC_1000.JPG", content, b"b" + content[1:])
    said = await typed("verify", "--json")
    assert said.code == CopiesBad.exit_code
    assert "The daemon for this configuration answers." in said.err
    (sink,) = json.loads(said.out)["sinks"]
    assert {one["verdict"]: one["files"] for one in sink["counts"]} == {"good": 0, "differs": 1, "unlisted": 1}
    assert service.verifying.now.phase is Phase.DONE
    table = await typed("verify", "frames")
    assert "differs" in table.out
    assert "DSC_1000.JPG" in table.out
    assert (await typed("verify", "cloud")).code == ConfigRefused.exit_code


async def test_a_plan_is_the_daemons_and_says_what_is_armed_and_what_of_it_it_overlaps(typed: Typed, service: Service) -> None:
    begins = service.stores.clock.utc().replace(microsecond=0) + timedelta(days=1)
    laid = next_plan(begins, None)
    await asyncio.to_thread(service.stores.ledger.begin, "tonight", SERIAL, laid)
    same = await typed("plan", "--at", begins.isoformat())
    assert same.code == 0, same.err
    assert "The daemon for this configuration answers." in same.err
    assert f"armed on {SERIAL}: star-trail (the configuration)" in same.out
    assert f"overlaps {laid.id} of {SERIAL}: {len(laid.shots)} shots of star-trail: it is this very plan" in same.out
    other = await typed("plan", "--recipe", "iss-star-trail", "--at", begins.isoformat())
    assert "arming iss-star-trail puts it in their place" in other.out
    told = json.loads((await typed("plan", "--at", (begins + timedelta(days=1)).isoformat(), "--json")).out)
    assert (told["overlaps"], told["armed"][0]["kind"]) == ([], "configured")


async def test_a_plan_of_the_file_is_computed_here_even_where_a_daemon_runs(typed: Typed) -> None:
    said = await typed("plan", "--here")
    assert said.code == 0, said.err
    assert "2018-07-03" in said.out  # the configuration's clock, and not the daemon's
    assert "armed on" not in said.out


async def test_the_nearest_plan_is_offered_by_the_daemon_too(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "trail.toml"
    file.write_text('kind = "star-trail"\nexposure_s = 31\nshots = 4\nname = "short"\n')
    refused = await typed("plan", str(file))
    assert refused.code == PlanImpossible.exit_code
    assert "Take it with --nearest" in refused.err
    assert "short: 4 × 30 s" in " ".join((await typed("plan", str(file), "--nearest")).out.split())
    saved = await typed("plan", str(file), "--nearest", "--toml")
    assert 'name = "short"' in saved.out


async def test_nights_are_the_daemons_where_nothing_else_is_asked_for(typed: Typed) -> None:
    start = ("--start", "2026-01-10T12:00:00Z")
    said = await typed("windows", *start, "--end", "2026-01-12T12:00:00Z", "--json")
    assert said.code == 0, said.err
    assert "The daemon for this configuration answers." in said.err
    found = json.loads(said.out)
    assert (found["condition"], len(found["windows"]), found["elements"]) == ("sun < -18", 2, None)
    table = await typed("windows", *start, "--condition", "sun < -12 & ~moon_up", "--timezone", "UTC")
    assert "windows of sun < -12 & ~moon_up" in table.out
    none = await typed("windows", *start, "--condition", "sun < -80", "--json")
    assert (none.code, json.loads(none.out)["windows"]) == (NoNight.exit_code, [])
    assert "within a year" in none.err


async def test_what_no_daemon_knows_is_computed_here_and_that_is_said(typed: Typed) -> None:
    span = ("--start", "2018-07-04T00:00:00Z", "--end", "2018-07-04T06:00:00Z")
    for more in (("--define", "dark=umbra"), ("--here",), ("--stale-days", "20"), ("--sun", "geometric")):
        said = await typed("windows", *span, *more)
        assert "Computed here, and not by a daemon." in said.err
        assert "ISS (ZARYA)" in said.out  # the file's, and not the site that the daemon is at


async def test_passes_are_asked_of_the_daemon_too_which_may_follow_no_satellite(typed: Typed) -> None:
    said = await typed("passes", "--start", "2018-07-04T00:00:00Z")
    assert said.code == ConditionRefused.exit_code
    assert "No satellite is configured." in said.err
    here = await typed("passes", "--here", "--start", "2018-07-04T00:00:00Z", "--site", "46.5,8.0", "--json")
    assert here.code == 0, here.err
    assert json.loads(here.out)["elements"]["norad_id"] == 25544
    aboard = await typed("passes", "--here", "--start", "2018-07-04T00:00:00Z")
    assert "No site is configured." in aboard.err


def test_a_plan_without_a_daemon_says_that_it_was_made_here(nightside: Nightside, config: Callable[..., Path]) -> None:
    said = nightside("plan", "--config", config())
    assert (said.code, "No daemon runs with this configuration: planned by the file" in said.err) == (0, True)


@pytest.mark.parametrize("words", [["status"], ["status", "--follow"], ["tell", "pause"], ["agenda"]])
def test_what_needs_a_daemon_is_refused_with_a_remedy_where_none_runs(
    nightside: Nightside, config: Callable[..., Path], words: list[str]
) -> None:
    said = nightside(*words, "--config", config())
    assert (said.code, said.out) == (48, "")
    assert "nightside run" in said.err


def test_what_can_be_read_without_a_daemon_says_that_none_runs(nightside: Nightside, config: Callable[..., Path]) -> None:
    said = nightside("frames", "--config", config())
    assert "No daemon runs" in said.err
    assert said.code == 58  # and there is no ledger yet


@pytest.mark.parametrize(
    "url",
    [
        *("cupola", "ftp://cupola", "http://", "http://user@cupola", "http://cupola/api", "http://[::1", "http://cupola:api"),
        *("http://cupola:99999", "http://cupola..local", "http://.", "http://\x01", f"http://{'a' * 70}", "http://ö..local"),
    ],
)
def test_what_is_no_address_is_not_understood(nightside: Nightside, url: str) -> None:
    said = nightside("status", "--url", url)
    assert said.code == 2
    assert "https://cupola.local:8321" in said.err


async def test_a_daemon_elsewhere_is_asked_with_the_token_of_the_environment(
    service: Service, nightside: Nightside, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(service.guard, Place(port=0)) as port:
        words = ("tell", "pause", "--url", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NIGHTSIDE_TOKEN", "guessed")
        refused = await asyncio.to_thread(nightside, *words)
        monkeypatch.setenv("NIGHTSIDE_TOKEN", service.stores.tokens[Role.WATCH])
        forbidden = await asyncio.to_thread(nightside, *words)
        monkeypatch.setenv("NIGHTSIDE_TOKEN", service.stores.tokens[Role.OPERATE])
        done = await asyncio.to_thread(nightside, *words)
    assert (refused.code, forbidden.code, done.code) == (83, 84, 0)
    assert "nightside token new" in refused.err
    assert service.controls.paused


@pytest.mark.parametrize("token", ["tök", "to\nken", "a b", "\x7f"])
def test_a_token_that_is_none_is_not_sent(nightside: Nightside, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("NIGHTSIDE_TOKEN", token)
    said = nightside("status", "--url", "http://127.0.0.1:1")
    assert said.code == 83
    assert "NIGHTSIDE_TOKEN" in said.err
    assert token not in said.err


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, b"[1]"), (500, b"oops"), (404, b"{}"), (422, b'{"code": 1}'), (200, b"\xff"), (302, b"")],
)
def test_what_is_no_nightside_is_said(status: int, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    daemon = Daemon(httpx.Client(transport=transport, base_url="http://localhost"), "there")
    with daemon, pytest.raises(DaemonUnclear, match="no Nightside"):
        daemon.ask("/healthz", TypeAdapter(dict[str, bool]))


def test_a_code_of_a_newer_daemon_is_told_as_it_is() -> None:
    problem = {"code": "moon-refused", "detail": "The Moon is up.", "means": "", "remedy": "Wait."}
    transport = httpx.MockTransport(lambda _: httpx.Response(409, json=problem))
    daemon = Daemon(httpx.Client(transport=transport, base_url="http://localhost"), "there")
    with daemon, pytest.raises(DaemonUnclear, match=r"The Moon is up\. Wait\. .*moon-refused"):
        daemon.ask("/healthz", TypeAdapter(dict[str, bool]))


async def test_following_goes_on_until_the_daemon_ends(
    service: Service, nightside: Nightside, config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config()
    door = (await asyncio.to_thread(settings.load, path)).door
    async with at_door(service.guard, door):
        following = asyncio.create_task(asyncio.to_thread(nightside, "status", "--follow", "--config", path))
        while not service.controls.board._changed._waiters:
            await rest(service.stores.clock, 0.01)
        service.controls.board.publish(trouble="Somebody pulled the cable.")
    said = await following
    assert said.code == 48
    assert "Somebody pulled the cable." in said.out
