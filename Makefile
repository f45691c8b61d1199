# Attune's commands. `make run` and `make test` need only Python >= 3.11, git and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
# Two workers suit two cores; `make test WORKERS=8` on a larger machine.
WORKERS ?= 2
PYTEST := $(PYTHON) -m pytest -q --durations=5

.PHONY: help run setup setup-dev sbom messages test test-fast test-browser test-postgres check format bench chaos load fuzz figures restore-drill restore-drill-postgres lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

setup: ## install the runtime packages into .venv
	@sh bin/prepare runtime

setup-dev: ## install the tests' packages and Chromium
	@sh bin/prepare dev

run: setup ## start the demo center: web and jobs
	@$(PYTHON) bin/make_env.py
	@exec $(PYTHON) manage.py dev --demo

test: setup-dev ## the whole suite on SQLite, browser tests included
	$(PYTEST) -n $(WORKERS) -m "not browser"
	$(PYTEST) -m browser

test-fast: setup-dev ## everything but browser tests
	$(PYTEST) -n $(WORKERS) -m "not browser"

test-browser: setup-dev ## the browser tests alone
	$(PYTEST) -m browser

test-postgres: setup-dev ## the suite on PostgreSQL: DATABASE_URL or a throw-away cluster
	@sh bin/with_postgres $(PYTEST) -n $(WORKERS) -m "not browser and not words"

check: setup-dev ## format, lint with security rules, types, imports, migrations, docs
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -W error manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -W error manage.py check
	$(PYTHON) bin/write_docs.py --check

format: setup-dev ## let the formatters do their work
	$(VENV)/bin/ruff check --fix --quiet . || true
	$(VENV)/bin/ruff format --quiet .
	$(VENV)/bin/djade --target-version 5.2 $$(git ls-files 'templates/*.html') || true

messages: setup ## collect what pages say into locale/ and compile it (needs gettext)
	@$(PYTHON) bin/make_env.py
	$(PYTHON) manage.py makemessages --locale es --no-wrap --no-location --no-obsolete --ignore .venv --ignore bench --ignore tests --ignore var
	$(PYTHON) manage.py compilemessages --locale es --ignore .venv

# `make chaos FIGURE=5 ROUNDS=1000 SEED=7`; with DATABASE_URL or ENGINE=postgresql on PostgreSQL.
ENGINE ?= $(if $(DATABASE_URL),postgresql,sqlite)
MEASURE = $(if $(filter postgresql,$(ENGINE)),sh bin/with_postgres) $(PYTHON) -m pytest -q -n0 -s --timeout 0 $(if $(FIGURE),--figure $(FIGURE)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

chaos: setup-dev ## kill, cut and race on purpose; figures to bench/results
	@$(MEASURE) bench/chaos

load: setup-dev ## many clients at real processes; figures to bench/results
	@$(MEASURE) bench/load

# `make fuzz EXAMPLES=500`: so many requests for each operation of the API.
fuzz: setup-dev ## make up requests from the API's description
	FUZZ_EXAMPLES=$(or $(EXAMPLES),100) $(PYTEST) --timeout 0 -n $(WORKERS) tests/config/test_api_fuzz.py

figures: ## print what chaos and load have measured
	@$(PYTHON) -m bench.figures

restore-drill: setup-dev ## make a backup, damage copies, restore one, check it
	$(PYTEST) -n0 tests/ops/test_backup.py

restore-drill-postgres: setup-dev ## the same drill on PostgreSQL
	@sh bin/with_postgres $(PYTEST) -n0 tests/ops/test_backup.py

bench: setup-dev ## print the ratios that performance promises are made of
	$(PYTHON) -m bench

lock: ## resolve requirements.in and requirements-dev.in anew (needs uv)
	uv pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

sbom: setup ## write what Attune is made of to sbom.json (CycloneDX)
	@$(PYTHON) bin/write_sbom.py > sbom.json

clean: ## remove what the commands made, the demo database included
	rm -rf $(VENV) .env var staticfiles
