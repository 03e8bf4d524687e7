# Each target says what it is doing, works on a fresh clone and twice in a row, from any folder (make -C).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# the first that really is Python 3.11; "make run PYTHON=..." names another
PYTHON ?= $(shell for p in python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
# A stamp named after the requirements' content: another branch's requirements install themselves.
RUN_HASH := $(shell cat requirements.txt | sha256sum | cut -c1-16)
DEV_HASH := $(shell cat requirements.txt requirements-dev.txt | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/.installed-$(RUN_HASH)
DEV_STAMP := $(VENV)/.installed-dev-$(DEV_HASH)
PEERS_STAMP := $(if $(wildcard requirements-peers.txt),.venv-peers/.installed-$(shell cat requirements-peers.txt 2>/dev/null | sha256sum | cut -c1-16))
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po locale/*/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
TESTS ?=
WORKERS ?= 2

.PHONY: help run test check e2e reliability bench messages clean

help: ## list the targets
	@echo "Regulars: AI member management for online shops. Start with: make run"
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(RUN_STAMP) $(COMPILED) ## install, set up the demo shop (first time), serve; PORT=8000 HOST=127.0.0.1 DEMO=0
	@exec $(BIN)/python manage.py run

test: $(DEV_STAMP) $(COMPILED) ## the whole suite; on DATABASE_URL and REDIS_URL if set; TESTS=tests/fraud narrows it
	@echo "Running the tests in $(WORKERS) processes ..."
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

# "check --deploy" looks at the shape that is deployed, with made-up addresses that nothing connects to
DEPLOYED := DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost:1/0 \
  SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=shop.example

check: $(DEV_STAMP) $(COMPILED) ## lint, types, import directions, migrations, deployment, OpenAPI
	@echo "ruff check";           $(BIN)/ruff check .
	@echo "ruff format --check";  $(BIN)/ruff format --check --quiet .
	@echo "mypy";                 $(BIN)/mypy .
	@echo "lint-imports";         $(BIN)/lint-imports --no-cache
	@echo "missing migrations";   $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "check --deploy";       env $(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "OpenAPI";              $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

e2e: $(DEV_STAMP) $(COMPILED) ## the browser tests, in Debian's Chromium
	@echo "Running the browser tests ..."
	@$(BIN)/python -m pytest -q -o addopts="-ra --strict-markers -p no:cacheprovider" tests/e2e

reliability: $(DEV_STAMP) $(COMPILED) ## kill real processes and see the work go on
	@echo "Running the fault tests (some minutes) ..."
	@$(BIN)/python -m pytest -v -o addopts="-ra --strict-markers -p no:cacheprovider" tests/reliability

bench: $(RUN_STAMP) $(PEERS_STAMP) ## measure the published figures; ONLY=recommendations|fraud|... DATA=folder SHORT=1
	@BENCH_ONLY="$(ONLY)" BENCH_DATA="$(DATA)" SHORT="$(SHORT)" $(BIN)/python -m benchmarks

messages: $(DEV_STAMP) ## add new texts to the translations (needs gettext); then translate them
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete \
	  --ignore .venv --ignore var --ignore tests --ignore benchmarks

clean: ## remove installed packages, caches and all local data of the demo shop
	@if [ -e var/run.lock ] && ! flock -n var/run.lock true; then echo "Regulars is running: stop it first." >&2; exit 1; fi
	rm -rf $(VENV) .venv-peers var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} + ; rm -f $(COMPILED)

# --- installing ------------------------------------------------------------------------------------------
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 is needed and '$(PYTHON)' is not it. Install it (Debian: apt-get install python3.11-venv)," >&2; \
	  echo "or name yours: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian: apt-get install python3.11-venv" >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) && touch $@

define install
@echo "Installing $(1) into $(VENV) (about 2 GB; one to five minutes, once) ..."
@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -r $(1)
@rm -f $(VENV)/.installed-*; touch $@
endef

$(RUN_STAMP): | $(VENV)/.created
	$(call install,requirements.txt)

$(DEV_STAMP): | $(VENV)/.created
	$(call install,requirements-dev.txt)
	@touch $(RUN_STAMP)

# other people's models, for comparison, in an environment of their own
.venv-peers/.installed-%: | $(VENV)/.created
	@echo "Installing requirements-peers.txt into .venv-peers ..."
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-peers.txt
	@rm -f .venv-peers/.installed-*; touch $@

%.mo: %.po | $(RUN_STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
