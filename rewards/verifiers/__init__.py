"""The built-in verifiers, a file each, or a folder for one with machinery of its own; importing this registers all.

counting.py         one whole number
numeric_answer.py   a number within a tolerance
text_match.py       the same words, by a declared rule
logic.py            words, sets, orderings, assignments, grids
grounding_box.py    boxes, one to one
grounding_point.py  points on objects
temporal_iou.py     spans of a video
geo.py              places on earth
reasoning_gym.py    tasks of Reasoning Gym
mathematics/        math
science/            physics and chemistry
choices/            multiple choice
documents/          charts, documents, recognised text
screens/            the next action, and where to click
instructions/       IFEval's instructions
programs/           programs against tests
webpages/           pages from pictures
judges/             another model says whether it means the same
"""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
