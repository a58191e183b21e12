# Every command of the project; `make help` lists them.  Each works in a fresh clone: the environment is made when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 1
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo up test test-fast lint types migrate docs bench bench-board chaos lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@echo "setting up the Python environment (once, about a minute) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(VENV)/.ready ## the whole loop with real RabbitMQ and PostgreSQL, privately; ARGS="--cars 30 --stores 3 --exit"
	@$(BIN)/loop4s demo $(ARGS)

up: $(VENV)/.ready ## private servers and all services, without traffic
	@$(BIN)/loop4s up $(ARGS)

test: $(VENV)/.ready ## all tests, on real PostgreSQL and RabbitMQ
	@$(BIN)/pytest $(ARGS)

test-fast: $(VENV)/.ready ## the rules and the architecture only, without servers
	@$(BIN)/pytest -m "not servers" $(ARGS)

lint: $(VENV)/.ready ## style, formatting, imports between rooms
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --config pyproject.toml

types: $(VENV)/.ready ## one strict type checker over everything
	@$(BIN)/mypy

migrate: $(VENV)/.ready ## bring the databases that the settings name to this release
	@$(BIN)/loop4s migrate $(ARGS)

docs: $(VENV)/.ready ## write the generated documents: event schemas, AsyncAPI, event map
	@$(BIN)/loop4s events write docs/contracts

bench: $(VENV)/.ready ## the product beside its floor and the naive consumer, in one interleaved run
	@$(BIN)/python -m benchmarks $(ARGS)

bench-board: $(VENV)/.ready ## the workshop's board after a million finished jobs beside a thousand; ARGS="--finished 100000"
	@$(BIN)/python -m benchmarks.board $(ARGS)

chaos: $(VENV)/.ready ## kill everything at least once while the loop turns; SEED=1
	@$(BIN)/python -m tests.chaos --seed $(SEED) $(ARGS)

lock: ## write requirements.lock and requirements-dev.lock anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

clean: ## remove the environment and everything that the private servers left
	rm -rf $(VENV) .loop4s
