# Needs Python 3.10 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo demo-django test test-quick lint bench-floor clean

demo: .venv/demo
	$(BIN)/python -m demo_flask

demo-django: .venv/demo
	$(BIN)/python -m demo_django

test: .venv/test
	$(BIN)/python -W error -m pytest $(PYTEST_ARGS)

test-quick: .venv/test
	$(BIN)/python -W error -m pytest -m 'not slow' $(PYTEST_ARGS)

lint: .venv/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench-floor: .venv/demo
	$(BIN)/python -m bench.floor

clean:
	rm -rf .venv build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/demo: .venv/bin/python pyproject.toml setup.cfg
	$(BIN)/python -m pip install --quiet --editable '.[flask,django]' --group demo
	touch $@

.venv/test: .venv/demo
	$(BIN)/python -m pip install --quiet --group test
	touch $@

.venv/lint: .venv/test
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
