"""An environment of words and pictures for tests of episodes: what it shows follows from its seed and the turn."""

from __future__ import annotations

from pathlib import Path

from rlcs.plugins import ENVIRONMENTS, load_plugins, plugin_of

ROOMS = '''
import hashlib, os, random, signal, time

from rlcs import Observation, Outcome, Status, environment


def picture(width, height, number):
    import io
    from PIL import Image

    encoded = io.BytesIO()
    pixels = random.Random(number).randbytes(3 * width * height)
    Image.frombytes("RGB", (width, height), pixels).save(encoded, "PNG")
    return encoded.getvalue()


@environment("rooms", deadline_s=10.0, reset_s=30.0, per_host=4)
class Rooms:
    """Walks through rooms. turns: of an episode. pictures: shows one a turn, two at first. delay: seconds at most that
    an answer takes, drawn anew each time. dies: a folder; the host is killed once in turn 2 of episodes of seed 1.
    """

    def __init__(self, *, turns: int = 3, pictures: bool = True, delay: float = 0.0, dies: str = "") -> None:
        self.turns, self.pictures, self.delay, self.dies = turns, pictures, delay, dies

    def reset(self, task, seed):
        self.seed, self.turn, self.said = seed, 0, []
        seen = (picture(56, 56, seed), picture(84, 56, seed + 1)) if self.pictures else ()
        return Observation(parts=(f"{task.prompt} {seed} <|image|><|user|>", *seen))

    def step(self, text):
        time.sleep(random.random() * self.delay)
        self.turn += 1
        self.said.append(text)
        if self.dies and self.turn == 2 and self.seed == 1:
            met = os.path.join(self.dies, "met")
            if not os.path.exists(met):
                open(met, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
        if self.turn == self.turns:
            digest = hashlib.sha256(repr(self.said).encode("utf-8", "surrogatepass")).digest()
            won = digest[0] % 2
            return Observation(
                parts=("over",),
                outcome=Outcome(score=float(won), status=Status.CORRECT if won else Status.INCORRECT),
            )
        seen = (picture(56, 84, self.seed + self.turn + 10),) if self.pictures else ()
        return Observation(parts=(f"room {self.turn}", *seen, "what now?"))

    def close(self):
        pass
'''


def load_rooms(folder: Path) -> str:
    """Register the environment `rooms`, which lies in `folder` unless it is registered already; return its file."""
    if "rooms" in ENVIRONMENTS:
        return plugin_of(ENVIRONMENTS.get("rooms").function.__module__)
    file = folder / "rooms_environment.py"
    file.write_text(ROOMS, encoding="utf-8")
    load_plugins([str(file)])
    return str(file)
