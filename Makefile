# Packtrail's one door, for people and for CI. `make` lists what there is.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
STAMP := .venv/.made-from-requirements
COMMAND := .venv/bin/packtrail

# The newest Python that really runs: a version manager's shim may exist and fail.
FIND_PYTHON = for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	then command -v $$p; break; fi; done

.PHONY: help setup run demo test fuzz check bench package docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-10s  %s\n", $$1, $$2}' $(MAKEFILE_LIST) | sort

setup: $(STAMP) $(COMMAND) ## make .venv with everything pinned (needs Python 3.11, 3.12 or 3.13)

$(STAMP): requirements.txt requirements-dev.txt
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Packtrail needs Python 3.11, 3.12 or 3.13; none was found on PATH."; exit 1; fi; \
	echo "Setting up .venv with $$($$python --version); this takes a minute or two, once"; \
	$$python -m venv .venv && \
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The project itself, from where it stands: so there is the command `packtrail`.
$(COMMAND): | $(STAMP)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .

run: setup ## start Packtrail on http://127.0.0.1:8000 and, on an empty state, play the story
	@$(PY) -m infra.local

demo: setup ## play the story again, with fresh goods, against the running Packtrail
	@$(PY) -m infra.local demo

test: setup ## run every test; t=path runs some
	@$(PY) -m pytest $(if $(t),$(t),-n 2 --dist loadgroup tests)

fuzz: setup ## damage inputs of every parser, n=5000 of each; whatever breaks goes into the corpus
	@FUZZ_EXAMPLES=$(or $(n),5000) $(PY) -m pytest -q -n 2 tests/fuzz

check: setup ## format, lint, types, floors, generated files
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m scripts.generate_routes --check
	@$(PY) -m scripts.generate_openapi --check

bench: setup ## measure, and count requests and capacity units; only=name runs one
	@$(PY) -m benchmarks $(if $(only),--only $(only))

package: setup ## make build/: the deployment zip and the CloudFormation template, checked
	@$(PY) -m infra.package build

docs: setup ## write docs/openapi.json and the table of routes anew
	@$(PY) -m scripts.generate_routes
	@$(PY) -m scripts.generate_openapi

lock: setup ## pin anew what pyproject.toml asks for
	@rm -f requirements.txt requirements-dev.txt
	@.venv/bin/pip-compile -q --no-annotate --no-header --strip-extras --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links -o requirements.txt pyproject.toml
	@.venv/bin/pip-compile -q --no-annotate --no-header --strip-extras --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --extra dev -c requirements.txt \
		-o requirements-dev.txt pyproject.toml

clean: ## remove what can be made again; .packtrail (your local data) stays
	@rm -rf build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
