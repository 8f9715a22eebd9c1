PYTHON ?= python

.PHONY: check lint types contracts test bless site gallery

check: lint types contracts test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

contracts:
	PYTHONPATH=.:runtime $(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test:
	$(PYTHON) -m pytest -n auto

# Rewrites golden files. Read the diff as prose before committing it.
bless:
	$(PYTHON) -m pytest tests/lang tests/cli tests/validity tests/docs tests/draw tests/report tests/ops/test_blessed_versions.py --bless

# The documentation as a site, in build/site.
site:
	NO_MKDOCS_2_WARNING=1 PYTHONPATH=.:runtime $(PYTHON) -m mkdocs build --strict

# The report of each spec, in build/gallery; PROFILE=test is a look at small sizes. Goes on where it was stopped.
gallery:
	PYTHONPATH=.:runtime $(PYTHON) docs/gallery.py $(if $(PROFILE),--profile $(PROFILE))
