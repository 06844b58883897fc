"""The verifier `judge`: another language model says whether an answer means the same.

judge.py     the verifier judge
service.py   cache, canaries and client together
client.py    asked again until the deadline
request.py   one request, and what its outcome means
prompt.py    question, reference and answer as fenced data
reply.py     the closed set of verdicts, strictly read
cache.py     verdicts paid for already
canaries.py  known verdicts a judge must get right
"""

from __future__ import annotations

from rewards.verifiers.judges import judge

__all__ = ["judge"]
