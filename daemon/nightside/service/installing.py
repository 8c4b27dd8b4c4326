"""Making Nightside a service of the system: which files go where, what is to be done then, and how all of it is undone.

Pure, but for `put` and `take_away`: a dry run shows the very list that would be carried out. Frames, ledger and configuration are
the person's: an install overwrites no configuration, and an uninstall leaves all three.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import nightside
from nightside.errors import CallPerson, FolderUnwritable, Refused
from nightside.storage.writing import replace_text

STATE = PurePosixPath("/var/lib/nightside")
CONFIGURATION = PurePosixPath("/etc/nightside/nightside.toml")
HIDDEN = (PurePosixPath("/home"), PurePosixPath("/root"), PurePosixPath("/run/user"), PurePosixPath("/tmp"))  # noqa: S108 — refused
"""What the service cannot see, since its unit hides them."""

READABLE = 0o644
PRIVATE = 0o640

AFTER_INSTALL = (
    ("systemd-sysusers", "nightside.conf"),
    ("systemd-tmpfiles", "--create", "nightside.conf"),
    ("udevadm", "control", "--reload"),
    ("udevadm", "trigger", "--subsystem-match=usb", "--subsystem-match=tty", "--action=change"),
    ("systemctl", "daemon-reload"),
)
BEFORE_UNINSTALL = (("systemctl", "disable", "--now", "nightside.service"),)
AFTER_UNINSTALL = (("udevadm", "control", "--reload"), ("systemctl", "daemon-reload"))


class InstallRefused(Refused):
    """Nightside cannot be made a service from where it is, or by whom it was asked."""

    code = "install-refused"
    exit_code = 80


class StepFailed(CallPerson):
    """A command that makes Nightside a service failed."""

    code = "install-step-failed"
    exit_code = 81


@dataclass(frozen=True, slots=True)
class Placement:
    """One file of the service."""

    path: PurePosixPath
    """Where it goes, on the machine."""
    text: str
    mode: int = READABLE
    yours: bool = False
    """A person's to change: never overwritten, never taken away."""

    def below(self, root: Path) -> Path:
        """Where it goes, below another root than `/`."""
        return root / self.path.relative_to("/")


def shipped() -> Path:
    """The folder that holds `systemd/` and `config/`: the sources', or the one that an installation shares."""
    sources = Path(nightside.__file__).parents[2]
    return sources if (sources / "systemd").is_dir() else Path(sys.prefix) / "share" / "nightside"


def profiles() -> tuple[str, ...]:
    """The configurations that can be begun with."""
    return tuple(sorted(path.stem for path in (shipped() / "config").glob("*.toml")))


def executable() -> PurePosixPath:
    """The `nightside` of this very installation."""
    return PurePosixPath(Path(sys.prefix).absolute() / "bin" / "nightside")


def require_visible(command: PurePosixPath) -> None:
    """Refuse a command that the service could not see.

    Raises:
        InstallRefused: it lies where the unit hides everything.
    """
    hidden = next((place for place in HIDDEN if command.is_relative_to(place)), None)
    if hidden is not None:
        raise InstallRefused(
            f"This Nightside lives in {command.parent}, and the service sees nothing below {hidden}.",
            remedy="Install it where the system's programs live: python3 -m venv /opt/nightside, and pip install it there.",
        )


def placements(command: PurePosixPath, profile: str) -> tuple[Placement, ...]:
    """Every file of the service, in the order in which they are put there.

    Raises:
        InstallRefused: there is no such profile.
    """
    if profile not in profiles():
        raise InstallRefused(f"There is no profile {profile!r}.", remedy=f"There are: {', '.join(profiles())}.")
    units, config = shipped() / "systemd", shipped() / "config"
    unit = (units / "nightside.service").read_text("utf-8").replace("/usr/bin/env nightside", str(command))
    return (
        Placement(PurePosixPath("/etc/sysusers.d/nightside.conf"), (units / "nightside.sysusers").read_text("utf-8")),
        Placement(PurePosixPath("/etc/tmpfiles.d/nightside.conf"), (units / "nightside.tmpfiles").read_text("utf-8")),
        Placement(PurePosixPath("/etc/udev/rules.d/90-nightside.rules"), (config / "90-nightside.rules").read_text("utf-8")),
        Placement(PurePosixPath("/etc/systemd/system/nightside.service"), unit),
        Placement(CONFIGURATION, _anchored((config / f"{profile}.toml").read_text("utf-8")), PRIVATE, yours=True),
    )


def put(files: Sequence[Placement], root: Path) -> list[str]:
    """Write the files below `root`, and say of each what became of it.

    Raises:
        FolderUnwritable: one cannot be written.
    """
    said: list[str] = []
    for file in files:
        target = file.below(root)
        try:
            there = target.read_text("utf-8") if target.exists() else None
            if there == file.text or (there is not None and file.yours):
                said.append(f"{file.path} is there already{' and yours' if file.yours else ''}: left as it is")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_text(target, file.text)
            target.chmod(file.mode)
        except OSError as error:
            raise _unwritable(target, error) from error
        said.append(f"{file.path} {'written' if there is None else 'brought up to date'}")
    return said


def take_away(files: Sequence[Placement], root: Path) -> list[str]:
    """Remove the files of the service below `root`, but for a person's own, and say of each what became of it.

    Raises:
        FolderUnwritable: one cannot be removed.
    """
    said: list[str] = []
    for file in reversed(files):
        target = file.below(root)
        if file.yours:
            said.append(f"{file.path} is yours: left where it is")
            continue
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(target, error) from error
        said.append(f"{file.path} removed")
    said.append(f"{STATE} with its frames and its ledger is yours: left where it is")
    return said


def _anchored(profile: str) -> str:
    """A profile whose relative paths count from the service's own folder, since it may not write beside its configuration."""
    return f'folder = "{STATE}"   # relative paths below count from here\n\n{profile}'


def _unwritable(target: Path, error: OSError) -> FolderUnwritable:
    return FolderUnwritable(
        f"{target} cannot be changed: {error.strerror}.",
        means="The service is not as it should be.",
        remedy="Run it as root: sudo nightside install.",
    )
