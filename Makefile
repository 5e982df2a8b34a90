# Two commands are enough: `make demo` and `make test`. Each makes .venv and installs what it needs.

# `make PYTHON=python3.13 test` makes .venv with that one; else uv looks for a Python that is new enough.
PYTHON ?= python3
BIN := .venv/bin
# uv where it is present, else venv and pip.
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(BIN)/python tools/install.py
SCENARIO ?= errors
# Where the environment forbids it, each of the tests' programs would compile all that it imports, anew every time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: wheel planes fuzz demo test test-quick exhaustive trials check coverage bench bench-against bench-judge model lock format clean

demo: .venv/lab  ## a real release in the terminal: Envoy, load, a canary that breaks
	@$(BIN)/pithead demo --scenario $(SCENARIO); code=$$?; case $$code in 10|11|13) ;; *) exit $$code;; esac

# `make test ARGS="tests/plan -x"` hands these on to pytest.
ARGS ?=
# `make test ORDER=random` says its seed; `make test ORDER=random SEED=7` goes through that order again.
ORDER ?= files
RANDOM_ORDER = -p randomly --randomly-dont-reset-seed $(if $(SEED),--randomly-seed=$(SEED))
PYTEST = $(BIN)/python -m pytest $(if $(filter random,$(ORDER)),$(RANDOM_ORDER))

test: .venv/dev  ## all tests, with a sample of what is generated; one whose program is missing says how to get it
	$(PYTEST) -n 6 $(ARGS)

test-quick: .venv/dev  ## no laboratory, no real servers: within a minute, for who edits
	$(PYTEST) -n 3 --quick $(ARGS)

exhaustive: .venv/dev  ## everything that is generated, in full; goes on where it was cut off
	$(BIN)/python -m tests.exhaustive

trials: .venv/dev  ## the suite many times: make trials TRIALS="idle 3 busy 5 random 3"
	$(BIN)/python -m tests.trials $(TRIALS)

check: .venv/dev  ## what CI runs: format, lint, types, architecture, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PITHEAD_TESTS=full $(PYTEST) -n 6

planes:  ## the real servers of the tests, built once a machine (Go 1.26, 13 minutes)
	@tests/planes/build

coverage: .venv/dev  ## branch coverage of plan, release, policy, judge and traffic: 95% or more each (3 minutes)
	$(BIN)/python -m tests.covered

bench: .venv/dev  ## the figures of the README
	$(BIN)/python -m tests.bench

# `make bench-against REV=HEAD~5 ARGS="first_frame --rounds 5"`
bench-against: .venv/dev  ## first frame, bytes, CPU, way back and replay beside those of another revision, in turn
	$(BIN)/python -m tests.bench.against $(REV) $(ARGS)

bench-judge: .venv/dev  ## simulated releases: the rules in use today, ours, and the bars (about a quarter of an hour)
	$(BIN)/python -m tests.bench_judge

model: .venv/dev  ## 20,000 random sequences of time, faults and people with the real worker
	$(BIN)/python -m tests.model --sequences 20000

fuzz: .venv/dev  ## whatever strangers send: plans, journals, answers (100,000 of each: about an hour of one core)
	$(BIN)/python -m tests.fuzz all --inputs 100000

lock:  ## the newest versions of all that a checkout installs, for everybody who works on it (needs uv)
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --quiet \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --output-file tools/locked.txt
	@git --no-pager diff --stat tools/locked.txt

wheel: | $(BIN)/python  ## what users install: dist/pithead-VERSION-py3-none-any.whl
	@rm -rf build  # else what an older build left there goes into this one
	@$(if $(UV),$(UV) build --quiet --wheel --out-dir dist,$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .)
	@rm -rf build
	@ls dist/*.whl

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv build *.egg-info

$(BIN)/python:
	@echo "making .venv (seconds; without uv up to half a minute, and longer on a busy machine)" >&2
	@$(if $(UV),:,$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))') || \
	  { echo "$(PYTHON) is missing or older than 3.11: make PYTHON=python3.12 names another" >&2; exit 1; }
	@$(if $(UV),$(UV) venv --quiet $(if $(filter file,$(origin PYTHON)),,--python $(PYTHON)) .venv,$(PYTHON) -m venv .venv) || \
	  { rm -rf .venv; echo "no virtual environment can be made: on Debian, apt-get install python3-venv" >&2; exit 1; }

.venv/lab: pyproject.toml tools/locked.txt | $(BIN)/python
	@$(INSTALL) lab
	@touch $@

.venv/dev: pyproject.toml tools/locked.txt | $(BIN)/python
	@$(INSTALL) lab,dev
	@touch $@ .venv/lab
