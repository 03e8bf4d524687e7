# Each target says what it is doing, works on a fresh clone and twice in a row, from any folder (make -C).
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The newest Python from 3.11 to 3.14 makes .venv; "make run PYTHON=..." names another (deploy/python.sh)
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
ENVIRONMENT := sh deploy/python.sh -m deploy.environment
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po locale/*/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
TESTS ?=
WORKERS ?= 2

.PHONY: help run test numerics check e2e reliability bench messages clean installed installed-dev installed-peers

help: ## list the targets
	@echo "Regulars: AI member management for online shops. Start with: make run"
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: installed $(COMPILED) ## install, set up the demo shop (first time), serve; PORT=8000 HOST=127.0.0.1 DEMO=0
	@exec $(BIN)/python manage.py run

test: installed-dev $(COMPILED) ## the whole suite; on DATABASE_URL and REDIS_URL if set; TESTS=tests/fraud narrows it
	@echo "Running the tests in $(WORKERS) processes ..."
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

numerics: installed-dev $(COMPILED) ## what must hold with each kind of kernel this processor has, with 1 and 2 threads
	@echo "Running the tests marked numerics with several kernels (one to two minutes) ..."
	@$(BIN)/python .ci/numerics.py

# "check --deploy" looks at the shape that is deployed, with made-up addresses that nothing connects to
DEPLOYED := DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost:1/0 \
  SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=shop.example

check: installed-dev $(COMPILED) ## lint, types, import directions, migrations, deployment, OpenAPI
	@echo "ruff check";           $(BIN)/ruff check .
	@echo "ruff format --check";  $(BIN)/ruff format --check --quiet .
	@echo "mypy";                 $(BIN)/mypy .
	@echo "lint-imports";         $(BIN)/lint-imports --no-cache
	@echo "missing migrations";   $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "check --deploy";       env $(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "OpenAPI";              $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

e2e: installed-dev $(COMPILED) ## the browser tests, in Debian's Chromium
	@echo "Running the browser tests ..."
	@$(BIN)/python -m pytest -q -o addopts="-ra --strict-markers -p no:cacheprovider" tests/e2e

reliability: installed-dev $(COMPILED) ## kill real processes and see the work go on
	@echo "Running the fault tests (some minutes) ..."
	@$(BIN)/python -m pytest -v -o addopts="-ra --strict-markers -p no:cacheprovider" tests/reliability

bench: installed installed-peers ## measure the published figures; ONLY=recommendations|fraud|... DATA=folder SHORT=1
	@BENCH_ONLY="$(ONLY)" BENCH_DATA="$(DATA)" SHORT="$(SHORT)" $(BIN)/python -m benchmarks

messages: installed-dev ## add new texts to the translations (needs gettext); then translate them
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete \
	  --ignore .venv --ignore var --ignore tests --ignore benchmarks

clean: ## remove installed packages, caches and all local data of the demo shop
	@sh deploy/python.sh -m deploy.cleaning $(VENV) $(PEERS) $(COMPILED)

# --- installing: once for each content of the requirements ------------------------------------------------
installed:
	@$(ENVIRONMENT) $(VENV) requirements.txt

installed-dev:
	@$(ENVIRONMENT) $(VENV) requirements-dev.txt

# other people's models, for comparison, in an environment of their own; RecTools has no release for 3.14 yet
installed-peers:
	@NEWEST=13 $(ENVIRONMENT) $(PEERS) requirements-peers.txt

%.mo: %.po | installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@.partial && mv $@.partial $@
