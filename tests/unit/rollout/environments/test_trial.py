"""Episodes begun before a run: what cannot be played is told, a sentence a task."""

from __future__ import annotations

import pytest

from rlcs.plugins import load_plugins
from rlcs.records import Task
from rollout.environments.trial import begin_episodes

MOODY = '''
from rlcs import EnvironmentFault, Observation, Outcome, Status, UserError, environment


@environment("moody", per_host=2)
class Moody:
    """Begins as its task says."""

    def reset(self, task, seed):
        if task.prompt == "fault":
            raise EnvironmentFault("no page")
        if task.prompt == "missing":
            raise UserError("no Chromium; install it")
        if task.prompt == "picture":
            return Observation(parts=("look", b"PNG"))
        over = Outcome(score=1.0, status=Status.CORRECT, message="at once") if task.prompt == "over" else None
        return Observation(parts=("",) if task.prompt == "empty" else (task.prompt,), outcome=over)

    step = reset

    def close(self):
        pass
'''


@pytest.fixture(scope="module")
def moody(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The environment `moody` is registered; the file of its plug-in."""
    file = tmp_path_factory.mktemp("moody") / "moody.py"
    file.write_text(MOODY, encoding="utf-8")
    load_plugins([str(file)])
    return str(file)


def begun(plugin: str, *prompts: str, reads_only: bool = False) -> set[str]:
    tasks = [Task(id=f"s:{prompt}", source="s", domain="some", prompt=prompt, answer="") for prompt in prompts]
    return set(begin_episodes("moody", {}, tasks, plugins=[plugin], reads_only=reads_only))


def test_tasks_that_begin_are_not_spoken_of_and_the_others_are(moody: str) -> None:
    assert begun(moody, "a", "fault", "b", "over", "empty") == {
        "s:fault: the environment 'moody' ended the episode before its first turn (env_fault: replays failed as well: "
        "no page)",
        "s:over: the environment 'moody' ended the episode before its first turn (correct: at once)",
        "s:empty: the environment 'moody' shows nothing",
    }


def test_an_image_is_nothing_for_a_text_model(moody: str) -> None:
    assert begun(moody, "picture") == set()
    (told,) = begun(moody, "a", "picture", reads_only=True)
    assert told.startswith("s:picture: the environment 'moody' shows an image, and model.path is a text model; take a")


def test_what_only_a_person_can_mend_is_told(moody: str) -> None:
    assert begun(moody, "missing") == {"no Chromium; install it"}
