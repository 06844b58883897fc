"""The checks of IFEval (Zhou et al. 2023, arXiv 2311.07911), in our own code: does a text follow an instruction?

One function for each kind of instruction: `check(text, **kwargs)`, the keywords those of the data set. Keywords and
phrases are taken as they are written, never as patterns.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from rewards.reading.normalize import normalize
from rewards.verifiers.instructions.text import begins_with_word, has_word, paragraphs, sentences, tokens, words

Relation = Literal["less than", "at least", "at most", "exactly"]
RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "less than": lambda found, wanted: found < wanted,
    "at least": lambda found, wanted: found >= wanted,
    "at most": lambda found, wanted: found <= wanted,
    "exactly": lambda found, wanted: found == wanted,
}
OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*[^\[\]\s][^\[\]\n]*\]")
_HIGHLIGHT = re.compile(r"(?<![A-Za-z0-9*])(\*{1,3})(?![\s*])[^\n*]*(?<![\s*])\1(?![A-Za-z0-9*])")
"""As Markdown has it: no space inside the asterisks, so that `2 * 3 * 4` is none."""
_BULLET = re.compile(r"[ \t]*(?:[*-][ \t]+\S|-[^\W\d_]|\*[^\W\d_][^*]*\Z)")
"""Also `-word` and `*word`, as in the reference; not -5, nor ---, nor a line that begins with *emphasis*."""
_COMMAS = frozenset(",，、،﹐､")
_TICKS = ("```json", "```Json", "```JSON", "```")


# Keywords


def existence(text: str, *, keywords: Sequence[str]) -> bool:
    """Every keyword occurs, in any case, also inside a longer word."""
    return all(_occurrences(text, keyword) for keyword in keywords)


def frequency(text: str, *, keyword: str, frequency: int, relation: Relation = "at least") -> bool:
    """A keyword occurs so often."""
    return RELATIONS[relation](_occurrences(text, keyword.strip()), frequency)


def forbidden_words(text: str, *, forbidden_words: Sequence[str]) -> bool:
    """None of the words occurs as a whole word; in Chinese, Japanese, Korean and Thai text anywhere."""
    text = _one_spelling(text)
    return not any(has_word(text, _one_spelling(word)) for word in forbidden_words)


def letter_frequency(text: str, *, letter: str, let_frequency: int, let_relation: Relation = "at least") -> bool:
    """A letter or sign occurs so often, in any case."""
    return RELATIONS[let_relation](text.lower().count(letter.strip().lower()), let_frequency)


def key_sentences(text: str, *, key_sentences: Sequence[str], num_sentences: int) -> bool:
    """Exactly so many of the sentences occur, each as a whole sentence."""
    found = set(sentences(text))
    return sum(one.strip() in found for one in key_sentences) == num_sentences


# Length


def number_sentences(text: str, *, num_sentences: int, relation: Relation = "at least") -> bool:
    """The text has so many sentences."""
    return RELATIONS[relation](len(sentences(text)), num_sentences)


def number_paragraphs(text: str, *, num_paragraphs: int) -> bool:
    """The text has exactly so many paragraphs, parted by ***; only before the first and after the last may be none."""
    parts = [part.strip() for part in text.split("***")]
    inner = parts[not parts[0] : len(parts) - (not parts[-1]) if len(parts) > 1 else None]
    return all(inner) and len(inner) == num_paragraphs


def number_words(text: str, *, num_words: int, relation: Relation = "at least") -> bool:
    """The text has so many words."""
    return RELATIONS[relation](len(words(text)), num_words)


def nth_paragraph_first_word(text: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """The text has exactly so many paragraphs, parted by empty lines, and the nth (from 1) begins with the word."""
    found = paragraphs(text)
    if len(found) != num_paragraphs or not 1 <= nth_paragraph <= num_paragraphs:
        return False
    return begins_with_word(found[nth_paragraph - 1], first_word.strip())


# Content


def number_placeholders(text: str, *, num_placeholders: int) -> bool:
    """At least so many placeholders in square brackets, none empty: [address]."""
    return len(_PLACEHOLDER.findall(text)) >= num_placeholders


def postscript(text: str, *, postscript_marker: str) -> bool:
    """A postscript begins with the marker, P.S. or P.P.S, with or without spaces between."""
    letters = [letter for letter in postscript_marker.strip().lower() if letter.isalpha()]
    if letters in (["p", "s"], ["p", "p", "s"]):
        return re.search(r"(?<![\w.])" + r"\.\s?".join(letters) + r"(?!\w)", text.lower()) is not None
    return postscript_marker.strip().lower() in text.lower()


def rephrase(text: str, *, original_message: str) -> bool:
    """Only what stands between asterisks, *like this*, differs from the original."""
    found, original = _without_changes(text), _without_changes(original_message)
    return found is not None and found == original


def rephrase_paragraph(text: str, *, original_paragraph: str, low: int, high: int) -> bool:
    """The text shares from `low` to `high` words with the original paragraph, each as often as in both."""
    shared = Counter(words(text.lower())) & Counter(words(original_paragraph.lower()))
    return low <= shared.total() <= high


# Format


def number_bullet_lists(text: str, *, num_bullets: int) -> bool:
    """Exactly so many lines begin with a bullet, * or -."""
    return sum(_BULLET.match(line) is not None for line in text.split("\n")) == num_bullets


def constrained_response(text: str) -> bool:
    """Exactly one of the three permitted answers occurs: My answer is yes. / no. / maybe."""
    return sum(option in text for option in OPTIONS) == 1


def constrained_start(text: str, *, starter: str) -> bool:
    """The text begins with a phrase."""
    return text.lstrip().startswith(starter.strip())


def number_highlighted_sections(text: str, *, num_highlights: int) -> bool:
    """At least so many parts are highlighted, *so* or **so**."""
    return sum(1 for _ in _HIGHLIGHT.finditer(text)) >= num_highlights


def multiple_sections(text: str, *, section_spliter: str, num_sections: int) -> bool:
    """At least so many lines begin with the splitter and a number of their own: SECTION 1."""
    mark = rf"^[ \t#>*_-]*{re.escape(section_spliter.strip())}\s?(\d+)"
    return len(set(re.findall(mark, text, re.MULTILINE))) >= num_sections


def json_format(text: str) -> bool:
    """The whole text is a JSON object or list, with or without ``` around it."""
    text = text.strip()
    ticks = next((mark for mark in _TICKS if text.startswith(mark)), "")
    try:
        found = json.loads(text[len(ticks) :].removesuffix("```"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict | list)


def title(text: str) -> bool:
    """Some line has a title in double angular brackets: <<poem of joy>>."""
    return any(_has_title(line) for line in text.split("\n"))


# Combination, start and end


def two_responses(text: str) -> bool:
    """Two different responses, parted by ******; before the first and after the last there may be more asterisks."""
    parts = [part.strip() for part in text.split("******")]
    inner = parts[not parts[0] : len(parts) - (not parts[-1])]
    return len(inner) == 2 and all(inner) and inner[0] != inner[1]


def repeat_prompt(text: str, *, prompt_to_repeat: str) -> bool:
    """The text begins with the request, word for word in any case, and goes on after it."""
    text, prompt = text.strip().lower(), prompt_to_repeat.strip().lower()
    return text.startswith(prompt) and bool(text[len(prompt) :].strip())


def end_checker(text: str, *, end_phrase: str) -> bool:
    """The text ends with a phrase, in any case; a quotation mark may follow."""
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quotation(text: str) -> bool:
    """The whole text stands in double quotation marks."""
    text = text.strip()
    if len(text) < 3 or not text[0] == text[-1] == '"':
        return False
    depth = 1
    for position in range(1, len(text) - 1):  # "a" and "b" are two quotations
        if text[position] == '"':
            depth += 1 if not text[position - 1].isalnum() and text[position + 1].isalnum() else -1
        if depth == 0:
            return False
    return True


# Case, punctuation, language


def english_capital(text: str) -> bool:
    """English, and all letters capital."""
    return text.isupper() and response_language(text, language="en")


def english_lowercase(text: str) -> bool:
    """English, and no letter capital."""
    return text.islower() and response_language(text, language="en")


def capital_word_frequency(text: str, *, capital_frequency: int, capital_relation: Relation = "at least") -> bool:
    """So many words have capital letters only; a word with hyphens is one."""
    return RELATIONS[capital_relation](sum(map(str.isupper, tokens(text))), capital_frequency)


def no_comma(text: str) -> bool:
    """No comma occurs, of any script."""
    return "," not in text and (text.isascii() or _COMMAS.isdisjoint(text))


def response_language(text: str, *, language: str) -> bool:
    """The text is in a language, given as ISO 639-1."""
    from rewards.verifiers.instructions.text import is_language  # loads a model: worker only

    return is_language(text, language)


def _occurrences(text: str, keyword: str) -> int:
    return len(re.findall(re.escape(_one_spelling(keyword)), _one_spelling(text), re.IGNORECASE))


def _one_spelling(text: str) -> str:
    return text if text.isascii() else normalize(text)


def _without_changes(text: str) -> str | None:
    """Return the text without what each line has between its first and its last asterisk; None: no such part."""
    kept, has_changes = [], False
    for line in text.split("\n"):
        first, last = line.find("*"), line.rfind("*")
        has_changes = has_changes or first < last
        kept.append(line if first == last else line[:first] + line[last + 1 :])
    return "\n".join(kept) if has_changes else None


def _has_title(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    if not 0 <= start < end or not line[start:end].strip("<> \t"):
        return False
    before = line[:start].rstrip()  # `1 << 2 and 8 >> 1` is arithmetic: a word before, a space behind
    return not (before[-1:].isalnum() and line[start + 2].isspace())


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
