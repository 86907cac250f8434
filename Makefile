# Two commands: `make run` and `make test`. Both make the environment first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3.11
PY := .venv/bin/python
STAMP := .venv/.installed
ARGS ?=

.PHONY: setup bench run test screenshots check format lock messages

setup: $(STAMP)

$(STAMP): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=…"; exit 1; }
	@echo "Making the environment in .venv (a minute or two, once)"
	@$(PYTHON) -m embedded.install .venv requirements.txt
	@touch $(STAMP)

run: setup
	@exec $(PY) -m embedded.run

test: setup
	@$(PY) -m browser.chromium
	@# A test process that has nothing left to do takes over tests from one that has.
	@$(PY) -m pytest -n auto --dist=worksteal $(ARGS)

# Makes the pictures of the read-me anew, of made-up people in servers of their own.
screenshots: setup
	@$(PY) -m browser.chromium
	@SCREENSHOTS=docs/screenshots $(PY) -m pytest -q -n 0 browser/tests/test_pictures.py

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	@# What it kept of a module that has moved is an error to it: then it looks again, afresh.
	.venv/bin/mypy . || { rm -rf .mypy_cache; .venv/bin/mypy .; }
	.venv/bin/lint-imports
	DJANGO_SETTINGS_MODULE=alektum_privacy.settings.test $(PY) manage.py makemigrations --check --dry-run
	$(PY) -m embedded.translations
	$(PY) -m embedded.check_production

SUBJECTS ?= 300000
bench: setup
	@exec $(PY) -m bench --subjects $(SUBJECTS) $(ARGS)

format: setup
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: setup
	.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --no-header --python-version 3.11 requirements.in -o requirements.txt

# Adds the texts that lack their Dutch, empty, to the file of their app; `make check` asks for them all.
messages: setup
	@$(PY) -m embedded.translations --write
