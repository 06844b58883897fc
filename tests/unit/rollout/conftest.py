"""Modules of this package import vLLM, before which a process has to be prepared."""

from rlcs.process.environment import prepare_process

prepare_process()
