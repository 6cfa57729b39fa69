# Everything starts here; `make` alone lists the targets. Needs Python >= 3.12 and make.
.DEFAULT_GOAL := help
.PHONY: help run test test-services test-browser lint format bench services lock clean base dev

export PORT ?= 8000
export DATA_DIR ?= $(CURDIR)/data
export PYTHON
unexport PYTHONDONTWRITEBYTECODE  # many processes start here: each would compile everything anew
CHROMIUM ?= /usr/bin/chromium
WORKERS ?= 2
PYTEST = .venv/bin/python -m pytest
PARALLEL = -n $(WORKERS) --dist loadgroup  # what shares a costly beginning stays together
# Where the services are tried on one machine; each can be named otherwise.
LOCAL_DATABASE = postgres://postgres@127.0.0.1:5432/commons
LOCAL_REDIS = redis://127.0.0.1:6379
EMBEDDED = env -u DATABASE_URL -u REDIS_URL

help:  ## List the targets
	@echo "Commons. Targets (PORT=$(PORT), DATA_DIR=$(DATA_DIR)):"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

base:
	@bin/prepare base

dev:
	@bin/prepare dev

run: base  ## Install, build, migrate, load the demo and serve everything on one port
	@exec .venv/bin/python manage.py serve

test: dev  ## The fast suite on SQLite; needs no server and no browser
	$(EMBEDDED) $(PYTEST) $(PARALLEL) $(ARGS)

test-services: export DATABASE_URL := $(or $(DATABASE_URL),$(LOCAL_DATABASE))
test-services: export REDIS_URL := $(or $(REDIS_URL),$(LOCAL_REDIS)/1)
test-services: dev  ## The suite on PostgreSQL and Redis, and what only they can show
	@.venv/bin/python bin/reach_services.py
	$(PYTEST) $(PARALLEL) -m "not browser and (thorough or not alone)" $(ARGS)

test-browser: export CHROMIUM := $(CHROMIUM)
test-browser: dev  ## End to end in headless Chromium, accessibility scans included
	@test -x "$(CHROMIUM)" || { echo "commons: no Chromium at $(CHROMIUM). Install it (Debian: apt-get install chromium) or name it: make test-browser CHROMIUM=/path/to/chromium" >&2; exit 1; }
	$(EMBEDDED) $(PYTEST) $(PARALLEL) -m browser tests/browser $(ARGS)

lint: dev  ## Formatting, linting, types, import contracts, templates, migrations, API schema, deployment checks
	@.venv/bin/python bin/lint.py

format: dev  ## Put the Python files into shape
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

bench: dev  ## The benchmarks on the services layout; prints a table, writes bench/results/
	@.venv/bin/python -m bench.run $(ARGS)

services: export DATABASE_URL := $(or $(DATABASE_URL),$(LOCAL_DATABASE))
services: export REDIS_URL := $(or $(REDIS_URL),$(LOCAL_REDIS)/0)
services: export DATA_DIR := $(if $(filter file,$(origin DATA_DIR)),$(CURDIR)/data/services,$(DATA_DIR))
services: base  ## The production layout without Docker, on local PostgreSQL and Redis
	@exec .venv/bin/python bin/services.py

lock: dev  ## Lock the newest packages that pyproject.toml allows
	@bin/lock

clean:  ## Remove what was installed and built; data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	rm -rf frontend/node_modules static/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
