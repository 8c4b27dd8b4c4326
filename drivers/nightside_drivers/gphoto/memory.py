"""What libgphoto2 remembers from one session to the next: in a home of the child's own, never in the user's.

libgphoto2 keeps a file `.gphoto/settings` in the home folder, reads it at its first call and writes it at will, the capture
target among others: two programs on one account change each other's.
"""

import hashlib
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")


def remember(home: Path) -> None:
    """Lay down the settings in a `home` that is the child's own, before libgphoto2 is first called.

    `cachetime` 0: a setting that is read is asked of the body. By default libgphoto2 repeats for 2 s what it once read, so that a
    dial that was turned meanwhile, or the body's clock, is read wrongly (camlibs/ptp2/library.c, ptp.c of 2.5.34).

    `guid`: by which a body knows a computer over Wi-Fi. The same each time, so that a body that was paired stays so.
    """
    folder = home / ".gphoto"
    folder.mkdir(mode=0o700, exist_ok=True)
    guid = hashlib.sha256(b"nightside" + _machine()).digest()[:16]
    lines = ["ptp2=cachetime=0", f"ptp2_ip=guid={guid.hex(':')}"]
    (folder / "settings").write_text("".join(f"{line}\n" for line in lines))


def _machine() -> bytes:
    try:
        return MACHINE_ID.read_bytes()
    except OSError:
        return b""
