# Everything one does with a checkout. Needs Python 3.11 or newer, make and a package index; `make help` lists it all.

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
MANAGE := $(BIN)/python manage.py
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help install run test proof soak lint format messages bench lock audit release

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv and install the locked dependencies into it

# The stamp holds what was installed, so that a second call costs nothing and a changed lock file is noticed.
$(INSTALLED): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: export DEBUG = 1
run: install ## show the demo community on http://127.0.0.1:$PORT/ (8000)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_demo
	@echo "recportal is at http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@trap 'kill $$server $$worker 2>/dev/null; wait' EXIT; trap 'exit 0' INT; trap 'exit 143' TERM; \
		$(MANAGE) work & worker=$$!; \
		$(MANAGE) runserver --noreload 127.0.0.1:$(PORT) & server=$$!; \
		wait $$server

test: install ## run the suite on SQLite, then on PostgreSQL
	@echo "== The suite on SQLite"
	@RECPORTAL_TEST_ENGINE=sqlite $(PYTEST) -n auto
	@echo "== The suite on PostgreSQL"
	@RECPORTAL_TEST_ENGINE=postgresql $(PYTEST) -n auto -m "not proof and not browser and not once"

# What needs a browser, kills and large data. No more than two at once: each has processes of its own.
proof: install ## run what takes minutes: kills, races, large data, the browser
	@echo "== The proof on SQLite"
	@RECPORTAL_TEST_ENGINE=sqlite $(PYTEST) -n 2 --dist worksteal -m "proof or browser"
	@echo "== The proof on PostgreSQL"
	@RECPORTAL_TEST_ENGINE=postgresql $(PYTEST) -n 2 --dist worksteal -m "(proof or browser) and not once"

# The same tests with the numbers that docs/proofs.md states, where `make proof` takes a tenth of them: hours.
soak: export RECPORTAL_SOAK = 1
soak: export RECPORTAL_ROUNDS = 200
soak: export RECPORTAL_HOSTILE = 10
soak: proof ## run the proof with its full numbers

lint: install ## check style, types, layers, templates, migrations, what files name
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@git ls-files '*.html' | xargs $(BIN)/djade --check
	@DEBUG=1 SECRET_KEY=lint DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check --dry-run
	@$(BIN)/python -m pytest -q tests/test_tracked_files.py

format: install ## let the formatters rewrite what they can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@git ls-files '*.html' | xargs $(BIN)/djade

# Needs GNU gettext; the compiled catalogs are committed, so that nobody else does. The schemas' texts have a
# catalog of their own (locale/schemas), which is kept by hand.
messages: export DEBUG = 1
messages: install ## gather the texts to translate, and compile what is translated
	@$(MANAGE) makemessages -l it --add-location file --no-obsolete --no-wrap -i $(VENV) -i var -i tests
	@sed -i.bak '/^"Report-Msgid-Bugs-To/d' locale/it/LC_MESSAGES/django.po && rm locale/it/LC_MESSAGES/django.po.bak
	@$(MANAGE) compilemessages -i $(VENV)

bench: install ## measure imports, the API, pages and memory on both engines ($BENCH: parts and options)
	@$(BIN)/python -m tests.bench $(BENCH)

# In an environment of its own, for it is no part of the program. What the index has no advisories for is an error
# too: a mirror without any would call everything clean.
audit: ## ask the index for known weaknesses of the locked packages
	@test -x var/audit/bin/pip-audit || { $(PYTHON) -m venv var/audit && var/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	@var/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

# The index is that of your pip configuration; the lock files name none.
lock: export CUSTOM_COMPILE_COMMAND = make lock
lock: COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-options
lock: install ## pin the newest dependencies that pyproject.toml allows
	$(COMPILE) --upgrade --output-file requirements.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *sum(p["dependency-groups"].values(), []), sep="\n")' \
		| $(COMPILE) --upgrade --constraint requirements.txt --output-file requirements-dev.txt -

release: NAME := recportal-$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' recportal/__init__.py)
release: ## make the archive of this version that docs/operations.md puts in place
	@mkdir -p var
	@git archive --format=tar.gz --prefix=$(NAME)/ --output=var/$(NAME).tar.gz HEAD
	@echo "var/$(NAME).tar.gz"
