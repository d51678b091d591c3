# `make demo` and `make test` do all the set-up: Python 3.11, pip and git are enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench soak schemas docs pictures clean npm-claude postgres sandbox tmux chromium

demo: $(VENV)/demo-ready
	@PATH="$(abspath $(BIN)):$$PATH" sh examples/demo.sh

test: $(VENV)/test-ready npm-claude npm-tools postgres sandbox tmux chromium
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3

check: $(VENV)/test-ready
	@$(BIN)/ruff format --check ccorch tests bench
	@$(BIN)/ruff check ccorch tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m ccorch.config.authoring --check
	@$(BIN)/python -m docs.generate --check

schemas: $(VENV)/test-ready
	@$(BIN)/python -m ccorch.config.authoring --write
	@$(BIN)/python -m docs.generate --write

# the pages as a site, to be opened at site/index.html
docs: schemas
	@$(BIN)/python -m mkdocs build --strict --quiet

# the pages of the board as the README shows them
pictures: $(VENV)/test-ready chromium
	@$(BIN)/python -m tests.pictures

bench: $(VENV)/test-ready
	@$(BIN)/python -m bench

soak: $(VENV)/test-ready npm-claude npm-tools postgres sandbox tmux chromium
	@CCORCH_SOAK=1 $(BIN)/python -m pytest -n 3 tests

$(VENV)/demo-ready: pyproject.toml | $(VENV)/bin/python
	@echo "installing ccorch and Claude Code into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[claude]'
	@touch $@

$(VENV)/test-ready: pyproject.toml | $(VENV)/bin/python
	@echo "installing ccorch, Claude Code and the test tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[claude,dev]'
	@touch $@ $(VENV)/demo-ready

# Debian's package; it may be there already, and without it the tests that need it say so
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql; } || true

# Debian's packages, as above
sandbox:
	@command -v bwrap >/dev/null && command -v socat >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q bubblewrap socat; } || true

# Debian's package, as above
tmux:
	@command -v tmux >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q tmux; } || true

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; } || true

# looked at every time, for it lies outside the project; the npm registry is needed the first time only
npm-claude: $(VENV)/test-ready
	@$(BIN)/python -m tests.clients.npm_claude

# clients of MCP, and a Node that is new enough for what checks servers; as above
npm-tools: $(VENV)/test-ready
	@$(BIN)/python -m tests.clients.npm_tools

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ccorch needs Python 3.11 or newer"; exit 1; }
	@command -v git >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -q git; }
	@$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) .ccorch-demo site
