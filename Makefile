# make demo       set up, ingest the corpus, show the graph and two answers
# make test       set up and pass the tests
# make test-slow  the suites that take minutes (CI runs them as well)
# make check      formatting, lint and types
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin

.PHONY: demo test test-slow check clean

$(VENV)/.installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@

demo: $(VENV)/.installed
	@PATH="$(abspath $(BIN)):$$PATH" bash tests/corpus/demo.sh

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not slow'

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
