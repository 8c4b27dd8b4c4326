"""The peer: the `gphoto2` command line, on a twin of its own, with the same work."""

import shutil
import subprocess
import tempfile

from benchmarks.camera.figures import Found, drift, share
from benchmarks.camera.referee import gaps, opened, start
from nightside_drivers.testing import TwinProcess

LONGEST_S = 3600


def there() -> bool:
    return shutil.which("gphoto2") is not None


def interval(shots: int, every_s: int) -> Found:
    """How far its openings are off the grid that begins with the first one."""
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        _run(twin, folder, "1/2", shots, every_s)
        found = opened(twin)
    late = [1000 * (at - found[0] - index * every_s) for index, at in enumerate(found)]
    off = [abs(one - share(late, 0.5)) for one in late]
    figures = {"p50_ms": share(off, 0.5), "p99_ms": share(off, 0.99), "worst_ms": max(off), "drift_ms": drift(late)}
    return Found(f"gphoto2 -I {every_s}, {shots} shots", figures)


def back_to_back(shots: int) -> Found:
    """With an interval as long as the exposure it is always late, and goes on at once. `-I 0` leaves seconds, or takes one."""
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        _run(twin, folder, "1", shots, 1)
        found = gaps(twin)
    return Found("gphoto2 -I 1, exposures of 1 s", {"gap_p50_s": share(found, 0.5), "gap_p99_s": share(found, 0.99)})


def _run(twin: TwinProcess, folder: str, speed: str, frames: int, every_s: int) -> None:
    port = f"ptpip:127.0.0.1:{twin.port}:{twin.port}"
    command = ["gphoto2", "--port", port, "--camera", "PTP/IP Camera", "--set-config", f"shutterspeed2={speed}"]
    command += ["--capture-image-and-download", "--force-overwrite", "-F", str(frames), "-I", str(every_s)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=LONGEST_S)
