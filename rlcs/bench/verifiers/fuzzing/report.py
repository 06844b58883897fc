"""What a fuzz found: kinds of findings with the shortest example of each, and a command that shows it again."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from rlcs.bench.verifiers.fuzzing.cases import Case
from rlcs.bench.verifiers.fuzzing.search import Finding, Outcome, length


def kinds(findings: Sequence[Finding]) -> list[tuple[Finding, int]]:
    """Return the shortest finding of each kind and how many there are, paid ones first."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for one in findings:
        found.setdefault(one.kind, []).append(one)
    shortest = [(min(many, key=lambda one: length(one.case)), len(many)) for many in found.values()]
    return sorted(shortest, key=lambda pair: (pair[0].fault != "paid", pair[0].kind))


def as_row(case: Case) -> dict[str, Any]:
    """Return a case as a line that `rlcs score` reads."""
    row: dict[str, Any] = {"verifier": case.verifier, "response": case.answer, "answer": case.gold}
    extras = {"question": case.question, "params": case.params}
    return row | {name: value for name, value in extras.items() if value}


def command(case: Case) -> str:
    """Return a line for a shell that judges the case again."""
    row = shlex.quote(json.dumps(as_row(case), ensure_ascii=False))
    how = "" if case.is_prose else " --bare"
    named = "printf '%s\\n' " + row + " > case.jsonl"
    if case.is_prose:  # a reward that looks for no box has to be configured
        return f"{named}  # judged with format: {{box: none}}"
    return f"{named} && rlcs score case.jsonl --out verdict.jsonl{how} && cat verdict.jsonl"


def describe(finding: Finding, count: int) -> str:
    """Return a finding in a few lines."""
    case, verdict = finding.case, finding.verdict
    least, most = case.bounds
    wanted = f"{least:g}" if least == most else f"{least:.3f} to {most:.3f}"
    why = ": ".join(filter(None, (str(verdict.status), verdict.message)))
    return "\n".join(
        (
            f"{finding.fault} ({count}): {case.plan.domain}: {', '.join(case.plan.edits())}",
            f"  answer {case.answer!r}, gold {case.gold!r}, params {case.params}",
            f"  got {verdict.score} ({why}), expected {wanted}",
            f"  {command(case)}",
        )
    )


def summary_table(outcome: Outcome) -> Table:
    """Return a row for each domain: cases judged, and findings by fault."""
    table = Table(title="Fuzz: answers by construction, checked against exact and numeric references")
    table.add_column("domain", no_wrap=True)
    for title in ("cases", "findings"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("faults")
    for name, count in outcome.num_cases.items():
        faults = Counter(one.fault for one in outcome.findings if one.case.plan.domain == name)
        told = ", ".join(f"{number} {fault}" for fault, number in faults.most_common())
        table.add_row(name, f"{count:,}", f"{faults.total():,}", told, style="yellow" if faults else "")
    return table


def as_json(outcome: Outcome, seed: int) -> dict[str, Any]:
    """Return everything as it goes into the JSON file."""
    found = [
        {
            "fault": one.fault,
            "count": count,
            "edits": list(one.case.plan.edits()),
            "bounds": one.case.bounds,
            "score": one.verdict.score,
            "status": str(one.verdict.status),
            "message": one.verdict.message,
            "command": command(one.case),
            "plan": asdict(one.case.plan),
            **as_row(one.case),
        }
        for one, count in kinds(outcome.findings)
    ]
    return {"seed": seed, "seconds": outcome.seconds, "cases": outcome.num_cases, "kinds": found}
