"""Mathematics, physics, chemistry, format and style: how rows of the conformance folder are judged by our verifiers.

`FILES` says of a row whether we agree with its label, or None where a rule cannot decide it; `HACKS` says how a run
would judge the attacks of a domain.
"""

from __future__ import annotations

import ast
import atexit
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rewards import Scorer
from rewards.extraction import format_reward
from rewards.style import overlong_penalty, repeated_share, words_of
from rewards.verifiers.science.formulas import read_species
from rewards.verifiers.science.quantities import read_quantity
from rewards.verifiers.science.reactions import read_reaction
from rewards.verifiers.science.substances import formula_of
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.records import Verdict

Row = dict[str, Any]

UNGATED = ("quirk_", "disputed", "policy", "boundary", "leading/trailing whitespace rejection is a known brittleness")
PROSE = FormatConfig(box="none")
GLM = FormatConfig(think="required", answer_tag="required", box="glm")
LAYOUTS = {
    "think_format": FormatConfig(think="required", answer_tag="optional", box="none"),
    "think_answer_format_r1_newlines": FormatConfig(think="required", answer_tag="required", box="none"),
    "glm_check_answer_format": GLM,
}
GREEK = frozenset({"alpha", "theta", "lambda", "epsilon", "varepsilon"})
REWARDS = {name: RewardConfig(verifier=name, format=PROSE, timeout_s=10.0) for name in ("math", "physics", "chemistry")}
UPSTREAM_TOLERANCE = 1e-3
"""The GLM-V assertions are about exact values and conversions of units (their own tolerance is 1e-5, by a judge)."""


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """Return the one scorer of this module; its worker starts with the first answer that needs one."""
    made = Scorer(REWARDS, {name: name for name in REWARDS}, ScoringConfig())
    atexit.register(made.close)
    return made


def judge(answer: str, gold: Any, source: str, *, bare: bool = True, question: str = "", **params: Any) -> Verdict:
    """Return the verdict of the verifier named `source`."""
    return scorer().score_one(answer, gold, source=source, question=question, params=params, bare=bare)


def is_gated(row: Row) -> bool:
    """Tell whether a row counts: no quirk, dispute, policy or boundary."""
    return not any(tag.startswith(UNGATED) for tag in row.get("tags") or [])


def is_decidable(row: Row) -> bool:
    """Tell whether a rule decides a GLM-V assertion by its own hint (rows of other origin are always decided)."""
    return row.get("rule_decidable_hint") in (None, "yes", "some")


def agrees_on_math(row: Row) -> bool | None:
    """Compare with a label that at least two reference implementations agree with."""
    references = row.get("refs")
    if not is_gated(row) or (references is not None and sum(v == row["expected"] for v in references.values()) < 2):
        return None
    bare = row["task"] == "bare_vs_gold"
    return judge(row["prediction"], row["gold"], "math", bare=bare, question=row.get("question") or "").score == float(
        row["expected"]
    )


def agrees_on_latex(row: Row) -> bool | None:
    """Compare the LaTeX with the upstream SymPy object printed as LaTeX; a broken formula must equal nothing."""
    if not is_gated(row):
        return None
    if row["task"] == "latex_must_reject":
        return all(judge(row["prediction"], gold, "math").score == 0.0 for gold in ("0", "1", "x", "x + 1"))
    gold = printed(row["gold_srepr"])
    if gold is None:
        return None
    return judge(row["prediction"], gold, "math").score == float(row["expected"])


def printed(srepr: str) -> str | None:
    """Return the LaTeX of an object given as SymPy's `srepr`, which is read, never evaluated as code.

    None where the object cannot be written as a gold: a truth value, or a symbol named by no LaTeX (`_x`).
    """
    import sympy

    expression = _built(ast.parse(srepr, mode="eval").body)
    if isinstance(expression, bool) or expression in (sympy.true, sympy.false):
        return None
    if any(symbol.name.startswith(("_", "\\")) for symbol in expression.atoms(sympy.Symbol)):
        return None
    symbols = {symbol: _symbol_name(symbol.name) for symbol in expression.atoms(sympy.Symbol)}
    return str(sympy.latex(expression, symbol_names=symbols, inv_trig_style="full", ln_notation=True))


def _symbol_name(name: str) -> str:
    """Write a symbol of the upstream parser as LaTeX: `bar{x}_n` is an overlined x, `lambda_{good}` a Greek letter."""
    stem, mark, index = name.partition("_")
    stem = f"\\{stem}" if stem in GREEK else stem.replace("bar{", "\\overline{")
    return stem + mark + index


def _built(node: ast.expr) -> Any:
    import sympy

    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_built(operand)
        case ast.List(elts=items):
            return [_built(item) for item in items]
        case ast.Name(id=name):
            return getattr(sympy, name) if name != "true" else sympy.true
        case ast.Attribute(value=ast.Name(id="S"), attr=name):
            return getattr(sympy.S, name)
        case ast.Call(func=ast.Name(id=name), args=items, keywords=keywords):
            named = {keyword.arg: _built(keyword.value) for keyword in keywords}
            return getattr(sympy, name)(*map(_built, items), **named)
    raise ValueError(f"not an srepr: {ast.dump(node)[:80]}")


def agrees_on_format(row: Row) -> bool | None:
    """Compare the format reward in the layout that the task names."""
    if not is_gated(row):
        return None
    return format_reward(row["prediction"], LAYOUTS[row["task"]]) == row["expected"]


def agrees_on_physics(row: Row) -> bool | None:
    """Quantities at both tolerances of the file; GLM-V's assertions where a rule decides."""
    if row["task"] == "quantity_equal":
        expected = row["expected"]
        tolerances = {1e-3: expected["correct@1e-3"], 1e-2: expected["correct@1e-2"]}
        return all(
            judge(row["prediction"], row["gold"], "physics", rel_tol=tolerance).score == label
            for tolerance, label in tolerances.items()
        )
    return agrees_on_assertion(row, "physics", row["prediction"], row["gold"])


def agrees_on_chemistry(row: Row) -> bool | None:
    """Each task by its declared kind; GLM-V's assertions by the kind of their gold, where a rule decides."""
    prediction, gold, expected = row["prediction"], row["gold"], row["expected"]
    if row["task"] == "smiles_equal":
        found = [judge(prediction, gold, "chemistry", kind="smiles", stereo=stereo).score for stereo in (True, False)]
        return found == [expected["isomeric"], expected["ignore_stereo"]]
    if row["task"] == "formula_composition":
        return judge(prediction, gold, "chemistry", isomers=True).score == expected
    if row["task"] == "equation_balance":
        return judge(prediction, gold, "chemistry", kind="equation").score == expected
    return agrees_on_assertion(row, "chemistry", prediction, gold)


def agrees_on_assertion(row: Row, source: str, prediction: str, gold: str) -> bool | None:
    """Judge an assertion of GLM-V; one without a rule by its hint only where both sides can be read by our rules."""
    if not is_gated(row) or not (is_decidable(row) or (is_read(prediction) and is_read(gold))):
        return None
    verdict = judge(
        prediction, gold, source, question=row["question"] or "", rel_tol=UPSTREAM_TOLERANCE, unit="question"
    )
    return verdict.score == row["expected"]


def is_read(text: str) -> bool:
    """Tell whether a text is a quantity, a chemical formula or name, or an equation."""
    return any(read(text) is not None for read in (read_quantity, read_species, read_reaction, formula_of))


def agrees_on_length_and_repetition(row: Row) -> bool | None:
    """Compare the style measures with the penalties upstream; reward model losses are judged elsewhere."""
    params, prediction, task = row.get("params") or {}, row["prediction"], row["task"]
    if task == "soft_overlong":
        found = overlong_penalty(prediction, params["max_completion_len"], params["soft_punish_cache"])
    elif task in ("ngram_repetition_penalty", "word_ngram_repetition_penalty"):
        tokens = prediction if isinstance(prediction, list) else words_of(prediction)
        found = params["max_penalty"] * repeated_share(tokens, params["ngram_size"])
    else:
        return None
    return bool(abs(found - row["expected"]) <= row["tol"])


FILES: dict[str, Callable[[Row], bool | None]] = {
    "math_equiv": agrees_on_math,
    "math_multilingual": agrees_on_math,
    "math_latex_parse": agrees_on_latex,
    "physics": agrees_on_physics,
    "chemistry": agrees_on_chemistry,
    "format": agrees_on_format,
    "length_repetition_rm": agrees_on_length_and_repetition,
}
HACKS: dict[str, RewardConfig] = {
    "math": RewardConfig(verifier="math", format=GLM),
    "format": RewardConfig(verifier="math", format=GLM),
    "physics": RewardConfig(verifier="physics", format=GLM),
    "chemistry": RewardConfig(verifier="chemistry", format=GLM),
}
