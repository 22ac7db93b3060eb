# The few commands a person types. What they do is in tools/; each ends with one line that says what happened.

PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3 python,$(shell $(p) -c "import sys; sys.version_info[:2] in ((3,11),(3,12),(3,13)) and print('$(p)')" 2>/dev/null)))
VENV ?= .venv
ifeq ($(OS),Windows_NT)
  PY := $(VENV)/Scripts/python.exe
else
  PY := $(VENV)/bin/python
endif
READY := $(VENV)/ready
PORT ?= 8000

.DEFAULT_GOAL := help
.NOTPARALLEL: # `make -j site test` would build twice at once into the same folder
.PHONY: help book site test test-without-browser labs bench lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' Makefile

book: site ## build the whole book and serve it
	@$(PY) tools/serve.py _build/html $(PORT)

site: $(READY) ## build the whole book
	@$(PY) tools/build.py

test: $(READY) ## every check there is
	@$(PY) tools/checks.py

test-without-browser: $(READY) ## the checks that need no browser and no Binder
	@$(PY) tools/checks.py style code site links labs chapters

labs: $(READY) ## open the labs in JupyterLab
	@$(PY) -m jupyterlab --notebook-dir=. labs

bench: $(READY) ## measure the site as a reader meets it
	@$(PY) benchmarks/bench.py

lock: $(READY) ## renew requirements.txt from pyproject.toml
	@$(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements.txt $(UPGRADE) pyproject.toml
	@echo "lock: requirements.txt renewed from pyproject.toml"

clean: ## forget what was built (not the environment)
	@rm -rf _build
	@echo "clean: _build removed"

SUPPORTED := import sys; sys.exit(sys.version_info[:2] not in ((3,11),(3,12),(3,13)))

$(READY): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "env: this needs Python 3.11, 3.12 or 3.13, and found none; install one" \
	  "(apt install python3 python3-venv), or name yours: make site PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c "$(SUPPORTED)" || { echo "env: $(PYTHON) does not run, or is not Python 3.11, 3.12 or 3.13;" \
	  "name another: make site PYTHON=/path/to/python3.12"; exit 1; }
	@echo "env: making $(VENV) with $(PYTHON) (some minutes the first time)"
	@$(PYTHON) -m venv $(VENV) || { echo "env: $(PYTHON) cannot make an environment; where its venv module is a package" \
	  "of its own, install that (apt install python3-venv), and try again"; exit 1; }
	@$(PY) -c "$(SUPPORTED)" || { echo "env: $(VENV) stems from another Python; remove it (rm -r $(VENV)), and try again"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
	  || { echo "env: the locked packages could not be fetched; the reason stands above. The first time needs the" \
	  "network; try again, what was fetched is kept"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo ok > $(READY)
