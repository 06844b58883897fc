"""The verifier `geo`: distances against another formula, names by level."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.reading.json_values import Unreadable
from rewards.reading.positions import read_position
from rewards.running.call import as_verdict
from rewards.verifiers.geo import check_place_gold, geo, haversine_km
from rlcs.records import Status, Verdict

BEIJING = [39.9042, 116.4074]
PARIS = {"city": ["Paris", "巴黎"], "region": "Île-de-France", "country": ["France", "法国"]}
POSITION = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def judge(answer: str, gold: Any, **params: Any) -> Verdict:
    return as_verdict(geo(answer, gold, **params))


def on_sphere(position: tuple[float, float]) -> tuple[float, float, float]:
    lat, lon = map(math.radians, position)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


@given(POSITION, POSITION)
def test_the_distance_is_the_arc_over_the_chord(first: tuple[float, float], second: tuple[float, float]) -> None:
    chord = math.dist(on_sphere(first), on_sphere(second))
    arc = 2 * 6371.0088 * math.asin(min(1.0, chord / 2))
    assert haversine_km(first, second) == pytest.approx(arc, abs=0.5)


def test_known_distances() -> None:
    assert haversine_km((0, 0), (0, 180)) == pytest.approx(math.pi * 6371.0088)
    assert haversine_km((0, 0), (1, 0)) == pytest.approx(111.195, abs=0.01)
    assert haversine_km((10, 179.5), (10, -179.5)) == pytest.approx(109.5, abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "39.9, 116.4", "(39.9, 116.4)", "[39.9 116.4]", "39.9°N, 116.4°E", "116.4E 39.9N", "lat: 39.9, lon: 116.4",
        "Longitude 116.4, latitude 39.9", '{"lat": 39.9, "lon": 116.4}', "39°54'00\"N 116°24'00\"E",
        '{"latitude": 39.9, "longitude": 116.4}', '{"lat": 39.9, "lng": 116.4}', "(39.9, 116.4).",
    ],
)  # fmt: skip
def test_every_spelling_is_the_same_position(text: str) -> None:
    assert read_position(text) == pytest.approx((39.9, 116.4))


def test_south_and_west_are_negative_and_the_order_is_declared() -> None:
    assert read_position("33.9 S, 151.2 W") == (-33.9, -151.2)
    assert read_position("116.4, 39.9", "lon_lat") == (39.9, 116.4)
    with pytest.raises(Unreadable):
        read_position("116.4, 39.9")


@pytest.mark.parametrize(
    "text",
    ["(nan, nan)", "(inf, 0)", "(95, 10)", "(10, 190)", "(1,2),(3,4)", "39.9", "1e2, 3", "-5 S, 3", "39.9 or 40, 116"],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    assert judge(text, BEIJING).status is Status.INVALID_ANSWER


def test_the_score_of_a_distance_is_declared() -> None:
    away = "(40.9042, 116.4074)"  # 111.195 km north
    assert judge(away, BEIJING).score == pytest.approx(math.exp(-111.195 / 250), abs=1e-4)
    assert judge(away, BEIJING, scale_km=111.195).score == pytest.approx(math.exp(-1), abs=1e-4)
    assert [judge(away, BEIJING, score="threshold", scale_km=km).score for km in (111.0, 112.0)] == [0.0, 1.0]
    assert judge(away, BEIJING, score="tiers").score == 0.6
    assert judge("(39.9042, 116.4074)", BEIJING, score="tiers").score == 1.0
    assert judge("(-39.9, -63.6)", BEIJING, score="tiers").score == 0.0


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Paris", 1.0), ("paris, FRANCE", 1.0), ("Paris, Ile-de-France, France", 1.0), ("巴黎，法国", 1.0),
        ('{"city": "Paris", "country": "France"}', 1.0), ("Île-de-France", 0.5), ("France", 0.2), ("Lyon, France", 0.2),
        ("Eiffel Tower, Paris, France", 0.8),
        ("Paris, Texas", 0.0), ("Paris, London", 0.0), ("Paris or London", 0.0), ("London, Berlin, Paris", 0.0),
        ("Germany", 0.0), ("somewhere in Europe", 0.0), ("a place with many people", 0.0),
    ],
)  # fmt: skip
def test_names_earn_the_credit_of_their_level(answer: str, score: float) -> None:
    assert judge(answer, PARIS).score == score


def test_a_second_guess_before_the_place_itself_earns_nothing() -> None:
    assert judge("Louvre, Eiffel Tower", "Eiffel Tower").score == 0.0
    assert judge("eiffel tower", "The Eiffel Tower").score == 1.0
    gold = {"place_name": "Eiffel Tower", "address": "Champ de Mars, Paris, Île-de-France, France"}
    assert [judge(a, gold).score for a in ("Eiffel Tower, Paris", "Louvre, Paris", "Louvre, France")] == [1.0, 0.8, 0.2]


def test_a_gold_may_have_both_position_and_names() -> None:
    gold = {"lat": 48.8566, "lon": 2.3522, **PARIS}
    assert judge("48.8566, 2.3522", gold).score == 1.0
    assert judge("Paris", gold).score == 1.0


def test_lists_of_places_are_refused() -> None:
    assert judge("a, b, c, d, e, f, Paris", PARIS).status is Status.INVALID_ANSWER
    assert judge("Paris " * 200, PARIS).status is Status.OVER_LIMIT


@pytest.mark.parametrize(
    "gold", [BEIJING, "39.9, 116.4", "Paris, France", PARIS, ["Paris", "巴黎"], {"lat": 1, "lon": 2}]
)
def test_good_golds_pass(gold: Any) -> None:
    assert check_place_gold(gold) is None


@pytest.mark.parametrize(
    "gold",
    [[95, 10], [1], [float("nan"), 0], {}, {"lat": 1}, {"town": "Paris"}, "a, b, c, d, e", [True, 1], 7, "95, 10"],
)
def test_golds_of_no_use_are_reported(gold: Any) -> None:
    with pytest.raises(ValueError):
        check_place_gold(gold)
    assert check_place_gold(BEIJING, scale_km=0.0)
    assert check_place_gold(PARIS, city_credit=1.5)


@pytest.mark.parametrize("text", ['{"lat": 1}', '{"lat": 1, "lon": "two"}', '{"lat": 1, "latitude": 1, "lon": 2}', "{"])
def test_an_object_has_one_latitude_and_one_longitude(text: str) -> None:
    assert judge(text, BEIJING).status is Status.INVALID_ANSWER


SYDNEY = [-33.5, 151.25]
SPELLED = [
    "S33.5 E151.25", "33.5 degrees south, 151.25 degrees east", "南纬33.5°，东经151.25°", "东经151.25度，南纬33.5度",
    "33°30'S 151°15'E", "33° 30′ 0″ S, 151° 15′ 0″ E", "33:30:00 S, 151:15:00 E", "33 30 00 S 151 15 00 E",
    "33d30m00s S, 151d15m00s E", "33º30' S, 151º15' E", "$33.5^\\circ$ S, $151.25^{\\circ}$ E", "151.25°E, 33.5°S",
    "lat=-33.5, lng=151.25", "longitude 151.25, latitude -33.5", "-33.5; 151.25",
    '{"lat": "-33.5", "lon": "151.25"}', '{"lat": "33.5° S", "lon": "151.25° E"}', "33,5° S, 151,25° E",
    "The coordinates are (-33.5, 151.25).", "Sydney (-33.5, 151.25)", "approximately -33.5, 151.25",
    "纬度：-33.5，经度：151.25", "33 degrees 30 minutes south, 151 degrees 15 minutes east",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLED)
def test_a_position_is_read_in_any_spelling_and_another_is_not(text: str) -> None:
    assert judge(text, SYDNEY).score == pytest.approx(1.0)
    for other in ([33.5, 151.25], [-33.5, -151.25], [-33.5, 141.25]):
        assert judge(text, other, score="threshold", scale_km=50.0).score == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "33.5S, 151.25S",
        "33.5 or 34, 151.25",
        "-33.5 or 151.25",
        "33°75'S 151°15'E",
        "not -33.5, 151.25",
        "between -33.5 and 151.25",
    ],
)
def test_doubt_and_two_of_one_axis_are_no_position(text: str) -> None:
    assert judge(text, SYDNEY).status is Status.INVALID_ANSWER


@pytest.mark.parametrize(
    "answer",
    [
        "City: Lima, Country: Peru", "Lima (Peru)", "Lima in Peru", "Lima - Peru", "Peru, Lima",
        '{"City": "Lima", "Country": "Peru"}', "- City: Lima\n- Country: Peru", "Lima, 秘鲁", "It is Lima, Peru.",
        "城市：Lima，国家：秘鲁",
    ],
)  # fmt: skip
def test_names_are_read_in_any_layout(answer: str) -> None:
    assert judge(answer, {"city": "Lima", "country": "Peru"}).score == 1.0
    assert judge(answer, {"city": "Quito", "country": "Ecuador"}).score == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("Washington, D.C., United States", {"city": "Washington, D.C.", "country": "USA"}, 1.0),
        ("Seattle, U.S.A.", {"city": "Washington, D.C.", "country": "USA"}, 0.2),
        ("Leeds, Great Britain", {"city": "Leeds", "country": "UK"}, 1.0),
        ("Leeds, USA", {"city": "Leeds", "country": "UK"}, 0.0), ("法国巴黎", PARIS, 1.0), ("德国巴黎", PARIS, 0.0),
        ("Republic of Korea", "South Korea", 1.0), ("North Korea", "South Korea", 0.0),
        ("St Louis", {"city": "St. Louis"}, 1.0), ("Our Lady in Bruges", "Our Lady in Bruges", 1.0),
        ("Niger", "Nigeria", 0.0),
    ],
)  # fmt: skip
def test_places_and_countries_go_under_several_names(answer: str, gold: Any, score: float) -> None:
    assert judge(answer, gold).score == score
