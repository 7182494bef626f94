# Two commands do everything on a fresh machine: `make site` and `make test`.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export NO_MKDOCS_2_WARNING = 1

# two workers, and a file stays with one of them: its tests share what they set up
SPREAD := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help site serve offline test check strict plain record status lint bench full clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

site: $(READY) ## build the whole site into site/, running the tutorials whose results are stale
	$(BIN)/mkdocs build

serve: $(READY) ## serve the site with live reload at http://127.0.0.1:8000
	$(BIN)/mkdocs serve

offline: $(READY) ## pack the site into dist/ground-up.zip: unpacked, it opens from its folder, without a server
	$(BIN)/mkdocs build
	$(BIN)/regen offline site dist/ground-up.zip

test: $(READY) lint strict ## everything that must hold: lint, types, records, code blocks, library, machinery, pages
	env -u PYTEST_ADDOPTS -u PYTEST_PLUGINS $(BIN)/python -m pytest --complete $(SPREAD)

check: $(READY) ## compare the tutorials' results with their records
	$(BIN)/regen check

strict: $(READY) ## compare them, and refuse spreads of seeds that older code made
	$(BIN)/regen check --strict

plain: $(READY) ## each tutorial as a reader runs it, with the library from the wheel, twice, compared with its record (as long as a cold build)
	$(BIN)/python -m pytest tests/plain/every_page.py

record: $(READY) ## rewrite the records, and print what changed
	$(BIN)/regen record

status: $(READY) ## which tutorials are fresh, which are stale and why
	$(BIN)/regen status

lint: $(READY) ## ruff (lint and format) and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY) ## time training and the build, as ratios measured in one run
	$(BIN)/python benchmarks/training.py --memory
	$(BIN)/python benchmarks/build.py

full: $(READY) ## run the sources' own schedules with several seeds (hours on a CPU), and the study of our recipe; goes on where it was interrupted
	$(BIN)/python -m groundup.full_runs
	$(BIN)/python -m groundup.study

clean: ## remove the site, its archive and the kept results (not the environment)
	rm -rf site dist .regen

# The lock holds names and versions only. pip names the line of each package that it fetches, which shows how many remain.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned packages: about 3 GB to download and 6 GB on disk on Linux, where torch brings CUDA."
	@set -o pipefail; $(BIN)/python -m pip install --no-deps --progress-bar off -r requirements.lock 2>&1 | awk -v total=$$(wc -l < requirements.lock) ' \
		match($$0, /\(line [0-9]+\)/) { n = substr($$0, RSTART + 6, RLENGTH - 7); name = $$2; sub(/.*\//, "", name); printf "  [%d of %d] %s\n", n, total, name; fflush() } \
		/^ *Downloading .*[MG]B\)/ { print "      " $$(NF - 1) " " $$NF; fflush() } \
		/^Installing/ { print "  unpacking " total " packages"; fflush() } \
		/ERROR|error:/ { print; fflush() }'
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
