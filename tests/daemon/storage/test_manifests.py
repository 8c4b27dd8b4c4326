"""Lists that prove a copy by `sha256sum -c` alone."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.storage.manifests import listed, manifests, parse

CONTENTS = {"w1/1-0-A.nef": b"one", "w1/1-1-B.nef": b"two", "w2/1-0-C.nef": b"three"}


def lay_out(root: Path, payload: str = "") -> dict[str, str]:
    """Put frames and their manifests into a folder; gives the texts that were written."""
    sums: dict[str, str] = {}
    for name, content in CONTENTS.items():
        path = root / "s" / payload / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sums[str(path.relative_to(root))] = hashlib.sha256(content).hexdigest()
    texts = manifests("s", sums)
    for manifest, text in texts.items():
        (root / manifest).write_text(text)
    return texts


def sha256sum(manifest: Path) -> int:
    words = ["sha256sum", "--strict", "--quiet", "-c", manifest.name]
    return subprocess.run(words, cwd=manifest.parent, check=False, capture_output=True).returncode


@pytest.mark.parametrize("manifest", ["s/manifest-sha256.txt", "s/w1/SHA256SUMS", "s/w2/SHA256SUMS"])
def test_sha256sum_alone_proves_a_session_and_finds_a_flipped_bit(tmp_path: Path, manifest: str) -> None:
    lay_out(tmp_path)
    assert sha256sum(tmp_path / manifest) == 0
    for frame in tmp_path.rglob("*.nef"):
        frame.write_bytes(b"\x00" + frame.read_bytes()[1:])
    assert sha256sum(tmp_path / manifest) == 1


def test_frames_in_data_make_the_session_a_bag(tmp_path: Path) -> None:
    texts = lay_out(tmp_path, "data")
    assert set(texts) == {"s/bagit.txt", "s/manifest-sha256.txt"}
    assert texts["s/bagit.txt"] == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert sha256sum(tmp_path / "s/manifest-sha256.txt") == 0
    payload = {str(path.relative_to(tmp_path / "s")) for path in (tmp_path / "s/data").rglob("*") if path.is_file()}
    assert set(parse(texts["s/manifest-sha256.txt"])) == payload  # RFC 8493: every payload file is listed, and no other


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,40}", fullmatch=True), st.binary(max_size=4)))
def test_what_was_listed_is_read_again(contents: dict[str, bytes]) -> None:
    sums = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items() if ".." not in path.split("/")}
    assert parse(listed(sums)) == sums


@given(st.text())
def test_a_manifest_that_somebody_else_wrote_promises_nothing_outside_its_folder(text: str) -> None:
    for path in parse(text + f"\n{'0' * 64}  ../out\n{'0' * 64}  /etc/passwd\n{'0' * 64}  a/../../b\n"):
        assert not path.startswith("/")
        assert ".." not in path.split("/")
