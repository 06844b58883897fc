"""Golds of logic puzzles: who is what, in which order, which ones, which numbers in a grid."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Change, Domain, Spelling, Wording, exactly
from rlcs.bench.verifiers.fuzzing.phrases import families, phrases

PEOPLE = ("Ann", "Bob", "Carol", "Dave", "Eve")
THINGS = ("red", "blue", "green", "black", "white", "tea", "milk", "cat", "dog", "fish")
Pairs = tuple[tuple[str, str], ...]
Names = tuple[str, ...]
Grid = tuple[tuple[int, ...], ...]
AROUND: dict[str, Wording] = {
    "boxed": dress.around(r"\boxed{…}"), "code fence": dress.around("```\n…\n```", "```json\n…\n```"), **dress.SPACE,
}  # fmt: skip


def draw_pairs(source: Random) -> Pairs:
    """Three or four people with a thing each."""
    count = source.choice((3, 4))
    return tuple(zip(source.sample(PEOPLE, count), source.sample(THINGS, count), strict=True))


def draw_names(source: Random) -> Names:
    """Three to five people."""
    return tuple(source.sample(PEOPLE, source.choice((3, 4, 5))))


def draw_grid(source: Random) -> Grid:
    """Three or four rows of as many digits."""
    size = source.choice((3, 4))
    return tuple(tuple(source.randrange(1, 10) for _ in range(size)) for _ in range(size))


def paired(form: str, separator: str, *, is_mixed: bool = False) -> Spelling[Pairs]:
    """Return a spelling of pairs; `{0}` is who and `{1}` what."""

    def write(pairs: Pairs, source: Random) -> str:
        chosen = source.sample(pairs, len(pairs)) if is_mixed else pairs
        return separator.join(form.format(*pair) for pair in chosen)

    return write


def values_swapped(pairs: Pairs, source: Random) -> Pairs:
    """Two people with each other's thing."""
    (one, first), (other, second), *rest = pairs
    return ((one, second), (other, first), *rest)


def value_changed(pairs: Pairs, source: Random) -> Pairs:
    """Another thing for the last."""
    return (*pairs[:-1], (pairs[-1][0], "telescope"))


def pair_dropped(pairs: Pairs, source: Random) -> Pairs:
    """Without the first."""
    return pairs[1:]


def pair_added(pairs: Pairs, source: Random) -> Pairs:
    """Somebody more."""
    return (*pairs, ("Zoe", "telescope"))


def listed(separator: str, around: str = "…", *, is_mixed: bool = False) -> Spelling[Names]:
    """Return a spelling of names."""

    def write(names: Names, source: Random) -> str:
        chosen = source.sample(names, len(names)) if is_mixed else names
        return around.replace("…", separator.join(chosen))

    return write


def rows(separator: str, between: str = "\n", around: str = "…") -> Spelling[Grid]:
    """Return a spelling of a grid."""
    return lambda grid, _: around.replace("…", between.join(separator.join(map(str, row)) for row in grid))


def cell_changed(grid: Grid, source: Random) -> Grid:
    """One number, another."""
    return ((grid[0][0] % 9 + 1, *grid[0][1:]), *grid[1:])


ASSIGNMENTS: dict[str, Spelling[Pairs]] = {
    "JSON": lambda pairs, _: json.dumps(dict(pairs)), "colons": paired("{0}: {1}", ", "),
    "any order": paired("{0}: {1}", ", ", is_mixed=True),
    "lines": paired("{0}: {1}", "\n"), "bullets": paired("- {0}: {1}", "\n"), "equals": paired("{0} = {1}", ", "),
    "semicolons": paired("{0}: {1}", "; "), "is": paired("{0} is {1}", ", "), "arrows": paired("{0} → {1}", ", "),
    "ascii arrows": paired("{0} -> {1}", ", "), "bold": paired("**{0}**: {1}", "\n"),
    "sentences": paired("{0} has {1}.", " "),
    "numbered": lambda pairs, _: "\n".join(f"{at}. {one}: {other}" for at, (one, other) in enumerate(pairs, 1)),
    "table": lambda pairs, _: "\n".join(["| who | what |", "|---|---|", *(f"| {one} | {other} |" for one,
    other in pairs)]),
    "JSON in single quotes": lambda pairs, _: str(dict(pairs)),
    "upper": lambda pairs, _: ", ".join(f"{one}: {other}".upper() for one, other in pairs),
    "and": paired("{0}: {1}", " and "), "dashes": paired("{0} - {1}", "\n"), "full width": paired("{0}：{1}", "，"),
}  # fmt: skip
ORDERINGS: dict[str, Spelling[Names]] = {
    "JSON": lambda names, _: json.dumps(list(names)), "commas": listed(", "), "less": listed(" < "),
    "arrows": listed(" → "),
    "ascii arrows": listed(" -> "), "lines": listed("\n"), "tight": listed(","), "then": listed(", then "),
    "brackets": listed(", ", "[…]"),
    "numbered": lambda names, _: "\n".join(f"{at}. {one}" for at, one in enumerate(names, 1)),
    "numbered in a line": lambda names, _: " ".join(f"{at}. {one}" for at, one in enumerate(names, 1)),
    "enumeration comma": listed("、"), "round": listed(", ", "(…)"),
}  # fmt: skip
SETS: dict[str, Spelling[Names]] = {
    "JSON": lambda names, _: json.dumps(list(names)), "commas": listed(", "), "any order": listed(", ", is_mixed=True),
    "and": lambda names, _: ", ".join(names[:-1]) + " and " + names[-1], "braces": listed(", ", r"{…}"),
    "tex": listed(", ", r"\{…\}"),
    "lines": listed("\n"), "bullets": listed("\n- ", "- …"), "enumeration comma": listed("、"),
    "serial and": lambda names, _: ", ".join(names[:-1]) + ", and " + names[-1],
}  # fmt: skip
GRIDS: dict[str, Spelling[Grid]] = {
    "JSON": lambda grid, _: json.dumps(grid), "spaces": rows(" "), "commas": rows(", "), "bars": rows(" | ",
    around="…"), "tight": rows(""),
    "tight JSON": lambda grid, _: json.dumps(grid, separators=(",", ":")), "bars around": rows(" | ", " |\n| ",
    "| … |"),
}  # fmt: skip
NAME_CHANGES: dict[str, Change[Names]] = {
    "first two swapped": lambda names, _: (names[1], names[0], *names[2:]), "turned": lambda names, _: names[::-1],
    "dropped": lambda names, _: names[1:], "added": lambda names, _: (*names, "Zoe"), "another": lambda names,
    _: (*names[:-1], "Zoe"),
}  # fmt: skip
WORDS = families(
    r"""
knight == Knight. == KNIGHT == \text{knight} == **knight** == "knight"
    != knave != not knight != knight or knave != knights

yes == Yes == YES.
    != no != yes or no != not yes
"""
)
SAME = exactly(lambda meant, gold: meant == gold)

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="logic: assignments", verifier="logic", draw=draw_pairs, gold=dict, spellings=ASSIGNMENTS, pays=SAME,
        wordings=AROUND,
        changes={"swapped": values_swapped, "changed": value_changed, "dropped": pair_dropped, "added": pair_added},
        params=lambda _: {"kind": "assignment"},
    ),
    Domain(
        name="logic: orderings", verifier="logic", draw=draw_names, gold=list, spellings=ORDERINGS,
        changes=NAME_CHANGES, pays=SAME,
        wordings=AROUND, params=lambda _: {"kind": "ordering"},
    ),
    Domain(
        name="logic: sets", verifier="logic", draw=draw_names, gold=list, spellings=SETS, wordings=AROUND,
        changes={name: NAME_CHANGES[name] for name in ("dropped", "added", "another")},
        params=lambda _: {"kind": "set"},
        pays=exactly(lambda meant, gold: set(meant) == set(gold)),
    ),
    Domain(
        name="logic: grids", verifier="logic", draw=draw_grid, gold=lambda grid: [list(row) for row in grid],
        spellings=GRIDS,
        changes={"cell": cell_changed, "turned": lambda grid, _: grid[::-1], "row less": lambda grid, _: grid[:-1]},
        pays=SAME,
        wordings=AROUND, params=lambda _: {"kind": "grid"},
    ),
    phrases("words", "logic", WORDS, wordings=dress.SPACE),
]  # fmt: skip
