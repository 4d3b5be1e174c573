# Two commands for a newcomer: make demo, make test. Everything else is for those who stay.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test test-wide check serve bench browser bundle lock clean
help: ; @grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

# A stamp per lock: a changed lock or project file sets up again. Kernels have a stamp of their own: numba does not
# notice when a kernel in another file has changed, so any change of theirs compiles all of them anew.
KERNELS := $(wildcard src/qingxi/plan/*.py src/qingxi/sewer/*.py src/qingxi/terrain/*.py src/qingxi/treatment/*.py src/qingxi/world/*.py)

$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "set-up: installing pinned packages (once)…"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "set-up: installing pinned packages and tools (once)…"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

$(VENV)/.kernels: $(KERNELS) tools/warm_up.py | $(VENV)/.run
	@echo "set-up: compiling kernels (once)…"
	@$(BIN)/python tools/warm_up.py
	@touch $@

setup: $(VENV)/.run $(VENV)/.kernels ## make .venv, install the pinned packages, compile the kernels
demo: setup ## the whole story on the example county, in one go
	@$(BIN)/qingxi demo
serve: setup ## open the office on the demo county
	@$(BIN)/qingxi serve
# Two minutes of migrations, which change seldom.
UPGRADE := tests/office/test_upgrade.py
test: $(VENV)/.dev $(VENV)/.kernels ## the tests: library, office, house, story, and six people in a browser
	@set -e; [ -n "$$QINGXI_TEST_SHARED" ] || { QINGXI_TEST_SHARED=$$(mktemp -d); trap 'rm -rf "$$QINGXI_TEST_SHARED"' EXIT; }; \
	export QINGXI_TEST_SHARED; \
	$(BIN)/python -m pytest -n 2 --ignore=tests/browser --ignore=$(UPGRADE); \
	$(BIN)/python -m pytest -n 2 tests/browser/test_journeys.py
test-wide: $(VENV)/.dev $(VENV)/.kernels ## what CI runs besides: the office on PostgreSQL, old books upgraded, every page in the browser
	@why="$$($(BIN)/python tests/postgres.py)"; \
	if [ -z "$$why" ]; then QINGXI_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 tests/office; \
	elif [ "$$CI" = true ]; then echo "the office's tests must run on PostgreSQL in CI: $$why"; exit 1; \
	else echo "skipped: the office's tests on PostgreSQL: $$why"; fi
	@$(BIN)/python -m pytest -n 2 $(UPGRADE) tests/browser --ignore=tests/browser/test_journeys.py
check: $(VENV)/.dev ## style, types, the laws of the house
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
bench: $(VENV)/.dev $(VENV)/.kernels ## measure, beside peers, into benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/run.py
bundle: $(VENV)/.run ## everything a closed network needs to install an office, in dist/
	@tools/bundle.sh $(BIN)/python
lock: ; @tools/lock.sh
clean: ; rm -rf $(VENV) var out dist
