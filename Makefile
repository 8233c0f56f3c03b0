# s2s: from sketch to style. Needs Python 3.11 or newer; a bare `make` lists what there is.
PYTHON ?= python3
VENV ?= .venv
# One more than there are cores: many tests wait for a browser or another process.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, 1 + (os.cpu_count() or 1)))")

BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN := $(VENV)/$(BIN)/
BUILD := _build
# Warnings are errors: a broken link, a missing equation, a cell that raises.
STRICT := -W -n --keep-going --quiet

.DEFAULT_GOAL := help
.PHONY: help setup book site pdf slides test lint notebooks results appendix graphs bench fuzz audit lab vendor clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# $(call environment,FOLDER): a virtual environment with a pip, or a clear word about why not
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The book needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@test -x $(1)/$(BIN)/pip || $(PYTHON) -m venv $(1) || { \
	  echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef
PIP = -m pip --disable-pip-version-check install --quiet -c constraints.txt

$(VENV)/.made: pyproject.toml constraints.txt
	$(call environment,$(VENV))
	@echo "installing into $(VENV) (torch is large; this takes some minutes)"
	@$(RUN)python $(PIP) -e '.[book,export,test,dev]'
	@touch $@

setup: $(VENV)/.made ## make the environment .venv (once)

vendor: setup
	@$(RUN)python tools/vendor.py --if-needed

book: setup vendor ## run every chapter on this machine and build _build/html
	@rm -rf $(BUILD)/html $(BUILD)/.doctrees $(BUILD)/jupyter_execute
	@S2S_EXECUTE=1 $(RUN)jupyter-book build . $(STRICT) || { \
	  echo "A chapter did not run through; $(BUILD)/html/reports/ says which cell and why. The pages are in $(BUILD)/html." >&2; exit 1; }
	@echo "open $(BUILD)/html/index.html"

# Lines of the package that the unit tests run. What a chapter runs is run by its own kernel, which is not counted.
COVER := --cov=s2s_helpers --cov-report=term:skip-covered --cov-fail-under=90

test: setup vendor lint ## run the unit tests, every chapter, and a strict build of the site
	OMP_NUM_THREADS=1 S2S_FAST=1 $(RUN)python -m pytest -n $(WORKERS) --no-loadscope-reorder $(COVER)

lint: setup ## check the style of the code (ruff) and the types of the package (mypy, strict)
	$(RUN)ruff check
	$(RUN)mypy

notebooks: setup ## run the chapters again and store their outputs (NAMES="01_sketches_and_pictures" for some)
	$(RUN)python tools/notebooks.py $(NAMES)

results: setup ## write every table and plot of the stored runs (data/results/tables.md)
	$(RUN)python tools/results.py

appendix: setup ## draw the figures of the networks; write the pages claims, provenance and run_times
	$(RUN)python tools/appendix.py

graphs: setup ## write the graphs of the networks that run in the browser (after a training; NAMES="painter" for some)
	$(RUN)python tools/graphs.py $(NAMES)

bench: setup ## measure this machine: every hot path beside a plain reference and its floor (10 minutes)
	$(RUN)python benchmarks/hot_paths.py

fuzz: setup ## feed 25,000 damaged files to all readers (about ten minutes)
	OMP_NUM_THREADS=1 $(RUN)python tools/fuzz.py

audit: ## ask the registries for known weaknesses of what is installed (needs the network)
	$(call environment,.venv-audit)
	@.venv-audit/$(BIN)/python -m pip --disable-pip-version-check install --quiet pip-audit
	.venv-audit/$(BIN)/pip-audit --strict --no-deps --disable-pip -r constraints.txt
	cd web && npm audit --package-lock-only

# Where everything is done as root, as in a container, Jupyter asks to be told so.
ROOT = $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

lab: setup ## open the chapters in JupyterLab, on this machine only
	$(RUN)jupyter lab --ip=127.0.0.1 $(ROOT) --LabApp.news_url= --LabApp.default_url=/lab/tree/book/index.ipynb

# The site from the stored outputs needs no torch: without .venv it makes a small environment of its own.
SITE := $(if $(wildcard $(VENV)/.made),$(VENV),.venv-site)

.venv-site/.made: pyproject.toml constraints.txt
	$(call environment,.venv-site)
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["book"], sep="\n")' > .venv-site/requirements.txt
	@.venv-site/$(BIN)/python $(PIP) -r .venv-site/requirements.txt
	@touch $@

site: $(SITE)/.made ## build _build/html from the stored outputs (needs no torch)
	@$(SITE)/$(BIN)/python tools/vendor.py --if-needed
	@rm -rf $(BUILD)/html $(BUILD)/.doctrees
	$(SITE)/$(BIN)/jupyter-book build . $(STRICT)
	@echo "open $(BUILD)/html/index.html"

pdf: setup vendor ## print the book from the stored outputs into _build/book.pdf (needs Chromium)
	@rm -rf $(BUILD)/singlehtml $(BUILD)/.doctrees
	$(RUN)jupyter-book build . $(STRICT) --builder singlehtml
	$(RUN)python tools/pdf.py

slides: setup vendor ## make slides of the chapters, _build/slides, to teach without a network (NAMES="07_patchgan" for some)
	@$(RUN)python tools/slides.py $(NAMES)
	@echo "open $(BUILD)/slides/index.html"

clean: ## remove what was built (the environment stays)
	rm -rf $(BUILD) book/_vendor .pytest_cache *.egg-info
