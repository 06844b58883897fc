"""A verifier of one's own: a wrong number still earns something for the digits that stand at their place."""

from rlcs import Status, Verdict, reward


def check_number(gold: str) -> str | None:
    """Return what is wrong with a gold answer; told with file and line before a run starts."""
    return None if str(gold).isdecimal() else f"the gold answer must be a whole number, got {gold!r}"


@reward("right_digits", runs="inline", check_gold=check_number)
def right_digits(answer: str, gold: str, *, partial: float = 0.5) -> float | Verdict:
    """1 for the same whole number, else the share of right digits times `partial`; 5240 for 5340 gets 3/4 of it."""
    number, wanted = answer.strip(), str(gold)
    if not number.isdecimal():
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message="expected a whole number")
    if int(number) == int(wanted):
        return 1.0
    width = max(len(number), len(wanted))
    pairs = zip(number.zfill(width), wanted.zfill(width), strict=True)
    return partial * sum(digit == right for digit, right in pairs) / width
