# Two commands are enough: `make demo` and `make test`. Each makes .venv and installs what it needs.

# `make PYTHON=python3.13 test` makes .venv with that one; else uv looks for a Python that is new enough.
PYTHON ?= python3
BIN := .venv/bin
# uv where it is present, else venv and pip.
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
SCENARIO ?= errors

.PHONY: planes fuzz demo test check bench bench-judge model format clean

demo: .venv/lab  ## a real release in the terminal: Envoy, load, a canary that breaks
	$(BIN)/pithead demo --scenario $(SCENARIO)

test: .venv/dev  ## all tests; a suite whose program is missing is skipped and says how to get it
	$(BIN)/python -m pytest -n 2

check: .venv/dev  ## what CI runs: format, lint, types, architecture, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2

planes:  ## the real API server of the tests, built once a machine (Go 1.26, 8 minutes)
	@tests/planes/build

bench: .venv/dev  ## the figures of the README
	$(BIN)/python -m tests.bench

bench-judge: .venv/dev  ## simulated releases: the rules in use today, ours, and the bars (about a quarter of an hour)
	$(BIN)/python -m tests.bench_judge

model: .venv/dev  ## 20,000 random sequences of time, faults and people with the real worker
	$(BIN)/python -m tests.model --sequences 20000

fuzz: .venv/dev  ## whatever strangers send: plans, journals, answers (100,000 of each: about an hour of one core)
	$(BIN)/python -m tests.fuzz all --inputs 100000

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv build *.egg-info

$(BIN)/python:
	@$(if $(UV),:,$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))') || \
	  { echo "$(PYTHON) is missing or older than 3.11: make PYTHON=python3.12 names another" >&2; exit 1; }
	@$(if $(UV),$(UV) venv --quiet $(if $(filter file,$(origin PYTHON)),,--python $(PYTHON)) .venv,$(PYTHON) -m venv .venv) || \
	  { rm -rf .venv; echo "no virtual environment can be made: on Debian, apt-get install python3-venv" >&2; exit 1; }

.venv/lab: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[lab]'
	@touch $@

.venv/dev: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[lab,dev]'
	@touch $@ .venv/lab
