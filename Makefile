# make demo   set up, ingest the story in tests/corpus/docs, show its timeline, its conflicts and two answers
# make test   set up and pass the tests
# make check  formatting, lint and types
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
DEMO = .demo

.PHONY: demo test check bench clean

$(VENV)/.user: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $(VENV)/.user $@

demo: $(VENV)/.user
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@PATH="$(abspath $(BIN)):$$PATH" KB=$(DEMO)/kgfuse.db sh tests/corpus/demo.sh

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.corpus
	$(BIN)/python -m benchmarks.real_input

clean:
	rm -rf $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
