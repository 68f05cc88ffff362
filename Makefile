# Machiya. Needs Python 3.11 or newer and make, nothing else. `make` alone lists what there is.

HOUSE  ?= ./house
# The Python to build .venv with; empty: the first suitable one (tools/find-python).
PYTHON ?=

export PYTHON
export MACHIYA_HOUSE = $(HOUSE)
# Compiled once and kept: the tests start Python hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

PY     := .venv/bin/python
BENCH  := PYTHONPATH=tests $(PY) -m bench.inbound
# A skipped test proves nothing, so a skip fails the run (tests/no_skips.py). REPORTS=dir writes one JUnit file a lane.
PYTEST := PYTHONPATH=tests $(PY) -m pytest -p no_skips --fail-on-skip --durations=5 --durations-min=0.5
LOCK   := $(PY) -m uv pip compile pyproject.toml --universal --python-version 3.11 --quiet --generate-hashes \
          --no-emit-index-url --no-emit-find-links --no-header
report  = $(if $(REPORTS),--junit-xml=$(REPORTS)/$(1).xml)

# The unit lane waits for no disk (where the system has memory for temporary files) and has no network at all; the other
# lanes have this machine.
MEMORY  := $(if $(wildcard /dev/shm),TMPDIR=/dev/shm)
OFFLINE := --disable-socket --allow-unix-socket
LOCAL   := --allow-hosts=127.0.0.1,::1,localhost --allow-unix-socket
YARDS   := --allow-hosts=127.0.0.1,::1,localhost,10.224.0.0/11 --allow-unix-socket
WARDS   := --allow-hosts=127.0.0.1,::1,localhost,10.160.0.0/12 --allow-unix-socket
# A bound for a busy machine, not for a good day. The first test of a lane in Docker builds the images not there yet.
PATIENT := --timeout=600
HOUSES  := --allow-hosts=127.0.0.1,::1,localhost,10.232.0.0/16,100.98.7.1 --allow-unix-socket
# Chromium drops what it is loading whenever an interface of this machine comes or goes, as Docker's do: where the system
# can, its tests have a network of their own, with nothing in it but this machine.
ALONE = $(shell for way in -n -rn; do unshare $$way ip link set lo up 2>/dev/null && echo "unshare $$way \
        sh -c 'ip link set lo up && exec \"\$$@\"' sh" && break; done)
IN_CONTAINERS := dovecot or docker or doors or scanner or mailstack or house
DAEMONS := mariadb or seaweedfs or workerd or browser or $(IN_CONTAINERS)

.DEFAULT_GOAL := help
.PHONY: help up test check bench bench-containers clean lock golden reference test-house installed installed-dev \
        test-unit test-contract test-edge test-mariadb test-vault test-dovecot test-docker test-doors test-scanner \
        test-mailstack test-containers test-whole test-browser chaos screens

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'
	@echo "  HOUSE=folder (default ./house) and PYTHON=/path/to/python can be added to each."

up: installed ## install, make a house with a sample domain if there is none, and run it (Ctrl-C stops it)
	@test -e "$(HOUSE)/machiya.toml" || .venv/bin/machiya init --sample
	@exec .venv/bin/machiya up

test: test-unit test-contract ## the tests that need only Python

check: installed-dev ## format, lint, types, import contracts, documents and lock files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) .venv/bin/lint-imports
	$(BENCH) --help >/dev/null
	$(BENCH).containers --help >/dev/null
	$(PYTEST) -q $(OFFLINE) tests/unit/docs/test_links.py tests/unit/test_repository.py

bench: installed-dev ## what must be fast, measured against peers in the same run (OPTIONS=--quick takes minutes)
	$(BENCH) $(OPTIONS)

bench-containers: installed-dev ## the whole house in containers against Postfix before the same Dovecot (root, Docker)
	$(BENCH).containers $(OPTIONS)

test-house: test-edge test-mariadb test-vault test-browser test-dovecot test-docker test-doors test-scanner test-mailstack test-whole ## the tests that need Node, MariaDB, Chromium, Docker (.ci/run installs them)

test-unit: installed-dev
	$(MEMORY) $(PYTEST) $(OFFLINE) $(call report,unit) -n 2 --dist worksteal tests/unit

test-contract: installed-dev
	$(PYTEST) $(LOCAL) $(call report,contract) -m "not ($(DAEMONS))" tests/contract

test-edge:
	cd edge && npm ci --no-audit --no-fund && npm run check && npm test

test-mariadb: installed-dev
	$(PYTEST) $(LOCAL) $(PATIENT) $(call report,mariadb) -m mariadb tests/contract tests/integration

test-vault: installed-dev
	$(PYTEST) $(LOCAL) $(PATIENT) $(call report,vault) -m seaweedfs tests/contract tests/integration

test-browser: installed-dev
	$(ALONE) env $(PYTEST) $(LOCAL) $(PATIENT) $(call report,browser) -n 2 --dist worksteal -m browser tests/browser

test-dovecot: installed-dev
	$(PYTEST) $(LOCAL) $(PATIENT) $(call report,dovecot) -m dovecot tests/contract tests/integration tests/e2e

test-docker: installed-dev
	$(PYTEST) $(LOCAL) $(PATIENT) $(call report,docker) -m docker tests/integration tests/e2e

test-doors: installed-dev
	$(PYTEST) $(YARDS) $(PATIENT) $(call report,doors) -m doors tests/integration/closed

test-scanner: installed-dev
	$(PYTEST) $(WARDS) $(PATIENT) $(call report,scanner) -m scanner tests/integration/scanner

test-mailstack: installed-dev
	$(PYTEST) $(YARDS) $(PATIENT) $(call report,mailstack) -m mailstack tests/integration

test-containers: installed-dev
	$(PYTEST) $(HOUSES) $(call report,containers) -m house -s tests/house

test-whole: installed-dev
	$(PYTEST) $(LOCAL) $(PATIENT) $(call report,whole) -m "not (mariadb or seaweedfs or $(IN_CONTAINERS))" tests/integration $(wildcard tests/e2e)

chaos: installed-dev ## kill -9 of every container of the whole house under a stream of messages (root, Docker; MESSAGES=2000)
	CHAOS_MESSAGES=$(or $(MESSAGES),2000) $(PYTEST) $(HOUSES) -s tests/house/test_chaos.py

screens: installed-dev ## pictures of every page of usermgmt in .cache/screens, to be looked at (Chromium)
	$(ALONE) env PYTHONPATH=tests $(PY) -m browser.screens .cache/screens

reference: installed-dev ## rewrite docs/reference from the program itself
	$(PY) -m machiya.entrypoints.cli.reference docs/reference

golden: installed-dev ## rewrite tests/golden, the rendered configuration that a person looks at
	PYTHONPATH=tests $(PY) -m fakes.golden_house

lock: installed-dev ## rewrite the lock files from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(LOCK) $(UPGRADE) --group install -o requirements.lock
	$(LOCK) $(UPGRADE) --group dev -o requirements-dev.lock

clean: ## remove .venv, caches and built files; houses stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache dist \
	       edge/node_modules edge/dist edge/.wrangler
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

installed: ## install machiya into .venv, nothing else
	@tools/venv requirements.lock

installed-dev:
	@tools/venv requirements-dev.lock
