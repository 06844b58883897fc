"""Golds that are instructions, tests of a program, or a web page."""

from __future__ import annotations

from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing.cases import RIGHT, Bounds, Domain, Spelling
from rlcs.bench.verifiers.fuzzing.phrases import Family, phrases
from rlcs.bench.verifiers.items import WORDS


def _check(name: str, **keywords: Any) -> list[dict[str, Any]]:
    return [{"id": name, "kwargs": keywords}]


INSTRUCTIONS = [
    Family(_check("punctuation:no_comma"), ["tea or milk please", "One. Two; three!"], ["tea, please", "a,b",
        "tea，please", "茶、奶，都要"]),
    Family(_check("keywords:existence", keywords=["tea", "milk"]), ["Tea and milk.", "milk in TEA"], ["only tea",
        "nothing"]),
    Family(_check("keywords:forbidden_words", forbidden_words=["tea", "茶"]), ["Coffee only.", "a steam bath"],
        ["I like tea.", "TEA!", "我喜欢茶。", "tea"]),
    Family(_check("length_constraints:number_words", num_words=5, relation="at least"), ["one two three four five",
        "a b c d e f"], ["one two three four", "word"]),
    Family(_check("length_constraints:number_sentences", num_sentences=2, relation="at least"), ["It rains. We stay.",
        "Go! Now! Run!"], ["It rains", "Dr. Smith sleeps."]),
    Family(_check("startend:end_checker", end_phrase="That is all."), ["So it is. That is all.", "That is all."],
        ["That is all. And more.", "That was all."]),
    Family(_check("startend:quotation"), ['"all of it"', '"one. two."'], ['"all" of it', "all of it", '"']),
    Family(_check("detectable_format:title"), ["<<Poem>>\nIt rains.", "<<A Title>> and text"], ["<Poem>\nIt rains.",
        "<<>>\nIt rains.", "Title: Poem"]),
    Family(_check("detectable_format:number_bullet_lists", num_bullets=2), ["* one\n* two", "- one\n- two"], ["* one",
        "* one\n* two\n* three", "one two"]),
    Family(_check("detectable_format:json_format"), ['{"a": 1}', '```json\n{"a": [1, 2]}\n```', "[1, 2]"], ["{a: 1}",
        "text", '{"a": 1} and more', "NaN"]),
    Family(_check("change_case:english_lowercase"), ["this is all in small letters", "we like the rain today"],
        ["This is not all small", "ALL OF IT"]),
    Family(_check("change_case:english_capital"), ["ALL OF IT IS IN CAPITALS", "WE LIKE THE RAIN TODAY"],
        ["Not ALL of it", "all small"]),
    Family(_check("detectable_content:postscript", postscript_marker="P.S."), ["It rains.\nP.S. Bring tea.",
        "Well.\n\nP.S. more"], ["It rains.", "It rains. PS bring tea"]),
    Family(_check("detectable_content:number_placeholders", num_placeholders=2), ["[name] lives in [city]",
        "[a] [b] [c]"], ["[name] only", "name city", "[] []"]),
    Family(_check("detectable_format:constrained_response"), ["My answer is yes.", "My answer is maybe."], ["yes",
        "My answer is yes. My answer is no.", "My answer is perhaps."]),
    Family(_check("combination:two_responses"), ["Tea is good.\n******\nMilk is better."], ["Tea is good.",
        "Same.\n******\nSame."]),
]  # fmt: skip

ADD = {"function": "add", "inputs": [[1, 2], [30, 4]], "outputs": [3, 34]}
_BODY = "def add(a, b):\n    return a + b"
FUNCTIONS = [
    Family(ADD, [f"```python\n{_BODY}\n```", f"```py\n{_BODY}\n```", f"So:\n\n```\n{_BODY}\n```\nDone.",
        f"~~~python\n{_BODY}\n~~~",
                 f"````python\n{_BODY}\n````",
                 f"```python\n{_BODY}\n\nif __name__ == '__main__':\n    print(add(int(input()), 2))\n```",
                 "```python\nclass Solution:\n    def add(self, a, b):\n        return a + b\n```",
                 f"```Python\n{_BODY}\n```",
                 "```python\nadd = lambda a, b: a + b\n```",
                 f"```python\nimport sys\n{_BODY}\nif __name__ == '__main__':\n    sys.exit(add(1, 2))\n```"],
           ["```python\ndef add(a, b):\n    return a - b\n```", "```python\ndef add(a, b):\n    return 3\n```",
           "add(a, b) returns a + b",
            "```python\ndef sub(a, b):\n    return a + b\n```", "```python\ndef add(a, b):\n    return str(a + b)\n```",
            f"```java\n{_BODY}\n```"]),
]  # fmt: skip
DOUBLE = {"inputs": ["3\n", "10\n"], "outputs": ["6\n", "20\n"]}
_PROGRAM = "print(2 * int(input()))"
PROGRAMS = [
    Family(DOUBLE, [f"```python\n{_PROGRAM}\n```", f"```python\n{_PROGRAM}\nexit()\n```",
        f"```python\n{_PROGRAM}\nquit()\n```",
                    f"```python\nimport sys\n{_PROGRAM}\nsys.exit(0)\n```",
                    f"```python\ndef main():\n    {_PROGRAM}\n\nif __name__ == '__main__':\n    main()\n```",
                    "```python\nimport sys\nfor line in sys.stdin:\n    print(2 * int(line))\n```",
                    f"1. Read it:\n\n   ```python\n   {_PROGRAM}\n   ```",
                    f"```python\n{_PROGRAM}\nraise SystemExit\n```",
                    "```python\nimport sys\nsys.stdout.write(str(2 * int(sys.stdin.readline())) + '\\n')\n```"],
           ["```python\nprint(6)\n```", "```python\nprint(3 * int(input()))\n```", f"{_PROGRAM}",
           f"```python\n{_PROGRAM}\nexit(1)\n```",
            f"```python\n{_PROGRAM}\nprint('done')\n```", f"```python\nwhile True:\n    {_PROGRAM}\n```"]),
]  # fmt: skip

Page = tuple[str, tuple[str, ...], str]
"""A heading, paragraphs, a colour."""


def draw_page(source: Random) -> Page:
    """A heading and two paragraphs."""
    paragraphs = tuple(" ".join(source.choices(WORDS, k=12)) + "." for _ in range(2))
    return " ".join(source.sample(WORDS, 2)), paragraphs, source.choice(("#aa2211", "#225588", "#117733"))


def html(page: Page, around: str = "p") -> str:
    """Return the page as HTML."""
    title, paragraphs, colour = page
    body = "".join(f"<{around}>{text}</{around}>" for text in paragraphs)
    style = f"body{{font-family:sans-serif;margin:20px}}h1{{color:{colour}}}{around}{{margin:16px 0}}"
    return f"<!doctype html><html><head><style>{style}</style></head><body><h1>{title}</h1>{body}</body></html>"


def shown(form: str = "…", around: str = "p") -> Spelling[Page]:
    """Return a spelling that shows the same."""
    return lambda page, _: form.replace("…", html(page, around))


def page_pays(meant: Page, gold: Page) -> Bounds:
    """Right, or at most half where every word is another."""
    return RIGHT if meant == gold else (0.0, 0.5)


def other_words(page: Page, source: Random) -> Page:
    """Other words everywhere."""
    return "telescope telescope", tuple(" ".join(["telescope"] * 12) + "." for _ in page[1]), page[2]


PAGES: dict[str, Spelling[Page]] = {
    "fenced": shown("```html\n…\n```"), "bare": shown(),
    "with words": shown("Here is the page:\n\n```html\n…\n```\nIt has a heading."),
    "divisions": shown("```html\n…\n```", "div"),
}  # fmt: skip

DOMAINS: list[Domain[Any]] = [
    phrases("instructions", "instruction", INSTRUCTIONS, share=1.0),
    phrases("functions", "code", FUNCTIONS, share=0.15, is_prose=True),
    phrases("programs", "code", PROGRAMS, share=0.15, is_prose=True),
    Domain(
        name="webpage: pages",
        verifier="webpage",
        draw=draw_page,
        gold=lambda page: html(page),
        spellings=PAGES,
        changes={"other words": other_words},
        pays=page_pays,
        share=0.02,
    ),
]
