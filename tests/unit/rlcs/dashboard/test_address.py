"""Addresses: what they keep, what they refuse."""

from __future__ import annotations

from rlcs.dashboard.address import Address, read_address


def test_an_address_comes_back_as_it_was_written() -> None:
    address = Address("/tasks", {"domain": "stem.math", "text": "a&b=c #1"})
    assert read_address(address.page, address.search) == address


def test_values_that_go_without_saying_stay_out() -> None:
    assert Address("/").but(axis="step", smoothing=1, domain="").href == "/"
    assert Address("/").but(axis="tokens").href == "/?axis=tokens"


def test_another_page_gets_what_pages_share() -> None:
    tasks = Address("/tasks", {"domain": "chart", "offset": "50", "run": "b"})
    assert tasks.but("/rollouts", status="timeout") == Address(
        "/rollouts", {"domain": "chart", "run": "b", "status": "timeout"}
    )
    assert tasks.but(domain=None) == Address("/tasks", {"offset": "50", "run": "b"})


def test_a_part_of_a_run_goes_along_and_gives_way_to_another() -> None:
    part = {"domain": "chart", "source": "bars", "subcategory": "stacked"}
    tasks = Address("/tasks", {**part, "tier": "hard"})
    assert tasks.but("/rollouts").values == tasks.part == part
    assert tasks.view.subcategory == "stacked"
    assert tasks.about("/rollouts", source="pies").values == {"source": "pies"}


def test_what_is_malformed_is_left_out() -> None:
    assert read_address("/../etc", "?domain=x").page == "/"
    address = read_address("/rollouts/", "?step=-1&group=1e9&before=5-&%00=1&ONE=2&forced=maybe&x")
    assert address.page == "/rollouts"
    assert address.number("step") is None and address.number("group") is None
    assert address.numbers("before") is None and address.flag("forced") is None
    assert "ONE" not in address.values
    assert read_address(None, None) == Address("/")
    assert len(read_address("/", "?text=" + "x" * 100_000)["text"]) < 10_000


def test_numbers_are_read() -> None:
    address = read_address("/rollouts", "?step=12&before=7-3&forced=yes")
    assert (address.number("step"), address.numbers("before"), address.flag("forced")) == (12, (7, 3), True)
    assert read_address("/rollouts", "?step=٣").number("step") is None


def test_a_view_has_only_what_figures_know() -> None:
    view = read_address("/", "?axis=nonsense&smoothing=99999999&target=0.65&domain=chart").view
    assert (view.axis, view.smoothing, view.target, view.domain) == ("step", 1000, 0.65, "chart")
    assert read_address("/", "?target=nan").view.target is None
