"""An environment of one's own: a number is to be found by guesses, each answered by higher or lower."""

from rlcs import Observation, Outcome, Status, Task, environment
from rollout.environments.protocol import answer_of


@environment("higher_lower", deadline_s=5.0)
class HigherLower:
    """The task's gold answer is the number. tries: how often one may guess."""

    def __init__(self, *, tries: int = 4) -> None:
        self.tries = tries

    def reset(self, task: Task, seed: int) -> Observation:
        """Show the task."""
        self.number, self.left = int(task.answer), self.tries
        return Observation(parts=(task.question,))

    def step(self, text: str) -> Observation:
        """Take a guess; what is no number costs a try, is told, and is counted."""
        self.left -= 1
        said = answer_of(text)
        if not said.isdecimal():
            return self.told("Write a number.", counted=("unreadable",))
        if int(said) == self.number:
            return Observation(parts=("Right.",), outcome=Outcome(score=1.0, status=Status.CORRECT))
        return self.told("Higher." if int(said) < self.number else "Lower.")

    def told(self, words: str, counted: tuple[str, ...] = ()) -> Observation:
        """Say something; after the last try that is the end."""
        over = Outcome(score=0.0, status=Status.INCORRECT, message=f"it was {self.number}")
        return Observation(parts=(words,), outcome=None if self.left else over, counted=counted)

    def close(self) -> None:
        """There is nothing to let go of."""
