# `make demo` and `make test` need CPython 3.11 or newer and make; everything else is set up here.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv

.DEFAULT_GOAL := help
.PHONY: help demo test simulate check lint types layers docs pictures bench bench-sky bench-camera bench-storage bench-load bench-footprint lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Nightside needs CPython 3.11 or newer, and no python3 here is. Install one, or say: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python has no venv module (Debian keeps it in the package python3-venv). Install it and try again."; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## one real orbital night, end to end, on a simulated camera
	$(BIN)/nightside demo

test: $(VENV)/.dev ## all tests, on as many cores as there are
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4

SEEDS ?= 200
simulate: $(VENV)/.dev ## nights with faults and kills, SEEDS of them, on a virtual clock
	$(BIN)/python -m tests.simulation.many --seeds $(SEEDS)

check: lint types layers ## lint, types and layers

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/basedpyright --warnings

layers: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev ## write the pages that follow from the code anew
	$(BIN)/python docs/generate.py

pictures: $(VENV)/.dev ## what the README shows of the page, of a night on the twin (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

bench: $(VENV)/.dev ## every benchmark, as ratios against a peer in the same run
	$(BIN)/python -m benchmarks

bench-sky: $(VENV)/.dev ## windows of a year beside Skyfield
	$(BIN)/python -m benchmarks.sky

bench-camera: $(VENV)/.dev ## punctuality, gaps, bulb and drain beside the gphoto2 command line
	$(BIN)/python -m benchmarks.camera

bench-storage: $(VENV)/.dev ## the spool's write path beside the same one without a hash, and the ledger with 100 000 frames
	$(BIN)/python -m benchmarks.storage
	$(BIN)/python -m benchmarks.storage_ledger

bench-load: $(VENV)/.dev ## ten minutes of a plan with 50 clients and 20 event streams, beside the same plan alone
	$(BIN)/python -m benchmarks.load

lock: $(VENV)/.dev ## pin the dependencies again (needs uv)
	$(UV) pip compile pyproject.toml requirements-build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --output-file requirements.lock
	$(UV) pip compile pyproject.toml --extra dev --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --output-file requirements-dev.lock
	$(UV) pip compile pyproject.toml requirements-build.in --extra dev --extra gpio --extra postgres --constraint requirements.lock --constraint requirements-dev.lock --universal --python-version 3.11 --format pylock.toml --no-header --quiet --output-file $(VENV)/pylock.toml
	$(BIN)/python -m tests.wheels $(VENV)/pylock.toml > requirements-wheels.txt

clean: ## forget the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
