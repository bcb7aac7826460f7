# make demo    grade a sample class and say where its pages are
# make test    set up, then run everything: lint, types, tests
# make check   set up, then ruff and mypy (strict)
# make fuzz    fuzz what reads hostile bytes, FUZZ_SECONDS each (60)
# make clean   remove all that these make
#
# On Debian with Python 3.11 (or newer) and make. Started by root, they also install the Debian packages that are
# missing (python3-venv; chromium for the tests of the pages); for another user, one line names them.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
HAS_VENV := $(PYTHON) -c 'import ensurepip, venv'
HAS_BROWSER := command -v chromium || command -v chromium-browser || command -v google-chrome

# What is installed is decided by these: newer than a stamp, they have it made again.
DECIDED_BY := pyproject.toml setup.py
MADE := $(VENV)/.made
FOR_DEMO := $(VENV)/.installed-for-demo
FOR_TEST := $(VENV)/.installed-for-test

.DEFAULT_GOAL := help
.PHONY: help demo test check fuzz clean
FUZZ_SECONDS ?= 60
CLASSES := tests/test_classes.py  # these have every core to themselves: what is a timeout and what is not, depends on it

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(FOR_DEMO)
	@$(BIN)/autograder demo

test: check
	@.ci/need "$(HAS_BROWSER)" chromium "the tests of the pages need a browser, without one they are left out" \
	    || export AUTOGRADER_NO_BROWSER=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore $(CLASSES); others=$$?; \
	$(BIN)/python -m pytest $(CLASSES) && exit $$others

check: $(FOR_TEST)
	$(BIN)/ruff check .
	$(BIN)/mypy

fuzz: $(FOR_TEST)
	@$(INSTALL) -e '.[fuzz]'
	$(BIN)/python fuzz/fuzz.py wire $(FUZZ_SECONDS)
	$(BIN)/python fuzz/fuzz.py notebook $(FUZZ_SECONDS)

$(FOR_DEMO): $(DECIDED_BY) | $(MADE)
	@echo "installing the grader into $(VENV)"
	@$(INSTALL) -e .
	@touch $@

$(FOR_TEST): $(DECIDED_BY) | $(MADE)
	@echo "installing the grader, TensorFlow, nbgrader and the tools into $(VENV): this takes some minutes"
	@$(INSTALL) -e '.[tensorflow,release,dev]'
	@touch $(FOR_DEMO) $@

$(MADE):
	@.ci/need "$(HAS_VENV)" python3-venv "$(PYTHON) cannot make virtual environments without it"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info demo-results .pytest_cache .mypy_cache .ruff_cache
