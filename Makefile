# Each target sets up the project's own .venv first, once: Python 3.11 or newer, make and the package index are enough.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
SCENARIO ?= small-team

.PHONY: demo tour screenshots test chaos bench lint lock licences audit clean

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	@echo "Setting up $(VENV) (once) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(VENV)/bin/vi-bot demo --scenario $(SCENARIO)

tour: $(READY)
	@$(VENV)/bin/vi-bot demo --tour --scenario $(SCENARIO)

# Needs Chromium on the machine (Debian: apt-get install chromium).
screenshots: $(READY)
	@$(VENV)/bin/python -m sandbox.screenshots docs/pictures

# In memory where there is room: thousands of short-lived databases wait for a disk otherwise.
ROOMY = test "$$(df -Pk /dev/shm 2>/dev/null | awk 'END {print $$4}')" -gt 4000000 2>/dev/null
test: $(READY)
	@$(ROOMY) && export TMPDIR=$${TMPDIR:-/dev/shm}; \
	  $(VENV)/bin/pytest --cov --numprocesses auto --dist worksteal $(PYTEST_ARGS)

# Three processes, a database that restarts, thirty people, for two minutes; CHAOS_ARGS=--help.
chaos: $(READY)
	@$(VENV)/bin/python -m tests.chaos $(CHAOS_ARGS)

# QUICK=1 measures little of everything; BENCH_ARGS names benchmarks and options (BENCH_ARGS=--help).
bench: $(READY)
	@$(VENV)/bin/python -m benchmarks $(if $(QUICK),--quick) $(BENCH_ARGS)

lint: $(READY)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Needs uv; the locks name packages and hashes, never a registry's address. Those of the image are parts of the whole.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --custom-compile-command 'make lock'
lock:
	$(COMPILE) --group dev --all-extras --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --extra postgres --extra signatures \
	  --output-file deploy/requirements.txt pyproject.toml
	echo hatchling | $(COMPILE) --constraint requirements.lock --output-file deploy/requirements-build.txt -
	$(MAKE) licences

licences: $(READY)
	@$(VENV)/bin/python -m deploy.licences

# Says so where the advisories cannot be had; fails only where something that is shipped is vulnerable.
audit: $(READY)
	@$(VENV)/bin/python -m deploy.advisories

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.*
