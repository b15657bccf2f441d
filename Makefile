# Two commands set everything up on a fresh machine: `make run` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help run test testmore test-ml check setup setup-ml lint fix bench torture dev clean

BIN := .venv/bin
PROCESSES := -n 4 --dist loadfile --no-loadscope-reorder # much of a test is waiting
PAGE := webapp/page/.vite/manifest.json
TEST_PAGE := webapp/page-test/.vite/manifest.json
PAGE_SOURCES := $(shell find frontend -type f 2>/dev/null) package.json package-lock.json vite.config.js

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/.run $(PAGE) ## set everything up and start the demo: a simulated market, the bot and the chart
	$(BIN)/cvdbot demo $(ARGS)

check: lint $(PAGE) ## lint, and every test without browser, sshd and simulated hours
	@scripts/node.sh npm run --silent test
	$(BIN)/pytest -m "not (torture or bench or ml or more or slow or browser or sshd or simulated or long)" -n 2 --dist loadfile $(ARGS)

test: .venv/.dev $(PAGE) $(TEST_PAGE) ## set everything up and run every test
	@scripts/system-packages.sh rsync sshd chromium
	@scripts/node.sh npm run --silent test
	$(BIN)/pytest -m "not (torture or bench or ml or more)" $(PROCESSES) $(ARGS)

testmore: .venv/.dev $(TEST_PAGE) ## the wider forms: every other test of the page in a browser, the longer runs
	@scripts/system-packages.sh chromium
	$(BIN)/pytest -m "more and not torture" $(PROCESSES) $(ARGS)

test-ml: .venv/.dev .venv/.ml $(TEST_PAGE) ## set up TensorFlow and run the tests that train with it
	@scripts/system-packages.sh chromium
	$(BIN)/pytest -m "ml and not torture" $(ARGS)

setup-ml: .venv/.ml ## TensorFlow for `cvdbot ml`, into .venv: some 2 GB

setup: .venv/.dev $(PAGE) ## the environment in .venv with every extra but ml, and the page

lint: .venv/.dev node_modules/.ready ## style and types, Python and JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@scripts/node.sh npm run --silent lint

fix: .venv/.dev node_modules/.ready ## format and repair what tools can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@scripts/node.sh npm run --silent fix

bench: .venv/.bench $(TEST_PAGE) ## measure, one JSON line a figure
	@$(BIN)/python -m benchmarks $(ARGS)

torture: .venv/.dev .venv/.ml $(TEST_PAGE) ## the long fault tests
	@scripts/system-packages.sh rsync sshd chromium
	$(BIN)/pytest -m torture --timeout 3600 $(ARGS)

dev: .venv/.dev node_modules/.ready ## Vite's development server beside `cvdbot web` (start that one yourself)
	scripts/node.sh npm run dev

clean: ## remove what the targets made, data/ excepted
	rm -rf .venv node_modules webapp/page webapp/page-test

.venv/.run: requirements/run.txt pyproject.toml
	scripts/venv.sh run
.venv/.dev: requirements/dev.txt .venv/.run
	scripts/venv.sh dev
.venv/.ml: requirements/ml.txt .venv/.run
	scripts/venv.sh ml
.venv/.bench: requirements/bench.txt .venv/.dev
	scripts/venv.sh bench

node_modules/.ready: package.json package-lock.json | .venv/.run
	scripts/node.sh npm ci --silent
	@touch $@
$(PAGE): $(PAGE_SOURCES) node_modules/.ready
	scripts/node.sh npm run --silent build
	@touch $@
$(TEST_PAGE): $(PAGE_SOURCES) node_modules/.ready
	scripts/node.sh npm run --silent build:test
	@touch $@
