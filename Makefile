# make demo      a Slack workspace and an AWS account on this machine, Patrol between them (ARGS=--once: the whole story, unattended)
# make test      the checks, then every test
# make thorough  the same, each property with ten times the examples
# make check     format, lint, types, floors, links
# make bench     speed and memory, printed as ratios
# make lock      pin every dependency anew

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-stamp
IMPORTED := $(VENV)/.imported-stamp
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PACKAGES := bot commands scanners storage
ARGS ?=
# Twice the two cores of a small machine: tests of the Slack line wait more than they work.
WORKERS ?= 4

# They install into $(VENV). uv does in seconds what takes pip two minutes; where it cannot (an index that only pip's
# settings know, a machine it is not built for), pip does. A pip of its own takes the environment as long as all the rest.
PIP := install --quiet --disable-pip-version-check --require-hashes
OTHERS_PIP := PYTHONWARNINGS=ignore "$(PYTHON)" -m pip --python "$(BIN)/python" $(PIP)
OWN_PIP := { "$(BIN)/python" -m ensurepip >/dev/null 2>&1 \
	|| { echo "There is no pip for $(PYTHON). On Debian: apt-get install python3-venv" >&2; exit 1; }; } \
	&& PYTHONWARNINGS=ignore "$(BIN)/python" -m pip $(PIP)
UV := env $${PIP_INDEX_URL:+"UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$PIP_INDEX_URL}"} "$(BIN)/uv" pip install --quiet \
	--python "$(BIN)/python"
# What is imported once is compiled, whatever the shell says of bytecode; else each command would read all source anew.
unexport PYTHONDONTWRITEBYTECODE
IMPORT_ALL := import importlib, pkgutil, boto3, jinja2, matplotlib.backends.backend_agg, matplotlib.figure; \
	boto3.client("sts", region_name="us-east-1"); \
	[importlib.import_module(one.name) for top in "$(PACKAGES)".split() \
	for one in pkgutil.walk_packages(importlib.import_module(top).__path__, top + ".") if "__main__" not in one.name]

.PHONY: help setup demo test thorough check types style links compiled tested format bench lock clean

help:
	@sed -n 's/^# make /  make /p' Makefile

setup: $(IMPORTED)

# The tests compile what they need themselves; `make test` does not wait for this.
$(IMPORTED): $(STAMP)
	@"$(BIN)/python" -c '$(IMPORT_ALL)' && touch "$(IMPORTED)"

# The stamp holds what the environment was made from; it is made anew only when that changed.
$(STAMP): requirements/lock.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Patrol needs Python 3.11 or newer, and no python3 on PATH is. Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@want="$$(cat requirements/lock.txt pyproject.toml | sha256sum)"; \
	if [ -x "$(BIN)/patrol" ] && [ "$$(cat "$(STAMP)" 2>/dev/null)" = "$$want" ]; then touch "$(STAMP)"; exit 0; fi; \
	echo "Setting up $(VENV) with $$("$(PYTHON)" --version); this takes about half a minute, once." >&2; \
	rm -f "$(STAMP)"; \
	"$(PYTHON)" -m venv --clear --without-pip "$(VENV)" || { echo "The environment could not be made. On Debian: apt-get install python3-venv" >&2; exit 1; }; \
	{ $(OTHERS_PIP) --only-binary :all: -r requirements/uv.txt 2>/dev/null \
		|| { $(OWN_PIP) --only-binary :all: -r requirements/uv.txt; }; } \
		&& $(UV) --require-hashes -r requirements/lock.txt && $(UV) --no-build-isolation --no-deps -e . \
		|| { echo "uv could not. pip installs it instead; that takes minutes." >&2; \
			$(OWN_PIP) -r requirements/lock.txt && PYTHONWARNINGS=ignore "$(BIN)/python" -m pip install --quiet --no-build-isolation --no-deps -e .; }; \
	printf '%s\n' "$$want" > "$(STAMP)"

demo: $(IMPORTED)
	@exec $(BIN)/patrol demo $(ARGS)

# The tests are compiled once, beside the checks, and not by each worker anew.
test: $(STAMP)
	@$(MAKE) --no-print-directory -j2 types tested

thorough: export EXAMPLES := 5
thorough: test

# The types are still being checked when the tests begin: whichever fails, `make test` fails.
tested: style compiled
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(STAMP)
	@$(MAKE) --no-print-directory -j2 types style links

types:
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

links:
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/docs/test_links.py

compiled:
	@$(BIN)/python -m pytest -q -p no:cacheprovider --collect-only tests > /dev/null

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m pytest -q -s -p no:cacheprovider -o python_files='bench_*.py' tests/benchmarks $(ARGS)

LOCK := "$(BIN)/uv" pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock' --upgrade --quiet

lock: $(STAMP)
	$(LOCK) pyproject.toml requirements/build.in --all-extras --output-file requirements/lock.txt
	$(LOCK) requirements/uv.in --output-file requirements/uv.txt

clean:
	rm -rf "$(VENV)" .mypy_cache .ruff_cache .pytest_cache build *.egg-info
