# Everything that this file makes lies in .venv and .cache. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The first Python that is new enough and can make a virtual environment; PYTHON=... overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
# Another environment beside the first: make unit PYTHON=python3.13 VENV=.cache/venv-3.13
VENV ?= .venv
# A script for machines on which ansible-test cannot download what it needs, see `python -m tests.gates --help`.
BEFORE_ANSIBLE_TEST ?=

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Apart from the sources, and kept whatever the caller has set: tests start thousands of processes.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
unexport PYTHONDONTWRITEBYTECODE
# The same for everybody, whatever ~/.ansible.cfg holds.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/live
export ANSIBLE_CONFIG := $(CURDIR)/tests/integration/integration.cfg

STAGED := .cache/stage/ansible_collections/powerops/powerplatform

RUN := $(VENV)/.installed-run
TEST := $(VENV)/.installed-test
LINT := $(VENV)/.installed-lint
DOCS := $(VENV)/.installed-docs

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: test
test: lint types unit integration  ## every check that needs nothing but the package index

.PHONY: check
check: lint docs gates  ## everything that has to hold before a release

.PHONY: gates
gates: $(LINT)  ## of these what needs several versions of Ansible, or the artifact; ARGS=--list names them
	python -m tests.gates $(if $(BEFORE_ANSIBLE_TEST),--before-ansible-test "$(BEFORE_ANSIBLE_TEST)") $(ARGS)

.PHONY: lint
lint: $(LINT) live  ## style, Ansible's production profile, documentation, changelog
	ruff check
	ruff format --check
	yamllint --strict .
	shellcheck .ci/run
	antsibull-changelog lint
	antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	ansible-lint --offline --nocolor

.PHONY: types
types: $(TEST) live  ## mypy, strict
	mypy

.PHONY: unit
unit: $(TEST)  ## unit, property, contract and completeness tests; ARGS=... goes to pytest
	pytest -n 4 --dist worksteal $(ARGS)  # more than the cores of most machines: many tests wait

.PHONY: integration
integration: $(TEST) live  ## playbooks against the emulator, as users run them, modules on both paths; ARGS=... names targets
	python -m tests.integration.run $(ARGS)

.PHONY: emulator
emulator: $(RUN)  ## a Power Platform tenant on this machine, until interrupted; ARGS=--help
	@exec python -m tests.emulator $(ARGS)

.PHONY: demo
demo: $(RUN)  ## a tenant converged, drifted, audited and converged again
	@exec env -u ANSIBLE_COLLECTIONS_PATH -u ANSIBLE_CONFIG python -m tests.demo $(ARGS)  # as on a user's machine

.PHONY: bench
bench: $(RUN) live  ## what a run costs, as ratios measured here
	@exec python -m tests.benchmarks $(ARGS)

.PHONY: docs
docs: $(DOCS) live  ## the documentation site, in .cache/docs/html
	@python -m tests.tools.docs_site

.PHONY: docs-picture
docs-picture: $(RUN)  ## the picture in README.md, anew; needs Chromium or Chrome
	@env -u ANSIBLE_COLLECTIONS_PATH -u ANSIBLE_CONFIG python -m tests.tools.picture  # as on a user's machine

.PHONY: docs-tables
docs-tables: $(RUN)  ## the tables in docs/ that are made from what the code declares
	python -m tests.tools.permissions

.PHONY: sanity
sanity: $(LINT) copy  ## ansible-test sanity on a copy; downloads get-pip from a host of its own
	cd $(STAGED) && ansible-test sanity --local --python "$$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" --color no $(ARGS)

.PHONY: dist
dist: $(RUN)  ## the artifact that Galaxy takes, in .cache/dist, of the files that git knows
	@rm -f .cache/dist/powerops-powerplatform-*.tar.gz
	@python -m tests.tools.stage copy --tracked .cache/stage >/dev/null
	ansible-galaxy collection build --force --output-path .cache/dist $(STAGED)

.PHONY: clean
clean:  ## remove everything that this file made
	rm -rf .cache .venv

.PHONY: live
live: $(RUN)
	@python -m tests.tools.stage live >/dev/null

.PHONY: copy
copy: $(RUN)
	@python -m tests.tools.stage copy .cache/stage >/dev/null

.PHONY: venv
venv: $(LINT)  ## only the environment, with everything in it

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "No Python 3.11 or newer with its venv module was found; name one: make PYTHON=..." >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

# A chain, so that make -j never runs pip twice at once. Without the lint tools for those who only want the demo.
$(RUN): $(VENV)/.made tests/requirements.txt tests/integration/requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

$(TEST): $(RUN) tests/requirements-test.txt tests/unit/requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements-test.txt
	@touch $@

$(LINT): $(TEST) tests/requirements-lint.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements-lint.txt
	@touch $@

$(DOCS): $(LINT) tests/requirements-docs.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements-docs.txt
	@touch $@
