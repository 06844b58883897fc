"""The verifier `geo`: how near is the place, by distance or by the levels of its name?"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, Literal

from rewards.reading.json_values import JsonValue, Unreadable, read_json
from rewards.reading.normalize import normalize
from rewards.reading.points import as_numbers, one_key
from rewards.registry import reward
from rlcs.records import Status, Verdict

DistanceScore = Literal["decay", "threshold", "tiers"]
Order = Literal["lat_lon", "lon_lat"]
Position = tuple[float, float]
"""Latitude and longitude in degrees, north and east positive."""

EARTH_RADIUS_KM = 6371.0088
TIERS_KM = ((1.0, 1.0), (25.0, 0.8), (200.0, 0.6), (750.0, 0.4), (2500.0, 0.2))
"""Street, city, region, country and continent, as the im2gps evaluation has them: within so many km pays so much."""
LEVELS = ("place", "city", "region", "country")
"""From fine to coarse."""
_LATITUDE_KEYS = ("lat", "latitude")
_LONGITUDE_KEYS = ("lon", "longitude", "lng", "long")
_MAX_CHARACTERS = 512
_MAX_NAMES = 6
_COORDINATE = re.compile(r"([+-]?\d{1,3}(?:\.\d{0,15})?)\s*°?\s*(?:(\d{1,2}(?:\.\d{0,9})?)\s*['′])?"
                         r"\s*(?:(\d{1,2}(?:\.\d{0,9})?)\s*(?:\"|[\'′]{2}))?\s*°?\s*([NSEW](?![A-Za-z]))?")  # fmt: skip
_NOT_COORDINATES = re.compile(r"(?i)lat(?:itude)?|lon(?:g(?:itude)?)?|lng|[\s()\[\]{},:;=\"']")


def check_place_gold(
    gold: Any,
    *,
    order: Order = "lat_lon",
    scale_km: float = 250.0,
    country_credit: float = 0.2,
    region_credit: float = 0.5,
    city_credit: float = 0.8,
) -> str | None:
    """Return what is wrong with a gold place or a credit, or None."""
    _read_gold(gold, order)
    if not all(0 <= credit <= 1 for credit in (country_credit, region_credit, city_credit)):
        return "country_credit, region_credit and city_credit must lie in [0, 1]"
    return None if scale_km > 0 else f"scale_km must be positive, got {scale_km}"


@reward("geo", domains=["geo"], runs="inline", check_gold=check_place_gold)
def geo(
    answer: str,
    gold: Any,
    *,
    score: DistanceScore = "decay",
    scale_km: float = 250.0,
    order: Order = "lat_lon",
    country_credit: float = 0.2,
    region_credit: float = 0.5,
    city_credit: float = 0.8,
) -> float | Verdict:
    """A place on earth: coordinates by great-circle distance d, or a name by how fine the right level is.

    score: `decay`: exp(-d / scale_km); `threshold`: 1 within scale_km, else 0; `tiers`: 1, 0.8, 0.6, 0.4, 0.2 within
    1, 25, 200, 750, 2500 km. order: of two bare numbers. The gold is [lat, lon], a name from fine to coarse ("Paris,
    France"), or an object with `lat`, `lon` and `place`, `city`, `region`, `country` (each a name or a list of names),
    or with `place_name` and `address`. country_credit, region_credit, city_credit: what a name earns that is right to
    this level only; right to the finest level of the gold earns 1.
    """
    position, names = _read_gold(gold, order)
    credits = {"country": country_credit, "region": region_credit, "city": city_credit, "place": 1.0}
    try:
        if len(answer) > _MAX_CHARACTERS:
            raise Unreadable(f"longer than {_MAX_CHARACTERS} characters", Status.OVER_LIMIT)
        text = normalize(answer)
        if position is not None and (not names or any(character.isdigit() for character in text)):
            return distance_score(haversine_km(read_position(text, order), position), score, scale_km)
        return name_score(_read_names(text), names, credits)
    except Unreadable as fault:
        return fault.verdict()


def haversine_km(first: Position, second: Position) -> float:
    """Return the great-circle distance of two positions in km, on a sphere of the mean radius of the earth."""
    (lat, lon), (other_lat, other_lon) = (map(math.radians, position) for position in (first, second))
    half_chord = math.sin((other_lat - lat) / 2) ** 2
    half_chord += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half_chord)))


def distance_score(distance_km: float, score: DistanceScore, scale_km: float) -> float:
    """Turn a distance into a score in [0, 1]."""
    if score == "decay":
        return math.exp(-distance_km / scale_km)
    if score == "threshold":
        return float(distance_km <= scale_km)
    return next((value for limit, value in TIERS_KM if distance_km <= limit), 0.0)


def read_position(text: str, order: Order = "lat_lon") -> Position:
    """Read `39.9, 116.4`, `(39.9, 116.4)`, `39.9°N 116.4°E`, `39°54'15"N, …`, `lat: 39.9, lon: 116.4`, JSON."""
    if text.startswith("{"):
        return _position_of(read_json(text))
    text = text.removesuffix(".")
    found = list(_COORDINATE.finditer(text))
    if len(found) != 2 or _NOT_COORDINATES.sub("", _COORDINATE.sub("", text)):
        raise Unreadable(f"expected a latitude and a longitude, got {text[:60]!r}")
    first, second = (_degrees(match) for match in found)
    marks = ((found[0][4] or "")[:1], (found[1][4] or "")[:1])
    named_last = re.search(r"(?i)\blon|\blng", text[: found[0].start()])
    if marks[0] in tuple("EW") or marks[1] in tuple("NS") or named_last or (not any(marks) and order == "lon_lat"):
        first, second = second, first
    return checked_position(first, second)


def _position_of(value: JsonValue) -> Position:
    """Return the position of {"lat": 39.9, "lon": 116.4}, whose keys may be written out."""
    if not isinstance(value, dict):
        raise Unreadable("expected an object with lat and lon")
    latitude, longitude = as_numbers([value[one_key(value, names)] for names in (_LATITUDE_KEYS, _LONGITUDE_KEYS)])
    return checked_position(latitude, longitude)


def checked_position(latitude: float, longitude: float) -> Position:
    """Return a position; raises Unreadable unless |latitude| <= 90 and |longitude| <= 180."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Unreadable(f"latitude {latitude:g}, longitude {longitude:g} is no place on earth")
    return latitude, longitude


def _degrees(match: re.Match[str]) -> float:
    degrees, minutes, seconds = float(match[1]), float(match[2] or 0), float(match[3] or 0)
    if minutes >= 60 or seconds >= 60 or (degrees < 0 and match[4]):
        raise Unreadable(f"{match[0][:40]!r} is no coordinate")
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return -size if match[1].startswith("-") or match[4] in ("S", "W") else size


def name_score(answer: list[str], gold: dict[str, frozenset[str]], credits: dict[str, float]) -> float:
    """Return the credit of the finest level on which the names, from fine to coarse, agree with the gold.

    One wrong name may come first ("Lyon, France" has the country right); any later one contradicts: "Paris, Texas" is
    not the Paris in France. Nothing is finer than a place, so before its name it is a second guess.
    """
    levels = [level for level in LEVELS if level in gold]
    known = [next((level for level in levels if name in gold[level]), None) for name in answer]
    wrong_first = known[0] is None
    agreed = [level for level in known[wrong_first:] if level is not None]
    if not agreed or len(agreed) < len(known) - wrong_first:
        return 0.0
    finest = min(agreed, key=LEVELS.index)
    if wrong_first:
        return 0.0 if finest == "place" else credits[finest]
    return 1.0 if finest == levels[0] else credits[finest]


def _read_names(text: str) -> list[str]:
    """Return the names of an answer from fine to coarse."""
    if text.startswith("{"):
        value = read_json(text)
        levels = _by_level(value) if isinstance(value, dict) else {}
        firsts = [_listed(levels.get(level))[:1] for level in LEVELS]  # of several names the first counts
        parts = [name for first in firsts for name in first if isinstance(name, str)]
    else:
        parts = re.split(r"[,，;、]", text.rstrip(".。"))
    names_found = [folded for part in parts if (folded := _fold(part))]
    if not 1 <= len(names_found) <= _MAX_NAMES:
        raise Unreadable(f"expected the name of a place, got {len(names_found)} names")
    return names_found


def _fold(name: str) -> str:
    """Return a name without case, accents and a leading "the"."""
    letters = unicodedata.normalize("NFKD", normalize(name).casefold().strip(" .\"'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).removeprefix("the ")


def _read_gold(gold: Any, order: Order) -> tuple[Position | None, dict[str, frozenset[str]]]:
    """Return the position of a gold place or None, and its names by level; raises ValueError."""
    if isinstance(gold, str):
        if any(character.isdigit() for character in gold):
            return read_position(normalize(gold), order), {}
        return None, _levels(_read_names(normalize(gold)))
    if isinstance(gold, dict):
        return _read_gold_object(gold)
    if isinstance(gold, list) and gold and all(isinstance(name, str) for name in gold):
        return None, {"place": frozenset(map(_fold, gold))}
    pair = as_numbers(gold)
    if len(pair) != 2:
        raise ValueError(f"a gold position is two numbers, got {gold}")
    return checked_position(*(pair if order == "lat_lon" else pair[::-1])), {}


def _read_gold_object(gold: dict[str, Any]) -> tuple[Position | None, dict[str, frozenset[str]]]:
    known = ("lat", "lon", "address", "place_name", *LEVELS)
    if unknown := sorted(gold.keys() - set(known)):
        raise ValueError(f"unknown keys {', '.join(unknown)}; a gold place has {', '.join(known)}")
    position = checked_position(*as_numbers([gold.get("lat"), gold.get("lon")])) if "lat" in gold else None
    written = _by_level(gold)
    names = {level: frozenset(_fold(str(n)) for n in _listed(written[level])) for level in LEVELS if written.get(level)}
    if position is None and not names:
        raise ValueError("the gold place has neither a position nor a name")
    return position, names


def _by_level(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the parts of its address and its place_name put under the names of their levels."""
    return {**_address(str(value.get("address", ""))), "place": value.get("place_name"), **value}


def _address(text: str) -> dict[str, str]:
    """Give the last parts of an address their levels: …, city, region, country; …, city, country of two."""
    parts = [part.strip() for part in re.split(r"[,，]", text) if part.strip()]
    levels = ("city", "country") if len(parts) == 2 else ("city", "region", "country")
    return dict(zip(levels[::-1], parts[::-1], strict=False))


def _levels(names: list[str]) -> dict[str, frozenset[str]]:
    """Give names from fine to coarse their levels: the last of several is the country, one alone is the place."""
    levels = {1: LEVELS[:1], 2: LEVELS[1::2], 3: LEVELS[1:], 4: LEVELS}.get(len(names))
    if levels is None:
        raise ValueError(f"expected at most four names, got {len(names)}")
    return {level: frozenset({name}) for level, name in zip(levels, names, strict=True)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
