# The two commands are `make demo` and `make test`; each makes what it needs on a fresh machine with Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests start dozens of processes; each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-all lint format migration chaos bench clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo ## Start everything on embedded defaults at http://127.0.0.1:8080
	@$(BIN)/goldilocks demo $(ARGS)

test: $(VENV)/.dev ## Run the tests (browser and PostgreSQL tests where those are installed)
	@$(BIN)/python -m pytest -m "not slow" -n 3 --dist worksteal $(ARGS)

test-slow: $(VENV)/.spark ## Run the slow tests only
	@$(BIN)/python -m pytest -m slow -n 2 --dist worksteal $(ARGS)

test-all: $(VENV)/.spark ## Run all tests, the slow ones too, with coverage
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --fail-under=90

lint: $(VENV)/.dev ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file tests/mypy.ini tests bench
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## Rewrite the code in the house's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

migration: $(VENV)/.dev ## Write the migration for changed tables: make migration NAME="add holidays"
	@$(BIN)/python -m core.db.new_migration "$(NAME)"
	@$(BIN)/ruff format -q core/db/migrations

chaos: $(VENV)/.dev ## Kill -9 under load, 200 rounds on both databases: make chaos ARGS="--rounds 20 --seed 1"
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(VENV)/.dev ## Measure each performance claim beside a peer
	@for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

clean: ## Forget the demo's state and the virtual environment
	rm -rf $(VENV) .goldilocks

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goldilocks needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml setup.py constraints.txt $(wildcard core/*/_*.[ch]) | $(VENV)/bin/python
	@echo "installing pinned versions into $(VENV), this once: a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml setup.py constraints.txt $(wildcard core/*/_*.[ch]) | $(VENV)/bin/python
	@echo "installing pinned versions into $(VENV), this once: a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.spark: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[spark]'
	@touch $@
