"""Instructions and code: how rows of the conformance folder are judged by our verifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rewards.registry import REWARDS
from rewards.verifiers.instructions.instruction import instruction
from rlcs.config.schema import FormatConfig, RewardConfig

Row = dict[str, Any]

CHECKERS = {
    "KeywordChecker": "existence", "KeywordFrequencyChecker": "frequency", "ForbiddenWords": "forbidden_words",
    "LetterFrequencyChecker": "letter_frequency", "KeySentenceChecker": "key_sentences",
    "NumberOfSentences": "number_sentences", "ParagraphChecker": "number_paragraphs", "NumberOfWords": "number_words",
    "ParagraphFirstWordCheck": "nth_paragraph_first_word", "PlaceholderChecker": "number_placeholders",
    "PostscriptChecker": "postscript", "RephraseParagraph": "rephrase_paragraph", "RephraseChecker": "rephrase",
    "BulletListChecker": "number_bullet_lists", "ConstrainedResponseChecker": "constrained_response",
    "HighlightSectionChecker": "number_highlighted_sections", "SectionChecker": "multiple_sections",
    "JsonFormat": "json_format", "TitleChecker": "title", "TwoResponsesChecker": "two_responses",
    "RepeatPromptThenAnswer": "repeat_prompt", "EndChecker": "end_checker", "QuotationChecker": "quotation",
    "ConstrainedStartChecker": "constrained_start", "CapitalWordFrequencyChecker": "capital_word_frequency",
    "CapitalLettersEnglishChecker": "english_capital", "LowercaseLettersEnglishChecker": "english_lowercase",
    "CommaChecker": "no_comma", "ResponseLanguageChecker": "response_language",
}  # fmt: skip
"""Our name for each class of the reference: its tests make up ids that its own table does not have."""


def agrees_on_instruction(row: Row) -> bool | None:
    """Compare with the reference, strict reading."""
    gold = row["gold"]
    name = CHECKERS.get(gold.get("checker"), gold["instruction_id"])
    record = {"id": name, "kwargs": gold.get("kwargs")}
    fault = REWARDS.get("instruction").check_gold(record, {})
    if fault:
        raise ValueError(fault)
    found = instruction(row["prediction"], record)
    return float(getattr(found, "score", found)) == float(row["expected"])


def code_tests(row: Row) -> Any:
    """Return tests for a program: the rows only say that there are some."""
    return {"inputs": ["1\n", "41\n"], "outputs": ["2\n", "42\n"]}


FILES: dict[str, Callable[[Row], bool | None]] = {"ifeval": agrees_on_instruction}
# llm_judge and reward_model are no rules: another model answers there.
HACKS: dict[str, RewardConfig] = {
    "code": RewardConfig(
        verifier="code", format=FormatConfig(think="required", answer_tag="required", box="none"), timeout_s=8.0
    )
}
HACK_GOLDS: dict[str, Callable[[Row], Any]] = {"code": code_tests}
