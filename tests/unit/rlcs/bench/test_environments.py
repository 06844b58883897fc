"""What pages cost, measured."""

from __future__ import annotations

import os

import pytest
from rich.console import Console

from rewards.sandbox.browser import find_program
from rlcs.bench.environments import cpu_seconds, measure, private_bytes, table, tree_of
from rlcs.errors import UserError
from rlcs.miniwob.library import html_folder


def test_pages_are_measured() -> None:
    try:
        html_folder()
        find_program()
    except UserError as error:
        pytest.skip(str(error))
    measured = measure(2, seconds=0.1, observe="text", scale=1.0)
    assert len(measured.reset_s) >= 2 and measured.step_s and measured.num_calls > 2
    assert measured.cpu_s > 0 and measured.browser_mib > measured.host_mib > 0 and measured.counts["faults"] == 0
    console = Console(width=120)
    with console.capture() as told:
        console.print(table([measured], observe="text", scale=1.0))
    assert "calls/s" in told.get() and f"{measured.browser_mib:.0f}" in told.get()


def test_a_process_is_measured_with_what_comes_from_it() -> None:
    assert os.getpid() in tree_of(os.getppid()) and private_bytes(os.getpid()) > 10**6
    before = cpu_seconds(os.getpid())
    sum(number * number for number in range(10**6))
    assert cpu_seconds(os.getpid()) >= before > 0
    assert private_bytes(2**22 + 1) == 0 and cpu_seconds(2**22 + 1) == 0
