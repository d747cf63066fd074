# One place for what a newcomer, a developer and CI run. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PLAYERS := tests/journeys/players
WEB := web
SITE := manifest_server/site
# Whether the pages can be built here.
NODE := node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
  2>/dev/null && command -v npm >/dev/null
# With ARGS naming some tests, there may be none of one kind: that is pytest's exit code 5.
NONE_IS_FINE = $(if $(ARGS),|| test $$? = 5)

.PHONY: help run web test lint bench bench-web lock clean
.DEFAULT_GOAL := help

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run pages ## Package sample videos (or VIDEO=/path/to/file.mp4) and serve them as the channel main.
	@$(BIN)/streamsync up $(if $(VIDEO),'$(subst ','\'',$(VIDEO))',--samples)

web: $(SITE)/index.html ## Build the web pages, from web/ into manifest_server/site (Node.js 20 or later).

test: $(VENV)/.dev pages ## Install what the tests need, real players and servers included where possible, and run them all.
	@sh tests/install.sh
	@if $(NODE); then npm --prefix $(WEB) run --silent test; else echo "web: not tested"; fi
	@$(BIN)/python -m pytest -n 2 --dist loadscope -m "not player" $(ARGS) $(NONE_IS_FINE)
	@$(BIN)/python -m pytest -m player $(ARGS) $(NONE_IS_FINE)

lint: $(VENV)/.dev ## Check style, types and formatting.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@if $(NODE); then $(MAKE) -s $(WEB)/src/api/schema.d.ts && npm --prefix $(WEB) run --silent lint; \
	  else echo "web: not looked at"; fi

bench: $(VENV)/.dev ## Measure, print and plot every number that the README claims, each with its command (ARGS='lane hot': these).
	@$(BIN)/python -m benchmarks $(ARGS)

bench-web: $(VENV)/.dev $(SITE)/index.html ## Measure the player in Chromium: sync error, recovery, first picture (ARGS=--short: a few minutes).
	@$(BIN)/python -m benchmarks web $(ARGS)

lock: $(VENV)/.dev ## Renew the locks of the Python dependencies.
	@$(PIP) install uv
	@for extra in "" otel dev; do $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate --extra install $${extra:+--extra $$extra} \
	  pyproject.toml -o requirements$${extra:+-$$extra}.lock; done

clean: ## Remove what was built and cached; keep .streamsync, the data.
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis $(PLAYERS)/node_modules $(WEB)/node_modules $(WEB)/openapi.json $(SITE)

$(VENV)/.run: requirements.lock pyproject.toml
	@test -e $@ || test -e $(VENV)/.dev || echo "setting up $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "StreamSync needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Pages are built where there is Node.js; a server without them plays its streams, and says how to get them.
.PHONY: pages
pages:
	@if $(NODE); then $(MAKE) -s web; \
	  else echo "no web pages: they are built with Node.js 20.19 or later, and npm"; fi

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json $(WEB)/package.json
	@echo "web: installing what the pages are built with ..."
	@npm --prefix $(WEB) ci --silent
	@touch $@

$(WEB)/src/api/schema.d.ts: $(WEB)/node_modules/.package-lock.json $(VENV)/.run $(wildcard manifest_server/*/*.py storage/*.py)
	@$(BIN)/python -m manifest_server.admin.description > $(WEB)/openapi.json
	@npm --prefix $(WEB) run --silent types >/dev/null

$(SITE)/index.html: $(WEB)/src/api/schema.d.ts $(shell find $(WEB) -name node_modules -prune -o -type f -print)
	@echo "web: building the pages ..."
	@npm --prefix $(WEB) run --silent build
	@touch $@
