# make demo    simulate an infected 384-well plate, screen it, print the hits and the report's path
# make test    install with test tools and run every test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow lint docs bench

demo: $(VENV)/.installed
	$(BIN)/swanneck simulate plate demo --layout dose-response --wells 384 --fields 2 --seed 1
	$(BIN)/swanneck screen run demo/campaign.toml

test: $(VENV)/.installed-test lint
	$(BIN)/pytest -n 2

test-slow: $(VENV)/.installed-test
	$(BIN)/pytest -m slow

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-test
	$(BIN)/pytest tests/docs src --doctest-modules

bench: $(VENV)/.installed-test
	for claim in benchmarks/*.py; do $(BIN)/python $$claim || exit 1; done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test,test-peers]"
	touch $@ $(VENV)/.installed
