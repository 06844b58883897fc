"""Images from files or bytes, opened with caps, the same way wherever they are read: prompts, engines, learner.

A reference is a path or encoded bytes. What comes out is RGB, upright (EXIF orientation applied, as transformers and
browsers do), on white where it was transparent, and scaled down when it has more than data.images.max_pixels.
"""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlcs.config.schema import ImagesConfig
from rlcs.errors import UserError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_FILE_BYTES = 64 * 2**20
MAX_DECODED_PIXELS = 100_000_000
"""An image file of a few kilobytes can declare gigabytes of pixels."""

_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations in which width and height change places."""
_TURNS = dict(zip(range(2, 9), (0, 3, 1, 5, 4, 6, 2), strict=True))
"""EXIF orientation -> the transpose of Pillow that undoes it."""


def load_image(reference: str | bytes, settings: ImagesConfig) -> Image:
    """Return an image as the model's processor gets it. Raises UserError for what is no readable image."""
    from PIL import Image

    try:
        with _opened(reference) as image:
            turn = _TURNS.get(_orientation(image))
            upright = image if turn is None else image.transpose(Image.Transpose(turn))
            if "A" in upright.getbands() or "transparency" in upright.info:
                upright = on_white(upright.convert("RGBA"))
            rgb = _eight_bits(upright).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(reference, error) from error
    size = fitted(rgb.size, settings)
    return rgb if size == rgb.size else rgb.resize(size, Image.Resampling.LANCZOS)


def on_white(layer: Image) -> Image:
    """Return an RGBA image as RGB, white where it is transparent."""
    from PIL import Image

    image = Image.new("RGB", layer.size, "white")
    image.paste(layer, mask=layer.getchannel("A"))
    return image


def image_size(reference: str | bytes, settings: ImagesConfig) -> tuple[int, int]:
    """Return (width, height) of what `load_image` would return; only the header is read."""
    return fitted(original_size(reference), settings)


def original_size(reference: str | bytes, *, whole: bool = False) -> tuple[int, int]:
    """Return (width, height) in pixels of an image as it is, upright; `whole` also decodes it, to see that it is whole.

    Raises UserError for what is no readable image.
    """
    from PIL import Image

    try:
        with _opened(reference) as image:
            width, height = image.size
            if _orientation(image) in _SIDEWAYS:
                width, height = height, width
            if whole:
                # A JPEG is decoded at an eighth of its size: all of its bytes are read, in a third of the time.
                image.draft("RGB", (1, 1))
                image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(reference, error) from error
    return width, height


def fitted(size: tuple[int, int], settings: ImagesConfig) -> tuple[int, int]:
    """Return (width, height) scaled down to at most max_pixels, in proportion; as it is when it fits."""
    width, height = size
    limit = settings.max_pixels
    if limit is None or width * height <= limit:
        return size
    scale = math.sqrt(limit / (width * height))
    return max(int(width * scale), 1), max(int(height * scale), 1)


def bytes_of(reference: str | bytes) -> bytes:
    """Return the bytes of an image's file. Raises UserError where it cannot be read."""
    try:
        return reference if isinstance(reference, bytes) else Path(reference).read_bytes()
    except OSError as error:
        raise _unreadable(reference, error) from error


def has_vision(config: Any) -> bool:
    """Tell whether a Hugging Face configuration is that of a vision-language model."""
    return getattr(config, "vision_config", None) is not None


def image_tokens(config: Any) -> tuple[int, ...]:
    """Return the placeholder tokens of images and videos, which mean nothing in an answer; none for a text model.

    They are never sampled: in the next pass, and in the learner, they would stand for an image that is not there.
    """
    ids = (getattr(config, name, None) for name in ("image_token_id", "video_token_id"))
    return tuple(token for token in ids if token is not None)


def describe(reference: str | bytes) -> str:
    """Name an image in an error."""
    return f"image of {len(reference):,} bytes" if isinstance(reference, bytes) else f"image {reference}"


def _opened(reference: str | bytes) -> Image:
    from PIL import Image

    if isinstance(reference, str) and "://" in reference:
        raise OSError("it is an address on the net, which is not fetched; download it and give the path")
    size = len(reference) if isinstance(reference, bytes) else Path(reference).stat().st_size
    if size > MAX_FILE_BYTES:
        raise OSError(f"{size:,} bytes are more than {MAX_FILE_BYTES:,}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
        image = Image.open(io.BytesIO(reference) if isinstance(reference, bytes) else reference, formats=FORMATS)
    if image.mode == "F":
        image.close()
        raise OSError("its pixels are floating-point numbers; save it with 8 bits a channel")
    if image.width * image.height > MAX_DECODED_PIXELS:
        image.close()
        raise OSError(f"{image.width} x {image.height} pixels are more than {MAX_DECODED_PIXELS:,}")
    return image


def _orientation(image: Image) -> int:
    """Return the EXIF orientation that is still to be undone, without decoding the image; 1 is upright."""
    if image.format == "TIFF":
        return 1  # Pillow turns it while it reads
    if image.format != "PNG":
        return int(image.getexif().get(_ORIENTATION, 1))
    from PIL import Image as pillow

    # Asked for EXIF, Pillow would decode a PNG whole: it may stand behind the pixels.
    tags = pillow.Exif()
    tags.load(image.info.get("exif", b""))
    return int(tags.get(_ORIENTATION, 1))


def _eight_bits(image: Image) -> Image:
    """Return a grey image of 16 bits with 8: Pillow's own conversion makes nearly all of it white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _unreadable(reference: str | bytes, error: Exception) -> UserError:
    from PIL import UnidentifiedImageError

    # Without the path once more, and without the number, which an error of the system has in its text.
    reason = str(getattr(error, "strerror", None) or error).strip() or "broken file"
    if isinstance(error, UnidentifiedImageError):
        reason = f"it is none of {', '.join(FORMATS)}"
    return UserError(f"{describe(reference)} cannot be read: {reason}; correct or remove it")
