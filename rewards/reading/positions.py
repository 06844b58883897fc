"""Positions on earth as people write them: `39.9, 116.4`, `39°54'N 116°24'E`, `N39.9 E116.4`, 北纬39.9°, JSON."""

from __future__ import annotations

import re
from typing import Literal

from rewards.reading.json_values import JsonValue, Unreadable, read_json
from rewards.reading.normalize import normalize, unwrap
from rewards.reading.points import as_numbers, one_key

Order = Literal["lat_lon", "lon_lat"]
Position = tuple[float, float]
"""Latitude and longitude in degrees, north and east positive."""

_LATITUDE_KEYS = ("lat", "latitude")
_LONGITUDE_KEYS = ("lon", "longitude", "lng", "long")
_DEGREE_SIGNS = str.maketrans({"º": "°", "˚": "°", "″": '"', "”": '"', "“": '"', "′": "'", "’": "'", "‘": "'"})
_SPELLINGS = tuple(
    (re.compile(words, re.IGNORECASE), sign)
    for words, sign in (
        (r"[$*]|\\(?:text|mathrm)(?![a-z])|\\[,;:! ]|~", " "),
        (r"\b(?:latitude|lat)\b|纬度", " lat "),
        (r"\b(?:longitude|long?|lng)\b|经度", " lon "),
        (r"(?<=\d)d\s?(?=\d{1,2}m)", "°"),
        (r"(?<=\d)m\s?(?=[\d.]{1,9}s)", "'"),
        (r"(?<=\d'\d\d)s(?![a-z])", '"'),
        (r"\^\s*\{?\s*\\circ\s*\}?|\\(?:circ|degree)(?![a-z])|\bdeg(?:ree)?s?\b\.?|度", "°"),
        (r"\^?\s*\{?\s*\\prime\\prime\s*\}?|''|\b(?:arc)?sec(?:ond)?s?\b\.?|秒", '"'),
        (r"\^?\s*\{?\s*\\prime\s*\}?|\b(?:arc)?min(?:ute)?s?\b\.?|分", "'"),
        (r"\b(?:north|nord|norte|norden)\b|北纬|北緯", " N "),
        (r"\b(?:south|sud|sur|süd|süden)\b|南纬|南緯", " S "),
        (r"\b(?:east|est|este|ost|osten)\b|东经|東經", " E "),
        (r"\b(?:west|ouest|oeste|westen)\b|西经|西經", " W "),
    )
)
_BARE = re.compile(r"\s*\(?([+-]?\d{1,3}(?:\.\d{1,15})?), ?([+-]?\d{1,3}(?:\.\d{1,15})?)\)?\s*", re.ASCII)
_NUMBER = r"\d{1,2}(?:\.\d{0,9})?"
_DEGREES = r"([+-]?\s?\d{1,3}(?:\.\d{0,15})?)\s*°?"
_PARTS = (
    rf"(?:\s*(?:({_NUMBER})\s*'|:\s*({_NUMBER})(?!\s*[°.\d])))?(?:\s*(?:({_NUMBER})\s*\"|:\s*({_NUMBER})\s*\"?))?\s*°?"
)
_COORDINATE = re.compile(rf"(?<![\w.]){_DEGREES}{_PARTS}\s*([NSEWnsew](?![A-Za-z\d]))?")
_MARK_FIRST = re.compile(rf"(?<![A-Za-z])([NSEWnsew])[\s:=]*(?=[+\d])({_DEGREES}{_PARTS})")
_STARTS_WITH_MARK = re.compile(r"\W*(?:lat\s|lon\s)?\W*[NSEW]\W*\d", re.IGNORECASE)
_SPACED = re.compile(rf"(\d{{1,3}})°? ({_NUMBER})(?: ({_NUMBER}))?\s*(?=[NSEW](?![A-Za-z]))")
_MINUTES_LAST = re.compile(rf"°\s*({_NUMBER})(?=\s*(?:[NSEW,;]|\Z))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_HEDGE = re.compile(r"\b(?:or|not|to|between|either|maybe|perhaps|versus|vs)\b|或|不|至|到|[|<>]", re.IGNORECASE)


def read_position(text: str, order: Order = "lat_lon") -> Position:
    """Read a position that is all of a text, but for words around it; raises Unreadable.

    order: of two bare numbers; hemispheres and the words latitude and longitude say it themselves.
    """
    if bare := _BARE.fullmatch(text):
        first, second = float(bare[1]), float(bare[2])
        return checked_position(second, first) if order == "lon_lat" else checked_position(first, second)
    if text.lstrip().startswith("{"):
        return _position_of(read_json(text.strip()))
    text = _in_signs(text)
    found = list(_COORDINATE.finditer(text))
    rest = _COORDINATE.sub(" ", text)
    if len(found) != 2 or any(map(str.isdigit, rest)) or _HEDGE.search(rest):
        raise Unreadable(f"expected a latitude and a longitude, got {text[:60]!r}")
    axes = tuple(_axis(match[6]) for match in found)
    first, second = (_degrees(match) for match in found)
    if any(axes) and axes[0] == axes[1]:
        raise Unreadable("two coordinates of one axis")
    if _is_longitude_first(text, axes, order):
        first, second = second, first
    return checked_position(first, second)


def checked_position(latitude: float, longitude: float) -> Position:
    """Return a position; raises Unreadable unless |latitude| <= 90 and |longitude| <= 180."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Unreadable(f"latitude {latitude:g}, longitude {longitude:g} is no place on earth")
    return latitude, longitude


def _in_signs(text: str) -> str:
    """Write words and TeX for degrees, minutes, seconds and hemispheres as signs, hemispheres behind the number."""
    text = unwrap(normalize(text.translate(_DEGREE_SIGNS)))
    for words, sign in _SPELLINGS:
        text = words.sub(sign, text)
    if not set(".([") & set(text) and len(_DECIMAL_COMMA.findall(text)) == 2:
        text = _DECIMAL_COMMA.sub(".", text)
    if _STARTS_WITH_MARK.match(text):
        text = _MARK_FIRST.sub(lambda match: f"{match[2]} {match[1]} ", text)
    text = " ".join(text.split())
    text = _SPACED.sub(lambda match: f"{match[1]}° {match[2]}' " + (f'{match[3]}" ' if match[3] else ""), text)
    return _MINUTES_LAST.sub(r"° \1'", text)


def _axis(mark: str | None) -> str:
    return "" if not mark else "latitude" if mark in "NSns" else "longitude"


def _is_longitude_first(text: str, axes: tuple[str, ...], order: Order) -> bool:
    if any(axes):
        return axes[0] == "longitude" or axes[1] == "latitude"
    words = [match.group() for match in re.finditer(r"\b(?:lat|lon)\b", text)]
    return words[0] == "lon" if words else order == "lon_lat"


def _position_of(value: JsonValue) -> Position:
    """Return the position of {"lat": 39.9, "lon": 116.4}, whose keys may be written out and values be text."""
    if not isinstance(value, dict):
        raise Unreadable("expected an object with lat and lon")
    keys = (one_key(value, _LATITUDE_KEYS), one_key(value, _LONGITUDE_KEYS))
    if any(isinstance(value[key], str) for key in keys):
        return read_position(f"lat {value[keys[0]]}, lon {value[keys[1]]}")
    latitude, longitude = as_numbers([value[key] for key in keys])
    return checked_position(latitude, longitude)


def _degrees(match: re.Match[str]) -> float:
    degrees = match[1].replace(" ", "")
    minutes, seconds = float(match[2] or match[3] or 0), float(match[4] or match[5] or 0)
    if minutes >= 60 or seconds >= 60 or (degrees.startswith("-") and match[6]):
        raise Unreadable(f"{match[0][:40]!r} is no coordinate")
    size = abs(float(degrees)) + minutes / 60 + seconds / 3600
    return -size if degrees.startswith("-") or (match[6] or "") in tuple("SWsw") else size
