# Every command of the project. Each makes .venv first where it is missing or its lock has changed.

PYTHON ?= python3
DEMO_PORT ?= 8600
MODEL ?=
ARGS ?=
export DEMO_PORT MODEL

BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install
BASE := .venv/.base-is-locked
DEMO := .venv/.demo-is-locked
DEV := .venv/.dev-is-locked

.DEFAULT_GOAL := help
.PHONY: help demo run test check soak bench bench-peers sheet lock format messages clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# exec: a signal that make passes on reaches the program itself, not a shell before it.
demo: $(DEMO)  ## a real small language model behind aiconnect, in minutes
	@exec $(BIN)/python demo/run.py

run: $(BASE)  ## the server for real use, on http://127.0.0.1:8600
	$(BIN)/aiconnect init
	@exec $(BIN)/aiconnect serve $(ARGS)

test: $(DEV)  ## every test, about half an hour on two cores (ARGS="-k name" for some)
	@tools/test $(ARGS)

check: $(DEV)  ## format, lint, types, imports, templates, translations
	@tools/check

soak: $(DEV)  ## the same properties for long, by hand
	$(BIN)/python -m pytest -m soak $(ARGS)

bench: $(DEV)  ## our figures, into bench/results/
	@tools/system-packages bench || true
	$(BIN)/python -m bench $(ARGS)

bench-peers: $(DEV)  ## the same beside pinned peers
	@tools/system-packages bench || true
	$(BIN)/python -m bench.peers $(ARGS)

sheet: $(DEV)  ## every page on contact sheets, two widths and two themes, into shots/
	@tools/sheet $(ARGS)

lock: $(DEV)  ## new versions into requirements/
	@tools/lock

format: $(DEV)  ## code and templates in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet aiconnect/templates

messages: $(DEV)  ## collect the sentences for translation
	@tools/messages

clean:  ## remove what was made, but never ./instance or .demo
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage

# --- .venv: base ⊂ demo, base ⊂ dev; the locks agree, so one folder holds them all -------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "aiconnect needs Python 3.11 or newer. Next: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python could not make a venv. Next, on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(BASE): requirements/base.txt pyproject.toml | .venv/bin/python
	@echo "Installing aiconnect and what it needs into .venv ..."
	@$(PIP) --quiet --require-hashes -r requirements/base.txt
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEMO): requirements/demo.txt $(BASE)
	@cat demo/licence.txt
	@$(PIP) --require-hashes -r requirements/demo.txt
	@touch $@

$(DEV): requirements/dev.txt $(BASE)
	@cat demo/licence.txt
	@echo "Installing the tools for tests and checks into .venv ..."
	@$(PIP) --quiet --require-hashes -r requirements/dev.txt
	@touch $@ $(DEMO)
