"""Structures written as SMILES, compared in the canonical form of rdkit.

A SMILES of 20,000 characters crashes the process inside rdkit, so length and characters are checked before.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from rlcs.records import Status, Verdict

MAX_SMILES = 500
_CHARACTERS = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*]+\Z")


def check_smiles(text: str) -> Verdict | None:
    """Return the verdict on what no library needs to see, or None when the text may be a SMILES."""
    text = text.strip()
    if not text:
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="the SMILES is empty")
    if len(text) > MAX_SMILES:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"SMILES longer than {MAX_SMILES} characters")
    if not _CHARACTERS.match(text):
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message="characters that occur in no SMILES")
    return None


def same_smiles(answer: str, gold: str, *, stereo: bool) -> float | Verdict:
    """Compare two structures; runs in a worker. stereo: isomers that differ in space only are different."""
    if fault := check_smiles(answer):
        return fault
    wanted = _canonical(gold.strip(), stereo)
    if not wanted:
        return Verdict(score=None, status=Status.BAD_GOLD, message=f"rdkit cannot read the gold SMILES {gold!r:.80}")
    found = _canonical(answer.strip(), stereo)
    if not found:
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message="rdkit cannot read the SMILES")
    return float(found == wanted)


@lru_cache(maxsize=4096)
def _canonical(text: str, stereo: bool) -> str:
    """Return the canonical SMILES, or an empty text when there is no such molecule."""
    chemistry = _library()
    molecule = chemistry.MolFromSmiles(text)
    return "" if molecule is None else str(chemistry.MolToSmiles(molecule, isomericSmiles=stereo))


@lru_cache(maxsize=1)
def _library() -> Any:
    from rdkit import Chem, rdBase

    rdBase.DisableLog("rdApp.*")  # a line for every SMILES that cannot be read
    return Chem
