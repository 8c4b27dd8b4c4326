"""The sinks of a configuration: three kinds, told apart by a word, each refused with its own reasons."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.building import sink_options
from nightside.errors import ConfigRefused
from nightside.settings import Settings, load
from nightside.storage.sinks.building import build
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.s3 import S3Sink
from nightside.storage.sinks.sftp import SftpSink

CONFIG = """\
[site]
latitude_deg = 46.5
longitude_deg = 8
[storage]
spool = "spool"
{names}
sinks = [{{ name = "frames", path = "frames" }}, {sink}]
[ledger]
path = "ledger.sqlite"
"""
PIN = "SHA256:" + "A" * 43
FOLDER = '{ name = "usb", path = "/media/usb/frames", mount = "/media/usb", order = 3, rate_mb_s = 5 }'
SFTP = f'{{ kind = "sftp", name = "nas", host = "nas.local", user = "night", host_key = "{PIN}", key = "nas_key" }}'
S3 = '{ kind = "s3", name = "cloud", bucket = "frames", prefix = "station-1", credentials = "keys" }'

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(sink: str, names: str = "") -> Settings:
        path = tmp_path / "nightside.toml"
        path.write_text(CONFIG.format(sink=sink, names=names))
        return load(path)

    return read


@pytest.mark.parametrize(("sink", "made"), [(FOLDER, FolderSink), (SFTP, SftpSink), (S3, S3Sink)], ids=["folder", "sftp", "s3"])
def test_each_kind_is_read_and_built_by_the_process_that_owns_it(read: Read, sink: str, made: type) -> None:
    settings = read(sink)
    built = build(sink_options(settings, settings.storage.sinks[1]))
    assert isinstance(built, made)
    assert built.name == settings.storage.sinks[1].name


def test_paths_do_not_depend_on_where_the_process_runs(read: Read, tmp_path: Path) -> None:
    settings = read(SFTP)
    options = sink_options(settings, settings.storage.sinks[1])
    assert options["key"] == str(tmp_path / "nas_key")
    assert options["path"] == "."  # that one is on the server


REFUSED = {
    "an unknown kind": ('{ kind = "ftp", name = "x" }', "its kind must be one of folder, s3, sftp"),
    "a key of another kind": (FOLDER.replace("order = 3", 'bucket = "x"'), r"sinks\[1\]\.bucket is not a key.*mount"),
    "a server that is not pinned": (SFTP.replace(f'host_key = "{PIN}", ', ""), "the key of nas.local must be pinned"),
    "no fingerprint": (SFTP.replace(PIN, "aa:bb"), r"sinks\[1\]\.host_key"),
    "a server in the clear": (S3.replace("prefix", 'endpoint = "http://x", prefix'), "say allow_http = true if that is meant"),
    "an endpoint with a password in it": (S3.replace("prefix", 'endpoint = "https://a:b@x", prefix'), r"sinks\[1\]\.endpoint"),
    "a way out of the bucket": (S3.replace("station-1", "../x"), r"sinks\[1\]\.prefix"),
    "no bucket": (S3.replace('bucket = "frames", ', ""), r"sinks\[1\]\.bucket is missing"),
    "no limit at all": (FOLDER.replace("rate_mb_s = 5", "rate_mb_s = 0"), r"sinks\[1\]\.rate_mb_s"),
}


@pytest.mark.parametrize(("sink", "says"), REFUSED.values(), ids=REFUSED)
def test_a_sink_that_cannot_be_meant_is_refused(read: Read, sink: str, says: str) -> None:
    with pytest.raises(ConfigRefused, match=says):
        read(sink)


def test_a_secret_in_the_configuration_is_refused_and_not_repeated(read: Read) -> None:
    with pytest.raises(ConfigRefused, match="secret_access_key is not a key") as refused:
        read(S3.replace("prefix", 'secret_access_key = "hush", prefix'))
    assert "hush" not in str(refused.value)


def test_a_template_of_names_is_checked_when_the_configuration_is_read(read: Read) -> None:
    with pytest.raises(ConfigRefused, match=r"two frames could have the same name: it lacks \{shot\}"):
        read(FOLDER, 'names = "{session}/{window}/{body}-{stem}{ext}"')


@pytest.mark.parametrize(("path", "says"), [("./spool/", "is the spool itself"), ("usb/../frames", "are the same folder")])
def test_one_folder_is_not_two_places(read: Read, path: str, says: str) -> None:
    with pytest.raises(ConfigRefused, match=says):
        read(f'{{ name = "usb", path = "{path}" }}')
