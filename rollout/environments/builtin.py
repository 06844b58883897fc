"""Imported for what they register: the environments that come with RLCS."""

from __future__ import annotations

from rollout.environments import textarena
from rollout.environments.miniwob import environment as miniwob
from rollout.environments.tools import environment as tools

__all__ = ["miniwob", "textarena", "tools"]
