"""The lists of SHA-256 sums beside the frames, so that a copy can be proved without Nightside and without its ledger.

Each session's folder has `manifest-sha256.txt`, in the form of a BagIt manifest (RFC 8493) and of `sha256sum -c`. Where the
template of names puts frames into `data/`, the session's folder is a whole bag; where it does not, each folder of frames has its
own `SHA256SUMS` too (docs/decisions/0014-manifests.md says why).
"""

from collections.abc import Iterable, Mapping
from posixpath import dirname

from nightside.storage.templates import PAYLOAD

SESSION = "manifest-sha256.txt"
FOLDER = "SHA256SUMS"
DECLARATION = "bagit.txt"
OURS = frozenset({SESSION, FOLDER, DECLARATION})
"""Names that frames never have."""

LONGEST_LINE = 4096


def manifests(root: str, sums: Mapping[str, str]) -> dict[str, str]:
    """The files that belong beside one session's frames: text by path. `sums` has the SHA-256 of each, by its path in the sink."""
    bag = all(path.startswith(f"{root}/{PAYLOAD}/") for path in sums)
    texts = {} if bag else _beside(sums)
    if bag:
        texts[f"{root}/{DECLARATION}"] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    texts[f"{root}/{SESSION}"] = listed({path.removeprefix(f"{root}/"): sha256 for path, sha256 in sums.items()})
    return texts


def listed(sums: Mapping[str, str]) -> str:
    """The lines of a manifest, sorted by path."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(sums.items()))


def joined(older: str, text: str) -> str:
    """A manifest with the lines that an older one has beside it: another station may keep its frames there, by another ledger."""
    ours = parse(text)
    return listed(parse(older) | ours) if ours else text


def parse(text: str) -> dict[str, str]:
    """What a manifest promises: the SHA-256 by path. Lines that promise nothing, or lead out of its folder, are left out."""
    promised: dict[str, str] = {}
    for line in text.splitlines():
        sha256, _, path = line[:LONGEST_LINE].partition("  ")
        whole = len(sha256) == 64 and all(digit in "0123456789abcdef" for digit in sha256)
        if whole and path and not path.startswith("/") and ".." not in path.split("/"):
            promised[path] = sha256
    return promised


def _beside(sums: Mapping[str, str]) -> dict[str, str]:
    folders: dict[str, dict[str, str]] = {}
    for path, sha256 in sums.items():
        folders.setdefault(dirname(path), {})[path.rpartition("/")[2]] = sha256
    return {f"{folder}/{FOLDER}": listed(inside) for folder, inside in folders.items()}


def is_ours(paths: Iterable[str]) -> list[str]:
    """Those of some paths that are manifests."""
    return [path for path in paths if path.rpartition("/")[2] in OURS]
