"""The verifier `choice`, and how options and answers are read."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.choices.choice import check_choice_gold, choice
from rewards.verifiers.choices.options import options_in, read_options
from rlcs.records import Status, Verdict

QUESTION = "Which? (A) cat (B) dog (C) fish (D) bird"


def score(answer: str, gold: Any = "A", **params: Any) -> float | None:
    found = choice(answer, gold, **{"question": QUESTION, **params})
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    "answer",
    [
        "A", "a", "(A)", "(a)", "[A]", "A.", "A)", "A. cat", "(A) cat", "A: cat", "A - cat", "A cat", "Option A",
        "choice A",
        "Option A: cat", "选A", "选项A", "故选A", "A选项", "Ａ", "\\text{A}", "$A$", "\\boxed{A}", "**A**", "“A”",
        "A\u200b", "cat",
        "Cat.", "the cat", "The answer is A", "The correct answer is (A).", "答案是A", "答案：A。", "A/A",
        "A is correct", "So, \\boxed{A}", "\\boxed{A}. cat", "\\boxed{A} because B is not right",
        "It is not B, so \\boxed{A}", '{"answer": "A. cat"}', '{"answer": "A"}',
    ],
)  # fmt: skip
def test_the_right_option_is_accepted_however_it_is_named(answer: str) -> None:
    assert score(answer) == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "B", "dog", "B. cat", "A. dog", "A dog", "A. cat (B. dog)", "A or B", "A/B", "A, B", "A and B", "A (or B)",
        "ABCD",
        "A, B, C, D", "not A", "A but maybe B", "E", "Neither", "all of the above", "", "1", "AA", "А",
        "A polygenic trait",
        "\\boxed{A}, or all of them", "不是\\boxed{A}", "not \\boxed{A}", "\\boxed{A} is wrong",
        "either B or \\boxed{A}",
        '{"answer": "B. cat"}', "A because cats purr, or B", "I think A", "cat or dog", "a correct option among A-D",
    ],
)  # fmt: skip
def test_other_options_hedges_and_lists_are_wrong(answer: str) -> None:
    assert score(answer) == 0.0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Reasoning here.\n\n**Answer: C**", "C"), ("Answer: B because C is not valid", "B"), ("Answer: B/B", "B"),
        ("ANSWER: B\nWait.\nANSWER: A", "A"), ("Answer: A\nAnswer: unknown", "A"), ("The answer is (D).", "D"),
        ("D. it can't be A or B", "D"), ("La réponse est B", "B"), ("答案是 B", "B"), ("B。 不是 A", "B"),
        ("Option A is wrong. The correct option is C", "C"), ("Answer:\nB", "B"),
    ],
)  # fmt: skip
def test_running_text_is_read_from_its_last_valid_answer(answer: str, expected: str) -> None:
    for gold in "ABCD":
        assert score(answer, gold, question="", labels="ABCD", delimited=False) == float(gold == expected)


@pytest.mark.parametrize(
    "answer",
    [
        "Answer: A/B/C",
        "Answer: A, B",
        "Answer: A or B",
        "Answer: unknown",
        "I think it might be B",
        "A bird in the hand",
    ],
)
def test_running_text_without_one_choice_chooses_nothing(answer: str) -> None:
    assert all(score(answer, gold, question="", labels="ABCD", delimited=False) == 0.0 for gold in "ABCD")


@pytest.mark.parametrize(
    "answer", ["A, C", "C, A", "AC", "A and C", "A、C", "(A)(C)", '["A", "C"]', "A. cat, C. fish", "cat, fish", "A;C"]
)
def test_several_choices_are_a_set(answer: str) -> None:
    assert score(answer, "AC", multiple=True) == 1.0


def test_a_part_of_several_choices_pays_only_when_declared() -> None:
    assert score("A", ["A", "C"], multiple=True) == 0.0
    assert score("A", ["A", "C"], multiple=True, partial=True) == 0.5
    assert score("A, B", ["A", "C"], multiple=True, partial=True) == 0.0
    assert score("A, B, C, D", ["A", "C"], multiple=True, partial=True) == 0.0
    assert score("A or C", ["A", "C"], multiple=True, partial=True) == 0.0


def test_options_are_read_from_the_question_or_declared() -> None:
    assert options_in("Colour?\n(1) Blue\n(2) Red\n(3) Green") == {"1": "blue", "2": "red", "3": "green"}
    assert options_in("Options: A) 1, B) 2, C) 3.5 m") == {"A": "1", "B": "2", "C": "3.5 m"}
    assert options_in("See figure (A).\nA. an apple\nB. pear\n\nAnswer with a letter.") == {"A": "apple", "B": "pear"}
    assert options_in("Is this a cat?") == {}
    assert read_options(["x", "y"], "", "").texts == {"A": "x", "B": "y"}
    assert read_options(None, "", "ABCDE").labels == tuple("ABCDE")
    assert score("red", "2", options={"1": "blue", "2": "Red"}) == 1.0


def test_lower_case_counts_as_the_label_unless_declared_otherwise() -> None:
    assert score("a") == 1.0
    assert score("a", ignore_case=False) == 0.0


@pytest.mark.parametrize("gold", ["(D) Alina", "D Alina", "D\nnot this", "D.", "d"])
def test_a_gold_may_carry_its_text(gold: str) -> None:
    assert score("D", gold, question="", labels="ABCD") == 1.0


def test_a_gold_that_names_no_option_or_too_many_is_bad() -> None:
    assert check_choice_gold("E", labels="ABCD")
    assert check_choice_gold("AC", labels="ABCD")
    assert check_choice_gold({"A": 1})
    assert check_choice_gold(["A", "C"], labels="ABCD", multiple=True) is None
    found = choice("A", "E", question=QUESTION)
    assert isinstance(found, Verdict)
    assert found.status is Status.BAD_GOLD


@pytest.mark.parametrize(
    "answer",
    [
        "Option (A)", "\\text{A}. cat", "'A'", "A、", "Ans: A", "It is A", "我选A", "选项A正确", "A是正确答案",
        "A is the answer",
        "A is the correct option", "The answer (A)",
    ],
)  # fmt: skip
def test_one_choice_may_be_said_in_a_few_words(answer: str) -> None:
    assert score(answer) == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "A is not correct", "A is incorrect", "A不正确", "A不是正确答案", "我不选A", "A B", "A is the answer to B",
        "A正确，B错误",
    ],
)  # fmt: skip
def test_a_denied_or_second_choice_is_refused(answer: str) -> None:
    assert score(answer) == 0.0


def test_labels_parted_by_spaces_are_a_set_in_gold_and_answer() -> None:
    assert score("A C", ["A", "C"], multiple=True) == 1.0
    assert score("A, C", "A C", multiple=True) == 1.0
    assert score("A", "A C", multiple=True) == 0.0
    assert score("A and C are correct", "A, C", multiple=True) == 1.0


@pytest.mark.parametrize(
    "text", ["คำตอบ: B", "La respuesta correcta es B", "答えはBです", "Answer: choice (B)", "Answer: Option (B)"]
)
def test_the_answer_is_announced_in_more_ways(text: str) -> None:
    assert score(text, "B", delimited=False, question="", labels="ABCD") == 1.0


SETS = [
    "A AND C", "{A, C}", "\\{A, C\\}", "['A', 'C']", "(A, C)", "a, c", "ac", "A·C", "A plus C", "both A and C",
    "A, C (both)", "Options A and C", "The correct answers are A and C", "Ⓐ, Ⓒ", "🅐🅒", "【A】【C】", "A以及C",
    "- A\n- C", "not B, but A and C",
]  # fmt: skip


@pytest.mark.parametrize("answer", SETS)
def test_a_set_is_read_in_any_spelling_and_another_set_is_not(answer: str) -> None:
    assert score(answer, ["A", "C"], question="", labels="ABCDE", multiple=True) == 1.0
    for other in (["A"], ["A", "B"], ["A", "B", "C"], ["C", "D"]):
        assert score(answer, other, question="", labels="ABCDE", multiple=True) == 0.0


@pytest.mark.parametrize(
    "answer", ["A or C", "A-C", "maybe A, C", "not A and C", "A but not C", "A, C or D", "neither A nor C", "ca"]
)
def test_alternatives_ranges_and_what_is_ruled_out_are_no_set(answer: str) -> None:
    assert score(answer, ["A", "C"], question="", labels="ABCDE", multiple=True) == 0.0


SINGLE = [
    "<B>", "【B】", "{B}", "dog (B)", "dog, option B", "B (dog)", "B, dog", "Ⓑ", "🅱️", "✅ B", "{\"answer\": \"B\"}",
    "<choice>B</choice>", "I'd go with B", "it must be B", "The answer is therefore B", "B, not A", "B (not A)",
    "not A but B", "It can't be A, so B", "不是A而是B", "B because it barks", "It is the dog", "\\left(B\\right)",
    "B.\\ \\text{dog}", "Therefore, option B is correct.",
]  # fmt: skip


@pytest.mark.parametrize("answer", SINGLE)
def test_one_option_is_read_in_any_spelling_and_no_other_is(answer: str) -> None:
    assert [score(answer, gold) for gold in "ABCD"] == [0.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "answer",
    [
        "cat (B)",
        "B (cat)",
        "dog, option A",
        "not B",
        "it can't be B",
        "B and not B",
        "B. dog or A",
        "not only B but also A",
    ],
)
def test_disagreement_and_denial_choose_nothing(answer: str) -> None:
    assert score(answer, "B") == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "D: \\text{A gas at rest}",
        "D. Vitamin C",
        "D) Hepatitis B virus",
        "(D) A set $\\{1,2\\}$",
        "D: it can't be A or B",
    ],
)
def test_letters_inside_the_text_of_an_option_are_no_choice(answer: str) -> None:
    assert [score(answer, gold, question="", labels="ABCD") for gold in "ABCD"] == [0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("answer", ["D: A", "D. A and B", "D/A", "D. maybe A", "D. perhaps (A)"])
def test_a_second_label_after_the_first_is_a_hedge(answer: str) -> None:
    assert score(answer, "D", question="", labels="ABCD") == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "With \\boxed{x^2} in mind, **Answer: C**", "Answer: A. So \\boxed{C}", "First I thought A.\n\nC",
        "A is wrong. B is wrong. So C.", "Let me see which answer fits. Therefore, C.",
        "C is correct. A is a distractor.", "The answer is not A but C.", "Answer: A. Wait, actually it's C.",
        "We rule out A and B, leaving C.", "My pick is option C: the red one.", "综上所述，选C",
    ],
)  # fmt: skip
def test_running_text_comes_to_its_last_choice(answer: str) -> None:
    for gold in "ABCD":
        assert score(answer, gold, question="", labels="ABCD", delimited=False) == float(gold == "C")


@pytest.mark.parametrize(
    "answer",
    ["It can't be C.", "The answer is not C.", "If C is correct, pigs fly.", "Perhaps C", "The answer is B or C"],
)
def test_running_text_that_denies_or_doubts_chooses_nothing(answer: str) -> None:
    assert score(answer, "C", question="", labels="ABCD", delimited=False) == 0.0


def test_the_text_of_an_option_may_be_written_otherwise() -> None:
    options = [r"$\frac{1}{2}$ m", "12", r"$x \leq 3$"]
    assert score(r"\dfrac{1}{2}\, m", "A", options=options) == 1.0
    assert score("12.0", "B", options=options) == 1.0
    assert score("12.1", "B", options=options) == 0.0
    assert score(r"x\leq 3", "C", options=options) == 1.0
    assert score(r"x\geq 3", "C", options=options) == 0.0


def test_more_options_than_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="3 options, but 2 labels"):
        check_choice_gold("A", options=["x", "y", "z"], labels="AB")
