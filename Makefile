# The commands of the README. Everything happens in .venv; nothing outside the checkout changes.

PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
VENV := .venv
# Rules call `python` and `snakemake`: those of the virtual environment come first.
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PYTHONNOUSERSITE=1

.PHONY: install demo test lint format docs benchmark

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $(PYTHON) is older than Python 3.11; run 'make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)'." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[workflow,clusters,dev]'
	@touch $@

demo: install
	$(IN_VENV) snakemake --cores $(CORES)

test: install
	$(IN_VENV) python -m pytest --numprocesses 2

lint: install
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check
	$(IN_VENV) mypy
	$(IN_VENV) snakefmt --check workflow
	$(IN_VENV) snakemake --lint

format: install
	$(IN_VENV) ruff check --fix
	$(IN_VENV) ruff format
	$(IN_VENV) snakefmt workflow

docs: install
	$(IN_VENV) python -m deepsphere_pipe reference config --out docs/configuration.md
	$(IN_VENV) python -m deepsphere_pipe reference steps --out docs/python.md
	$(IN_VENV) python -m deepsphere_pipe costs --out docs/costs.md

benchmark: install
	$(IN_VENV) python -m benchmarks.network
