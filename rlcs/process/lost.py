"""What Ray says when a worker is gone, or what it had left in the object store."""

from __future__ import annotations

import re

from ray.exceptions import ActorUnschedulableError, ObjectLostError, OutOfMemoryError, RayActorError

LOST = (RayActorError, ActorUnschedulableError, ObjectLostError, OutOfMemoryError)
"""The worker is dead, the node it belongs to is, or what it left there; Ray ends workers where memory runs out."""


def why_lost(error: Exception) -> str:
    """Return in a few words why Ray says that a worker, or what it left, is lost."""
    told = str(error).splitlines()[0].rstrip(".")
    if not isinstance(error, OutOfMemoryError):
        return told
    found = re.search(r"([\d.]+) *GB used / ([\d.]+) *GB", told)
    amounts = f": {found[1]} of {found[2]} GB" if found else ""
    return f"the memory of its machine was full{amounts}, and Ray ended it; end other programs there"
