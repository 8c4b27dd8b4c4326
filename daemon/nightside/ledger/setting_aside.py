"""Putting a new ledger in the place of a damaged one, which keeps a name of its own. A crash at any instant loses neither."""

from pathlib import Path

from nightside.clock import Clock
from nightside.durable import sync_folder
from nightside.errors import FolderUnwritable
from nightside.ledger.salvage import COMPANIONS


def new_one(path: Path) -> Path:
    """Where the new ledger is made, before it takes the damaged one's place. What an earlier attempt left there is removed."""
    new = path.with_name(f"{path.name}.rebuilding")
    for companion in ("", *COMPANIONS):
        new.with_name(new.name + companion).unlink(missing_ok=True)
    return new


def aside_name(path: Path, clock: Clock) -> Path:
    """The name that a damaged ledger is kept under: one that nothing has yet."""
    stamp = f"{path.name}.damaged-{clock.utc():%Y%m%dT%H%M%SZ}"
    names = (path.with_name(stamp if number == 1 else f"{stamp}-{number}") for number in range(1, 1000))
    return next(name for name in names if not name.exists())


def take_its_place(path: Path, new: Path, aside: Path) -> None:
    """Rename the damaged ledger, then give its name to the new one, which is whole and closed.

    Raises:
        FolderUnwritable: the folder does not let anything be renamed.
    """
    try:
        for companion in (*COMPANIONS, ""):  # the file itself last: while it has its name, all of this is begun again
            if (one := path.with_name(path.name + companion)).exists():
                one.rename(aside.with_name(aside.name + companion))
        new.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise FolderUnwritable(
            f"The damaged ledger {path} cannot be set aside: {error.strerror}.",
            means="It was left as it is.",
            remedy="Mend the folder's permissions or its disk.",
        ) from error


def finish(path: Path) -> None:
    """Do what was left to do when the power went between the two renamings."""
    new = path.with_name(f"{path.name}.rebuilding")
    if new.exists() and not path.exists():
        new.rename(path)
        sync_folder(path.parent)
