"""What of a configuration that changed can be taken while the daemon runs, and what waits for a restart."""

import stat
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from nightside import log as logging
from nightside import settings as configuration
from nightside.asking import Checked, setup_of
from nightside.errors import ConfigRefused
from nightside.service.configuration import Reloaded
from nightside.service.dome import Sky
from nightside.service.hooks import Hook
from nightside.service.observatory import InForce
from nightside.settings import Settings, Storage

AT_ONCE = ("orbit", "site", "night", "program", "programs", "log", "hooks")
"""Tables that are taken between windows. All others belong to things that are built when the daemon starts."""

STORAGE_AT_ONCE = ("drain", "card", "room", "spool_keep_days", "spool_floor_gb")
"""Keys of [storage] that are rules, and are taken too; and how fast each sink is fed. The rest of it is places."""

LARGEST = 1_000_000
"""Bytes of a configuration, far more than any has."""


def changes_of(path: Path) -> Callable[[], Hashable]:
    """Gives something that is another when the file has been changed or replaced, is gone, or has come back."""

    def look() -> Hashable:
        try:
            found = path.stat()
        except OSError as error:
            return error.errno
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode

    return look


Also = Callable[[Storage, Sequence[Hook]], None]
"""Has the rules of storage and the hooks taken. From any thread; raises nothing."""


def taking(
    path: Path, started: Settings, sky: Sky, in_force: InForce, also: Also = lambda _, __: None
) -> Callable[[], Reloaded]:
    """Reads the configuration, checks it whole, by planning too, and takes what can be taken.

    `started` is what the daemon was built from.
    """
    inforce = {name: getattr(started, name) for name in Settings.model_fields}

    def take() -> Reloaded:
        _require_plain(path)
        fresh = configuration.load(path)
        if fresh.path(Path()) != started.path(Path()):
            raise ConfigRefused("[folder] has changed, and every path with it.", remedy="Start Nightside again to take it.")
        sky.ask(Checked(fresh))  # refused before anything is taken
        changed = [name for name in AT_ONCE if getattr(fresh, name) != inforce[name]]
        if (fresh.orbit is None) != (started.orbit is None):
            raise ConfigRefused("The camera has moved between ground and orbit.", remedy="Start Nightside again to take it.")
        rules, storage = _rules_taken(inforce["storage"], fresh.storage)
        in_force.put(setup_of(fresh, in_force.setup.gap_scale))
        if "log" in changed:
            logging.set_level(fresh.log.level)
        also(storage, fresh.hooks)
        inforce.update({name: getattr(fresh, name) for name in changed}, storage=storage)
        waiting = [name for name in Settings.model_fields if name not in {*AT_ONCE, "storage"}]
        others = [name for name in waiting if getattr(fresh, name) != inforce[name]]
        return Reloaded(taken=(*changed, *rules), restart=(*others, *_places_left(storage, fresh.storage)))

    return take


def _rules_taken(before: Storage, fresh: Storage) -> tuple[list[str], Storage]:
    """What of storage's rules is other than before, by name, and storage as it is in force then: with the places as before."""
    keys = [key for key in STORAGE_AT_ONCE if getattr(fresh, key) != getattr(before, key)]
    rates = {sink.name: sink.rate_mb_s for sink in fresh.sinks}
    paced = [sink.name for sink in before.sinks if sink.name in rates and rates[sink.name] != sink.rate_mb_s]
    sinks = tuple(
        sink.model_copy(update={"rate_mb_s": rates[sink.name]}) if sink.name in paced else sink for sink in before.sinks
    )
    storage = before.model_copy(update={"sinks": sinks, **{key: getattr(fresh, key) for key in keys}})
    return [*(f"storage.{key}" for key in keys), *(f"storage.sinks.{name}.rate_mb_s" for name in paced)], storage


def _places_left(inforce: Storage, fresh: Storage) -> list[str]:
    """What of storage waits for a restart, by name."""
    return [f"storage.{key}" for key in Storage.model_fields if getattr(fresh, key) != getattr(inforce, key)]


def _require_plain(path: Path) -> None:
    """Refuse what is no file, cannot be looked at, or is too long to be a configuration: a pipe would be waited for."""
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigRefused(f"The configuration {path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigRefused(f"The configuration {path} is no file.")
    if found.st_size > LARGEST:
        raise ConfigRefused(f"The configuration {path} has {found.st_size / 1e6:.0f} MB, and none needs more than one.")
