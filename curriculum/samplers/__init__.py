"""The built-in samplers: importing this package registers every file in it.

tiers.py         the default: what teaches now, longest unseen first
uniform.py       shuffled epochs
learnability.py  p (1 - p) of each task
prioritized.py   the more it fails, the more often
thompson.py      toward a target pass rate
pools.py         three pools by the last group
adarft.py        nearest to a moving target
"""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
