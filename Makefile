# Each target works alone on a fresh Debian with Python 3.11 (with venv), pip and make.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) 2>/dev/null || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HOME_DIR ?= data/local
REAL_DATA ?= $(or $(OPDRIFT_REAL_DATA),../shared/data)
WORKERS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 3 ? cores + 1 : 4)))
MINUTES ?= 60
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help setup nightly app test pytest lint lock bench accuracy browser demography completion follow-up year-backtest serve leaks load disclosure fuzz faults clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements.lock (a few minutes the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true # on all cores, where pip does it on one
	@$(PIP) check
	@$(PIP) install --no-deps -e .
	@touch $(READY)

setup: $(READY) ## Virtual environment with the locked packages

nightly: $(READY) ## Synthetic sample (the first time), one full run, and what it says
	@$(BIN)/opdrift run --sample --home $(HOME_DIR) || test $$? -eq 4
	@echo "'make app' opens the pages; README.md says how a number is made; 'opdrift status' tells what stands."

app: $(READY) ## The pages, on what was published
	@$(BIN)/opdrift app --home $(HOME_DIR)

serve: $(READY) ## The nightly schedule
	@$(BIN)/opdrift serve --home $(HOME_DIR)

lint: $(READY) ## Style, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: $(READY) ## Set-up and all tests
	@$(MAKE) --no-print-directory -j2 lint pytest

pytest: $(READY) # beside lint, which has one core to itself otherwise
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

bench: $(READY) ## Speed and memory, beside a reference in the same run
	@$(BIN)/python -m pytest tests/bench -o addopts="--import-mode=importlib" -s

accuracy: $(READY) ## Backtest on the real series, beside peers; writes docs/accuracy.md (an hour or so)
	@PYTHONPATH=. $(BIN)/python tests/bench/accuracy_tables.py

browser: $(READY) ## The page Scenarier in Chromium beside a minimal page, alone and with 25 sessions (on the run in HOME_DIR)
	@PYTHONPATH=. $(BIN)/python tests/bench/page_figures.py --home $(HOME_DIR)

disclosure: $(READY) ## The attack on everything that the runs in HOME_DIR publish: what is suppressed, attacked, recovered
	@PYTHONPATH=. $(BIN)/python tests/bench/disclosure_figures.py --home $(HOME_DIR)

fuzz: $(READY) ## Parsers, mapping and scenario files for MINUTES (60), half by hypothesis, half guided by coverage (atheris, fetched for it)
	@$(PIP) install 'atheris>=3,<4' || echo "atheris can't be had here: the half by hypothesis alone"
	@PYTHONPATH=. $(BIN)/python tests/fuzz/campaign.py --minutes $(MINUTES)

faults: $(READY) ## 200 faults in one small home (kills, full disk, damage, ...) and a table of what was lost or half; needs root for mounts
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python tests/faults/long.py --count 200

completion: $(READY) ## What completion of late invoices does where the truth is known: docs/completion.md anew
	@PYTHONPATH=. $(BIN)/python tests/bench/completion_figures.py

follow-up: $(READY) ## Decided cases where it is known what they did: docs/follow_up.md anew (half an hour)
	@PYTHONPATH=. $(BIN)/python tests/bench/follow_up_figures.py

year-backtest: $(READY) ## The year's result against an oracle: goes on for MINUTES (60) from what is kept, then docs/year_result.md anew
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python tests/bench/year_figures.py --minutes $(MINUTES)

demography: $(READY) ## Does demography pay? docs/demography.md anew, on the real populations in REAL_DATA
	@$(BIN)/python -m flows.demography --real $(REAL_DATA) --out docs/demography.md

load: $(READY) ## 50 sessions on every page for five minutes while nights publish: errors, runs seen, times, memory
	@PYTHONPATH=. $(BIN)/python tests/bench/load_figures.py

leaks: $(READY) ## A night and every error path with planted numbers and names, then a scan of all that was left behind
	@PYTHONPATH=. $(BIN)/python tests/bench/leak_figures.py

lock: ## Exact versions and hashes for requirements.lock, without any index address
	@test -x $(VENV)/lock/bin/uv || ($(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip -q install uv)
	@$(VENV)/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## Remove caches and builds, never data
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
