"""Choices, counts, charts, documents, recognised text and tables: how rows of the conformance folder are judged."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from rewards import Scorer
from rewards.verifiers.documents.anls import anls, anls_star
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.records import Verdict

Row = dict[str, Any]

PROSE = FormatConfig(box="none")
BOXED = FormatConfig(box="boxed")
GLM = FormatConfig(think="required", answer_tag="required", box="glm")
REWARDS = {
    "choice": RewardConfig(verifier="choice", format=PROSE),
    "choice_boxed": RewardConfig(verifier="choice", format=BOXED),
    "choice_glm": RewardConfig(verifier="choice", format=GLM),
    "counting": RewardConfig(verifier="counting", format=PROSE),
    "chart": RewardConfig(verifier="chart", format=PROSE),
    "document": RewardConfig(verifier="document", format=PROSE),
    "ocr_text": RewardConfig(verifier="ocr_text", format=PROSE),
    "ocr_table": RewardConfig(verifier="ocr_table", format=PROSE, timeout_s=10.0),
    "text_match": RewardConfig(verifier="text_match", format=PROSE),
    "math": RewardConfig(verifier="math", format=PROSE, timeout_s=10.0),
    "math_boxed": RewardConfig(verifier="math", format=BOXED, timeout_s=10.0),
}
PLACES = {"begin": "prefix", "end": "suffix", "any": "includes", "exact": "normalized"}
"""inspect_ai's places to look for the target, by our rule."""


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """Return the one scorer of this module; its worker starts with the first answer that needs one."""
    made = Scorer(REWARDS, {name: name for name in REWARDS}, ScoringConfig())
    atexit.register(made.close)
    return made


def judge(row: Row, source: str, *, bare: bool = True, **params: Any) -> Verdict:
    """Return our verdict on a row; a prediction that is no text is no answer."""
    answer = row["prediction"] if isinstance(row["prediction"], str) else ""
    question = row.get("question") or ""
    return scorer().score_one(answer, row["gold"], source=source, question=question, params=params, bare=bare)


def agrees(verdict: Verdict, expected: Any, tolerance: float = 1e-6) -> bool | None:
    """Compare a score with a label; a gold that we refuse to judge by has none (it pays nothing either)."""
    return None if verdict.score is None else abs(verdict.score - float(expected)) <= tolerance


def is_decidable(row: Row) -> bool:
    """Tell whether a rule decides a GLM-V assertion by its own hint (rows of other origin are always decided)."""
    return row.get("rule_decidable_hint") in (None, "yes", "some")


def agrees_on_choice(row: Row) -> bool | None:
    """Compare with the label of the suite the row comes from, by the layout that suite reads."""
    params, task = row.get("params") or {}, row["task"]
    if task == "letter_equal":
        return agrees(judge(row, "choice"), row["expected"])
    if task == "glm_box_policy":
        return agrees(judge(row, "choice_glm", bare=False), row["expected"])
    if task == "nemo_gym_mcqa":
        strict = str(params.get("mode", "")).startswith("strict")
        source = "choice_boxed" if "boxed" in str(params.get("mode", "")) else "choice"
        verdict = judge(row, source, bare=False, ignore_case=not strict, **declared_options(params.get("options")))
        return agrees(verdict, row["expected"])
    given = declared_options(params.get("choices") or params.get("options"))
    return agrees(judge(row, "choice", bare=False, multiple=bool(params.get("multi")), **given), row["expected"])


def declared_options(options: Any) -> dict[str, Any]:
    """Return a row's options as parameters: letters "ABCD" or "A-D", or letter -> text."""
    if isinstance(options, list) and options and all(isinstance(one, dict) for one in options):
        return {"options": {label: text for one in options for label, text in one.items()}}
    if isinstance(options, dict | list):
        return {"options": options}
    if options and (span := re.fullmatch(r"([A-Z])-([A-Z])", options)):
        return {"labels": "".join(map(chr, range(ord(span[1]), ord(span[2]) + 1)))}
    return {"labels": options} if options else {}


def agrees_on_counting(row: Row) -> bool | None:
    """Compare with the label."""
    return agrees(judge(row, "counting"), row["expected"]) if is_decidable(row) else None


def agrees_on_chart(row: Row) -> bool | None:
    """Compare with the value recommended where the reference is known to be wrong, else with the label."""
    if not is_decidable(row):
        return None
    tolerance = 0.025 if row["task"] == "glmv_assert" else 0.05  # as each suite declares
    return agrees(judge(row, "chart", rel_tol=tolerance), row.get("recommended", row["expected"]))


def agrees_on_document(row: Row) -> bool | None:
    """Compare ANLS in both variants, and ANLS* of structured answers (whose rows are values, not text)."""
    if row["task"] != "anls_star_structured":
        return anls_variants_agree(row)
    answer, gold = row["prediction"], row["gold"]
    if isinstance(answer, str) and isinstance(gold, list) and all(isinstance(one, str) for one in gold):
        gold = tuple(gold)  # as the reference reads a list of texts against one text: alternatives
    found = anls_star(answer, gold, partial(anls, variant="inclusive"))
    return abs(found - row["expected"]["anls_star"]) <= row["tol"]


def anls_variants_agree(row: Row) -> bool | None:
    """Compare both variants of ANLS with what the row holds of them."""
    names = {"anls_strict_lt_0.5": "strict", "anls_ge_0.5": "inclusive", "anls_star": "inclusive"}
    found = [
        agrees(judge(row, "document", variant=variant, exact_numbers=False), row["expected"][name], row["tol"])
        for name, variant in names.items()
        if row["expected"].get(name) is not None
    ]
    return None if None in found else all(found)


def agrees_on_ocr(row: Row) -> bool | None:
    """Compare similarities, or the order of two answers; GLM-V takes all spaces out, the other references none."""
    params, expected = row.get("params") or {}, row["expected"]
    if row["task"] == "text_similarity":
        exact = judge(row, "ocr_text", spaces="exact", spelling="exact")
        parts = [agrees(exact, expected["norm_similarity"], row["tol"]), anls_variants_agree(row)]
        return None if None in parts else all(parts)
    given = {"spaces": "remove", "spelling": "exact", "ignore_case": bool(params.get("ignore_case"))}
    score = judge(row, "ocr_text", **given).score
    if score is None:
        return None
    if row["task"] == "glmv_ordering":
        other = {**row, "prediction": row["other_prediction"], "gold": row["other_gold"]}
        other_score = judge(other, "ocr_text", **given).score
        return None if other_score is None else compares(score, expected["score_relation"], other_score)
    return compares(score, expected["op"], expected["value"])


def compares(value: float, relation: str, other: float) -> bool:
    """Tell whether two scores stand in a relation written as in Python."""
    near = abs(value - other) <= 1e-9
    return {
        "==": near, "!=": not near, ">": value > other, "<": value < other, ">=": value >= other - 1e-9,
        "<=": value <= other + 1e-9,
    }[relation]  # fmt: skip


def agrees_on_table(row: Row) -> bool | None:
    """Compare TEDS and its structural part with the reference, by the reference's reading of tables."""
    tolerance = row["tol"]
    parts = [
        agrees(judge(row, "ocr_table", variant="pubtabnet", score=score), max(0.0, row["expected"][name]), tolerance)
        for score, name in (("teds", "teds"), ("structure", "teds_struct"))
    ]
    return None if None in parts else all(parts)


def agrees_on_text(row: Row) -> bool | None:
    """Compare with the label, by the rule that the row's suite tests; mathematics goes to `math`."""
    task, tolerance = row["task"], row.get("tol", 1e-6)
    if task == "token_f1_max_over_golds":
        return agrees(judge(row, "text_match", bare=False, match="f1"), row["expected"], tolerance)
    if task == "normalised_exact_match":
        return agrees(judge(row, "text_match", bare=False), row["expected"])
    if task == "signed_number_extraction":
        return agrees(judge(row, "text_match", bare=False, match="suffix", numeric=True), row["expected"])
    if task == "inspect_match":
        return agrees(judge(row, "text_match", **inspect_arguments(row)), row["expected"])
    if task == "response_vs_gold":
        boxed = bool((row.get("params") or {}).get("boxed_required"))
        return agrees(judge(row, "math_boxed" if boxed else "math", bare=False), row["expected"])
    return agrees(judge(row, "math"), row["expected"])


def inspect_arguments(row: Row) -> dict[str, Any]:
    """Return the arguments of inspect_ai's `match` (its text looks at the end by default) as our parameters."""
    text = (row.get("params") or {}).get("match_args") or ""
    place = re.search(r'location="(\w+)"', text)
    return {
        "match": PLACES[place[1] if place else "end"],
        "numeric": "numeric=True" in text,
        "ignore_case": "ignore_case=False" not in text,
    }


def agrees_on_vqa(row: Row) -> bool | None:
    """Compare with the label, judged as the paper does before it asks a model: exact match, then algebra."""
    return agrees(judge(row, "math"), row["expected"]) if is_decidable(row) else None


FILES: dict[str, Callable[[Row], bool | None]] = {
    "multiple_choice": agrees_on_choice,
    "counting": agrees_on_counting,
    "chart_qa": agrees_on_chart,
    "doc_vqa": agrees_on_document,
    "ocr": agrees_on_ocr,
    "table_teds": agrees_on_table,
    "text_match": agrees_on_text,
    "vqa_general": agrees_on_vqa,
}
HACKS: dict[str, RewardConfig] = {
    "multiple_choice": RewardConfig(verifier="choice", format=GLM),
    "counting": RewardConfig(verifier="counting", format=GLM),
    "chart_qa": RewardConfig(verifier="chart", format=GLM),
    "ocr": RewardConfig(verifier="ocr_text", format=GLM),
    "ocr_table": RewardConfig(verifier="ocr_table", format=GLM),
    "vqa": RewardConfig(verifier="math", format=GLM),
}
