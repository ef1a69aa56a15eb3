# make demo    a Slack workspace and an AWS account on this machine, Patrol between them (ARGS=--once: the whole story, unattended)
# make test    the checks, then every test
# make check   format, lint, types, floors, links
# make bench   speed and memory, printed as ratios
# make lock    pin every dependency anew (needs uv)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-stamp
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PACKAGES := bot commands scanners storage
ARGS ?=
# Twice the two cores of a small machine: tests of the Slack line wait more than they work.
WORKERS ?= 4

.PHONY: help setup demo test check types lint compiled tested format bench lock clean

help:
	@sed -n 's/^# make /  make /p' Makefile

setup: $(STAMP)

# The stamp holds what the environment was made from; it is made anew only when that changed.
$(STAMP): requirements/lock.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Patrol needs Python 3.11 or newer, and no python3 on PATH is. Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@want="$$(cat requirements/lock.txt pyproject.toml | sha256sum)"; \
	if [ -x "$(BIN)/patrol" ] && [ "$$(cat "$(STAMP)" 2>/dev/null)" = "$$want" ]; then touch "$(STAMP)"; exit 0; fi; \
	echo "Setting up $(VENV) with $$("$(PYTHON)" --version); this takes about a minute, once." >&2; \
	rm -f "$(STAMP)"; \
	"$(PYTHON)" -m venv --clear "$(VENV)" || { echo "The environment could not be made. On Debian: apt-get install python3-venv" >&2; exit 1; }; \
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt; \
	PYTHONWARNINGS=ignore "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; \
	printf '%s\n' "$$want" > "$(STAMP)"

demo: setup
	@exec $(BIN)/patrol demo $(ARGS)

# The tests are compiled once, beside the checks, and not by each worker anew; so bytecode is kept, whatever the shell says.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup
	@$(MAKE) --no-print-directory -j2 types tested

# The types are still being checked when the tests begin: whichever fails, `make test` fails.
tested: lint compiled
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	@$(MAKE) --no-print-directory -j2 types lint

types:
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/docs/test_links.py

compiled:
	@$(BIN)/python -m pytest -q -p no:cacheprovider --collect-only tests > /dev/null

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m pytest -q -s -p no:cacheprovider -o python_files='bench_*.py' tests/benchmarks $(ARGS)

lock:
	uv pip compile pyproject.toml requirements/build.in --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--upgrade --quiet --output-file requirements/lock.txt

clean:
	rm -rf "$(VENV)" .mypy_cache .ruff_cache .pytest_cache build *.egg-info
