"""The gold answer of a web page: its HTML, or a screenshot where there is none."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewards.verifiers.webpages.pixels import Picture
from rewards.verifiers.webpages.render import MAX_HEIGHT, read_picture

MAX_SOURCE = 262_144
WIDTHS = (100, 2560)
HEIGHTS = (64, MAX_HEIGHT)
_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True)
class WebGold:
    """Exactly one of the two."""

    html: str | None = None
    screenshot: bytes | None = None
    """An image file."""


def read_gold(gold: Any) -> WebGold:
    """Read a gold answer: HTML, a path, a data URI or bytes of an image, or {"html": …} or {"screenshot": …}.

    Where both are given the HTML counts. ValueError tells what is wrong.
    """
    if isinstance(gold, Mapping):
        if html := gold.get("html"):
            return _page(html)
        return WebGold(screenshot=_image_bytes(gold.get("screenshot")))
    if isinstance(gold, str) and not gold.startswith("data:image/") and "<" in gold:
        return _page(gold)
    return WebGold(screenshot=_image_bytes(gold))


def read_screenshot(data: bytes) -> Picture:
    """Decode a screenshot, the top of a long one; ValueError when it is none, or too wide or too small."""
    try:
        picture = read_picture(data)
    except (OSError, ValueError) as error:
        raise ValueError(f"the screenshot is no image that can be read: {error}") from error
    height, width = picture.shape[:2]
    if not (WIDTHS[0] <= width <= WIDTHS[1] and height >= HEIGHTS[0]):
        raise ValueError(f"the screenshot has {width} x {height} pixels; expected {WIDTHS[0]} to {WIDTHS[1]} in width")
    return picture[:MAX_HEIGHT]


def _page(html: Any) -> WebGold:
    if not isinstance(html, str) or "<" not in html:
        raise ValueError("html must be the text of a page")
    if len(html) > MAX_SOURCE:
        raise ValueError(f"the gold page has {len(html)} characters; at most {MAX_SOURCE} are shown")
    return WebGold(html=html)


def _image_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("expected HTML, or a screenshot as a path, a data URI or bytes")
    if value.startswith("data:image/"):
        try:
            return base64.b64decode(value.partition(",")[2], validate=True)
        except binascii.Error as error:
            raise ValueError(f"the data URI of the screenshot is broken: {error}") from error
    if not value.lower().endswith(_IMAGE_ENDINGS):
        raise ValueError(f"{value[:80]!r} is neither HTML nor the path of an image ({', '.join(_IMAGE_ENDINGS)})")
    try:
        return Path(value).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read the screenshot {value!r}: {error.strerror}") from error
