# The Deep Learning Gallery. Needs Python 3.11 or newer and make; everything else is set up here.
#
#   make run                      open the gallery in this machine's browser
#   make run ARGS="--port 8000"   hand options to app.py, pytest or the benchmarks

VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=
BENCH ?= imagenet word2vec style_transfer go faces gan_lab gallery cache
# Set before torch is imported: threads that wait by spinning slow every small inference down.
export OMP_WAIT_POLICY := PASSIVE
export GRADIO_ANALYTICS_ENABLED := False
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run demo test bench lint format lock clean always
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: $(VENV)/.run ## start the gallery
	$(PY) app.py $(ARGS)

demo: $(VENV)/.run ## start one demo alone: make demo DEMO=imagenet
	@test -n "$(DEMO)" || { echo "Say which: make demo DEMO=imagenet" >&2; exit 2; }
	$(PY) -m demos.$(DEMO) $(ARGS)

test: $(VENV)/.dev ## run all tests, also those in a real browser
	$(PY) -m tests.chromium
	$(PY) -m pytest $(ARGS)

bench: $(VENV)/.dev ## measure: make bench BENCH=imagenet ARGS=--json
	@$(PY) -m tests.chromium >/dev/null
	@for name in $(BENCH); do $(PY) -m benchmarks $$name $(ARGS) || exit 1; done

lint: $(VENV)/.dev ## check style and types
	@# Gradio writes a .pyi beside each widget, and mypy would read that instead of the widget.
	@find gallery demos -name "*.pyi" -delete
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(VENV)/.dev ## put the code into the house's layout
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: $(VENV)/.dev ## write the locks anew after a change of requirements (newest: ARGS=--upgrade)
	$(PY) -m pip install --quiet "uv>=0.5"
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock

# One lock for Linux and macOS and for every Python from 3.11 on: differences stand as markers.
LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	--custom-compile-command "make lock" $(ARGS)

clean: ## remove the virtual environment and all caches; training runs in runs/ stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .gradio
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find gallery demos -name "*.pyi" -delete

# The files below mark what is done, so that a second call starts at once.

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(PY) -m pip install -r requirements-dev.lock
	@touch $@

$(VENV)/.run: requirements.lock $(VENV)/.python
	@echo "Installing the packages. On Linux these are about three gigabytes, once."
	$(PY) -m pip install -r requirements.lock
	@touch $@

# An environment whose Python was removed or replaced does not run any more: make it anew.
$(VENV)/.python: $(if $(shell $(PY) -c "print(1)" 2>/dev/null),,always)
	@sh ./.ci/venv $(VENV) $(PYTHON)
	@touch $@

always:
