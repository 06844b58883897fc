"""Images from files and bytes: upright, on white, scaled down, and refused in words where they cannot be read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rlcs.config.schema import ImagesConfig
from rlcs.errors import UserError
from rlcs.images import fitted, image_size, load_image, original_size

AS_IT_IS = ImagesConfig()


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def test_a_file_and_its_bytes_are_the_same_image(tmp_path: Path) -> None:
    data = encoded(Image.linear_gradient("L").resize((30, 20)))
    (tmp_path / "a.png").write_bytes(data)
    one, other = load_image(data, AS_IT_IS), load_image(str(tmp_path / "a.png"), AS_IT_IS)
    assert one.mode == "RGB" and one.size == (30, 20)
    assert one.tobytes() == other.tobytes()


def test_a_photo_taken_sideways_stands_upright() -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 10, 20))
    tags = Image.Exif()
    tags[0x0112] = 6  # shown turned by a quarter: what was left is on top
    data = encoded(image, "JPEG", exif=tags, quality=95)
    found = load_image(data, AS_IT_IS)
    assert found.size == image_size(data, AS_IT_IS) == original_size(data) == (20, 40)
    red, _, blue = found.getpixel((10, 3))  # type: ignore[misc]
    assert red > 200 and blue < 90


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_orientation_in_every_format_is_the_one_that_pillow_shows(form: str, orientation: int) -> None:
    from PIL import ImageOps

    image = Image.linear_gradient("L").resize((48, 24)).convert("RGB")
    tags = Image.Exif()
    tags[0x0112] = orientation
    data = encoded(image, form, exif=tags, **({"quality": 95} if form in ("JPEG", "WEBP") else {}))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    found = load_image(data, AS_IT_IS)
    assert found.size == original_size(data) == original_size(data, whole=True) == expected.size
    assert found.tobytes() == expected.tobytes()


def test_the_size_of_a_png_is_read_from_its_header_alone() -> None:
    data = encoded(Image.effect_noise((300, 200), 80))
    assert original_size(data[:100]) == (300, 200)


def test_sixteen_bits_become_eight_and_floats_are_refused() -> None:
    grey = Image.frombytes("I;16", (4, 1), b"".join(value.to_bytes(2, "little") for value in (0, 256, 32768, 65535)))
    found = load_image(encoded(grey), AS_IT_IS)
    assert [found.getpixel((x, 0)) for x in range(4)] == [(v, v, v) for v in (0, 1, 128, 255)]
    with pytest.raises(UserError, match="floating-point numbers; save it with 8 bits"):
        original_size(encoded(Image.new("F", (2, 2)), "TIFF"))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)).convert(mode)
    assert load_image(encoded(image), AS_IT_IS).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    image = Image.new("I;16", (4, 3)) if mode == "I;16" else Image.new("RGB", (4, 3), "black").convert(mode)
    found = load_image(encoded(image, "TIFF" if mode == "CMYK" else "PNG"), AS_IT_IS)
    assert (found.mode, found.size, found.getpixel((0, 0))) == ("RGB", (4, 3), (0, 0, 0))


@pytest.mark.parametrize(
    ("size", "limit", "expected"),
    [((100, 50), None, (100, 50)), ((100, 50), 5000, (100, 50)), ((100, 50), 1250, (50, 25)), ((9, 1), 1, (3, 1))],
)
def test_large_images_are_scaled_down_in_proportion(
    size: tuple[int, int], limit: int | None, expected: tuple[int, int]
) -> None:
    settings = ImagesConfig(max_pixels=limit)
    assert fitted(size, settings) == expected
    data = encoded(Image.new("RGB", size))
    assert load_image(data, settings).size == image_size(data, settings) == expected
    assert original_size(data) == size


def bomb() -> bytes:
    """A GIF of a few bytes whose header declares more pixels than may be decoded."""
    data = bytearray(encoded(Image.new("L", (1, 1)), "GIF"))
    data[6:10] = (12_000).to_bytes(2, "little") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("nowhere/a.png", "image nowhere/a.png cannot be read: No such file or directory; correct or remove it"),
        (b"no image at all", "image of 15 bytes cannot be read: it is none of PNG, JPEG"),
        (b"", "image of 0 bytes cannot be read"),
        ("https://example.org/a.png", "is not fetched; download it and give the path"),
        (bomb(), "pixels are more than 100,000,000"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(reference: str | bytes, reason: str) -> None:
    for read in (load_image, image_size):
        with pytest.raises(UserError) as caught:
            read(reference, AS_IT_IS)
        assert reason in str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_file_that_ends_too_early_shows_when_it_is_read_whole(form: str) -> None:
    data = encoded(Image.effect_noise((200, 100), 80).convert("RGB"), form)
    assert original_size(data, whole=True) == (200, 100)
    with pytest.raises(UserError, match="cannot be read"):
        original_size(data[: len(data) // 2], whole=True)


def test_a_format_that_can_run_programs_is_not_opened() -> None:
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
    with pytest.raises(UserError, match="it is none of"):
        load_image(script, AS_IT_IS)
