"""What is in the files: valid, of the size that was said, the same every time, and showing the sky."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import rawpy
from numpy.typing import NDArray
from PIL import ExifTags, Image

from nightside_drivers.twin.contents import FileKind, FrameFacts, Scene
from nightside_drivers.twin.picture import jpeg
from nightside_drivers.twin.picture.developing import develop, size_of
from nightside_drivers.twin.picture.light import BLACK, WHITE, Painter, to_pixels
from nightside_drivers.twin.picture.plain import PlainPainter
from nightside_drivers.twin.picture.sky import SkyPainter
from nightside_drivers.twin.picture.sky.moving import add_lightning
from nightside_drivers.twin.picture.sky.optics import Optics
from nightside_drivers.twin.picture.sky.scenes import above_limb, mounting, turned
from nightside_drivers.twin.picture.sky.stars import bright_stars

OPENED = datetime(2018, 7, 3, 19, 30, 12, 345_678, tzinfo=UTC)
FRAME = FrameFacts(
    seed=7,
    index=3,
    opened=OPENED,
    stamped=OPENED,
    exposure_s=30.0,
    iso=1600,
    f_number=2.8,
    focal_length_mm=20.0,
    lens="20.0 mm f/2.8",
    maker="NIKON CORPORATION",
    model="NIKON D3S",
    serial="2012345",
    version="V1.00",
    comment="session 17",
    program=1,
    width_px=532,
    height_px=354,
    bits=14,
    scene=Scene.CUPOLA,
)
EVERY_SCENE = [(PlainPainter(), Scene.PLAIN), (SkyPainter(), Scene.CUPOLA), (SkyPainter(), Scene.TRIPOD)]
POLARIS = np.array([[0.0101, 0.0079, 0.9999]])


def made(painter: Painter, frame: FrameFacts, kind: FileKind, share: int = 60_000) -> bytes:
    return develop(painter, frame, kind, size_of(kind, (frame.width_px, frame.height_px), share))


@pytest.mark.parametrize("kind", list(FileKind))
@pytest.mark.parametrize(("painter", "scene"), EVERY_SCENE)
def test_a_file_is_as_large_as_was_said_and_the_same_every_time(painter: Painter, scene: Scene, kind: FileKind) -> None:
    frame = replace(FRAME, scene=scene)
    data = made(painter, frame, kind)
    assert len(data) == size_of(kind, (532, 354), 60_000)
    assert data == made(type(painter)(), frame, kind)


@pytest.mark.parametrize(("painter", "scene"), EVERY_SCENE)
def test_another_seed_and_another_frame_give_other_pictures(painter: Painter, scene: Scene) -> None:
    frame = replace(FRAME, scene=scene)
    data = made(painter, frame, FileKind.JPEG_NORMAL)
    assert data != made(painter, replace(frame, seed=8), FileKind.JPEG_NORMAL)
    assert data != made(painter, replace(frame, index=4), FileKind.JPEG_NORMAL)


def test_a_jpeg_says_who_took_it_and_when() -> None:
    with Image.open(io.BytesIO(made(SkyPainter(), FRAME, FileKind.JPEG_FINE))) as image:
        assert image.size == (532, 354)
        main = image.getexif()
        exif = main.get_ifd(ExifTags.IFD.Exif)
        image.load()
    assert (main[ExifTags.Base.Make], main[ExifTags.Base.Model]) == ("NIKON CORPORATION", "NIKON D3S")
    assert exif[ExifTags.Base.DateTimeOriginal] == "2018:07:03 19:30:12"
    assert exif[ExifTags.Base.SubsecTimeOriginal] == "34"
    assert exif[ExifTags.Base.ExposureTime] == 30
    assert exif[ExifTags.Base.FNumber] == pytest.approx(2.8)
    assert exif[ExifTags.Base.ISOSpeedRatings] == 1600
    assert exif[ExifTags.Base.BodySerialNumber] == "2012345"
    assert exif[ExifTags.Base.LensModel] == "20.0 mm f/2.8"
    assert exif[ExifTags.Base.UserComment] == b"ASCII\0\0\0session 17"


def test_a_nef_opens_in_libraw_with_its_preview(tmp_path: Path) -> None:
    light = SkyPainter().paint(FRAME)
    path = tmp_path / "DSC_0001.NEF"
    path.write_bytes(made(SkyPainter(), FRAME, FileKind.NEF))
    with rawpy.imread(str(path)) as raw:
        assert raw.raw_image.shape == (354, 532)
        assert (raw.white_level, raw.black_level_per_channel) == (WHITE, [BLACK] * 4)
        assert np.array_equal(raw.raw_image[::2, ::2], light[::2, ::2, 0])
        assert np.array_equal(raw.raw_image[1::2, 1::2], light[1::2, 1::2, 2])
        preview = raw.extract_thumb()
        assert raw.postprocess(half_size=True).shape[2] == 3
    with Image.open(io.BytesIO(bytes(preview.data))) as image:
        assert image.size == (532, 354)


def test_a_nef_of_12_bits_says_so_and_holds_no_more(tmp_path: Path) -> None:
    levels: dict[int, tuple[int, list[int], int]] = {}
    for bits in (12, 14):
        path = tmp_path / f"DSC_00{bits}.NEF"
        path.write_bytes(made(SkyPainter(), replace(FRAME, bits=bits), FileKind.NEF))
        with rawpy.imread(str(path)) as raw:
            levels[bits] = (raw.white_level, raw.black_level_per_channel, int(raw.raw_image.max()))
    (white_12, black_12, most_12), (white_14, black_14, most_14) = levels[12], levels[14]
    assert (white_12, white_14) == (4095, 16_383)
    assert (black_12, black_14) == ([128] * 4, [512] * 4)
    assert most_12 == most_14 >> 2


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")
@pytest.mark.parametrize(("kind", "name"), [(FileKind.NEF, "NEF"), (FileKind.JPEG_FINE, "JPEG")])
def test_exiftool_finds_nothing_wrong(tmp_path: Path, kind: FileKind, name: str) -> None:
    path = tmp_path / f"DSC_0001.{kind.extension}"
    path.write_bytes(made(SkyPainter(), FRAME, kind))
    asked = ("-validate", "-FileType", "-SerialNumber", "-SubSecDateTimeOriginal", "-json")
    (said,) = json.loads(subprocess.run(["exiftool", *asked, path], capture_output=True, text=True, check=True).stdout)
    assert (said["Validate"], said["FileType"], said["SerialNumber"]) == ("OK", name, 2012345)
    assert said["SubSecDateTimeOriginal"] == "2018:07:03 19:30:12.34"


def test_a_tiff_opens() -> None:
    with Image.open(io.BytesIO(made(SkyPainter(), FRAME, FileKind.TIFF))) as image:
        assert np.array_equal(np.asarray(image), to_pixels(SkyPainter().paint(FRAME)))


@pytest.mark.parametrize("spare", [0, 4, 5, 65_536, 65_537, 65_538, 65_539, 65_540, 65_541, 65_542, 200_000])
def test_a_jpeg_is_filled_up_to_the_byte(spare: int) -> None:
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    size = len(jpeg.encode(pixels, jpeg.QUALITIES[0])) + spare
    data = jpeg.encode_exactly(pixels, size)
    assert len(data) == size
    with Image.open(io.BytesIO(data)) as image:
        image.load()


def test_a_picture_that_cannot_fit_is_refused() -> None:
    with pytest.raises(jpeg.TooLarge):
        jpeg.encode_exactly(np.zeros((64, 64, 3), dtype=np.uint8), 300)


def test_polaris_stands_over_the_horizon_in_the_north_as_high_as_the_latitude() -> None:
    mount = mounting(Scene.TRIPOD)
    seen = turned(Scene.TRIPOD, POLARIS, OPENED)
    assert above_limb(mount, seen)[0] == pytest.approx(45.0, abs=1.0)
    columns, rows, ahead = Optics.of(FRAME, mount.camera()).project(seen)
    assert ahead[0]
    assert columns[0] == pytest.approx(532 / 2, abs=10)
    assert rows[0] < 354 / 2


def test_east_is_to_the_right_when_one_looks_north() -> None:
    mount = mounting(Scene.TRIPOD)
    optics = Optics.of(FRAME, mount.camera())
    north_east = np.array([[-0.5, 0.3, 0.8]])
    assert optics.project(north_east)[0][0] > 532 / 2


@pytest.mark.parametrize(("scene", "degrees_a_minute"), [(Scene.CUPOLA, 3.875), (Scene.TRIPOD, 0.2507)])
def test_stars_turn_about_the_pole_at_the_right_rate(scene: Scene, degrees_a_minute: float) -> None:
    star = np.array([[0.6, 0.0, 0.8]])
    before, after = (turned(scene, star, OPENED + timedelta(minutes=minutes))[0] for minutes in (0, 1))
    flat = before[:2] / np.linalg.norm(before[:2]), after[:2] / np.linalg.norm(after[:2])
    assert np.degrees(np.arccos(flat[0] @ flat[1])) == pytest.approx(degrees_a_minute, abs=0.01)


@pytest.mark.parametrize("scene", [Scene.CUPOLA, Scene.TRIPOD])
def test_a_trail_ends_where_the_next_one_begins(scene: Scene) -> None:
    mount = mounting(scene)
    optics = Optics.of(FRAME, mount.camera())
    stars = bright_stars().directions[:300]
    begins = optics.project(turned(scene, stars, OPENED))
    ends = optics.project(turned(scene, stars, OPENED + timedelta(seconds=30)))
    light = SkyPainter().paint(replace(FRAME, scene=scene, index=0, seed=0))
    for columns, rows, ahead in (begins, ends):
        visible = ahead & optics.inside(columns, rows, -4) & (above_limb(mount, optics.directions(columns, rows)) > 1)
        lit = [brightest(light, rows[at], columns[at]) for at in np.flatnonzero(visible)]
        assert len(lit) > 10
        assert np.mean(np.array(lit) > BLACK + 400) > 0.9


def brightest(light: NDArray[np.int16], row: float, column: float) -> int:
    around = light[int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3]
    return int(around.max())


def test_the_catalogue_has_its_brightest_star_where_it_is() -> None:
    stars = bright_stars()
    assert len(stars.brightness) == 9096
    sirius = np.radians([101.287, -16.716])
    direction = np.array([np.cos(sirius[1]) * np.cos(sirius[0]), np.cos(sirius[1]) * np.sin(sirius[0]), np.sin(sirius[1])])
    assert stars.directions[0] @ direction == pytest.approx(1.0)
    assert np.allclose(stars.colour.mean(axis=1), 1.0)


def test_noise_grows_with_iso_and_with_time() -> None:
    def spread(iso: int, seconds: float) -> float:
        return float(np.std(SkyPainter().paint(replace(FRAME, dark=True, iso=iso, exposure_s=seconds))[:100]))

    assert spread(200, 1) < spread(1600, 1) < spread(1600, 30) < spread(6400, 30)


def test_hot_pixels_are_the_same_in_every_dark_frame() -> None:
    dark = [SkyPainter().paint(replace(FRAME, dark=True, index=index)) for index in (1, 2)]
    hot = [set(np.flatnonzero(light > BLACK + 600).tolist()) for light in dark]
    assert len(hot[0] & hot[1]) > 5
    assert np.median(dark[0]) == pytest.approx(BLACK, abs=3)


def test_lightning_falls_on_the_frame_that_was_open_then() -> None:
    mount = mounting(Scene.CUPOLA)

    def lit(later: float, seconds: float) -> set[int]:
        frame = replace(FRAME, opened=OPENED + timedelta(seconds=later), exposure_s=seconds)
        light = np.full((354, 532, 3), BLACK, dtype=np.int16)
        add_lightning(light, frame, mount, Optics.of(frame, mount.camera()))
        return set(np.flatnonzero(light > BLACK).tolist())

    short = [lit(later, 1.0) for later in range(120)]
    assert 0 < sum(bool(pixels) for pixels in short) < 60
    assert set().union(*short) == lit(0, 120.0)


def test_the_earth_is_dark_and_the_airglow_is_green() -> None:
    light = SkyPainter().paint(FRAME)
    middle = np.median(light[:, 240:290], axis=1) - BLACK
    green = int(np.argmax(middle[:, 1]))
    assert middle[green, 1] > 1.5 * middle[green, 0]
    assert middle[-1].max() < middle[10].max()
