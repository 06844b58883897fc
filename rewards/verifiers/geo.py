"""The verifier `geo`: how near is the place, by distance or by the levels of its name?"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from rewards.reading.json_values import Unreadable, read_json
from rewards.reading.normalize import normalize
from rewards.reading.place_names import country_names, fold_name, split_names
from rewards.reading.points import as_numbers
from rewards.reading.positions import Order, Position, checked_position, read_position
from rewards.registry import reward
from rlcs.records import Status, Verdict

DistanceScore = Literal["decay", "threshold", "tiers"]

EARTH_RADIUS_KM = 6371.0088
TIERS_KM = ((1.0, 1.0), (25.0, 0.8), (200.0, 0.6), (750.0, 0.4), (2500.0, 0.2))
"""Street, city, region, country and continent, as the im2gps evaluation has them: within so many km pays so much."""
LEVELS = ("place", "city", "region", "country")
"""From fine to coarse."""
_KEYS = {"state": "region", "province": "region", "name": "place", "location": "place", "landmark": "place"}
_MAX_CHARACTERS = 512
_MAX_NAMES = 6


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
            return distance_score(haversine_km(read_position(answer, order), position), score, scale_km)
        known = frozenset().union(*names.values())
        return name_score(_read_names(answer.strip(), known), names, credits)
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


def _read_names(text: str, known: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of an answer from fine to coarse; known: those of the gold."""
    if text.startswith("{"):
        value = read_json(text)
        levels = _by_level(_with_our_keys(value)) if isinstance(value, dict) else {}
        firsts = [_listed(levels.get(level))[:1] for level in LEVELS]  # of several names the first counts
        names = [fold_name(name) for first in firsts for name in first if isinstance(name, str) and fold_name(name)]
    else:
        names = split_names(text, known)
    if not 1 <= len(names) <= _MAX_NAMES:
        raise Unreadable(f"expected the name of a place, got {len(names)} names")
    return names


def _with_our_keys(value: dict[str, Any]) -> dict[str, Any]:
    return {_KEYS.get(key.lower(), key.lower()): one for key, one in value.items()}


def _read_gold(gold: Any, order: Order) -> tuple[Position | None, dict[str, frozenset[str]]]:
    """Return the position of a gold place or None, and its names by level, countries under all of theirs."""
    position, names = _read_written(gold, order)
    coarsest = [level for level in LEVELS if level in names][-1:]
    for level in coarsest:
        names[level] = frozenset(other for name in names[level] for other in country_names(name))
    return position, names


def _read_written(gold: Any, order: Order) -> tuple[Position | None, dict[str, frozenset[str]]]:
    """Return the position of a gold place or None, and its names by level, as they are written; raises ValueError."""
    if isinstance(gold, str):
        if any(character.isdigit() for character in gold):
            return read_position(normalize(gold), order), {}
        return None, _levels(_read_names(normalize(gold)))
    if isinstance(gold, dict):
        return _read_gold_object(gold)
    if isinstance(gold, list) and gold and all(isinstance(name, str) for name in gold):
        return None, {"place": frozenset(map(fold_name, gold))}
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
    names = {
        level: frozenset(fold_name(str(n)) for n in _listed(written[level])) for level in LEVELS if written.get(level)
    }
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
