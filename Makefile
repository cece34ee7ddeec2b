SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fairlead/bin
TOOLS := $(CACHE)/tools-$(shell sha256sum .ci/tools/go.mod | cut -c1-12)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package-lock.json -type f 2>/dev/null)
GO_MODULES := . test/cluster test/bench

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- the product ---

.PHONY: build
build: web ## Build hub, agent and CLI into bin/
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/fairlead-hub ./hub
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/fairlead-agent ./agent
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/fairlead ./cli

.PHONY: web
web: web/dist/index.html ## Build the console, which the hub embeds

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
	@touch $@ web/dist/.gitkeep

.PHONY: dev
dev: ## Hub on :8443 and the console with hot reload on :5173
	test/demo/dev.sh

# --- the demo ---

.PHONY: demo demo-up demo-down
demo: ## Hub and two real clusters behind NAT; Ctrl-C cleans up
	@test/demo/demo.sh run
demo-up: ## The same in the background
	@test/demo/demo.sh up
demo-down: ## End it and leave nothing behind
	@test/demo/demo.sh down

# --- tests ---

.PHONY: test test-unit test-web test-e2e
test: test-unit test-web test-e2e ## Run every test

test-unit: web/dist/.gitkeep ## Go unit tests, store conformance on SQLite and PostgreSQL, charts
	test/setup.sh unit
	go test -race $$(go list ./... | grep -v /test/e2e)
	cd test/cluster && go test ./...

test-web: web ## Component tests, types, size of the console
	cd web && npm run typecheck && npm test && npm run size

test-e2e: web ## Everything on real clusters and in a real browser (root)
	test/setup.sh e2e
	go test -count=1 -timeout 30m ./test/e2e/...

.PHONY: lint
lint: tools web/node_modules/.package-lock.json ## Lint Go, protobuf, charts, console
	$(TOOLS)/golangci-lint run ./...
	.ci/depguard-bites.sh $(TOOLS)/golangci-lint
	PATH="$(TOOLS):$$PATH" buf lint
	cd web && npm run lint

.PHONY: generate check-generated
generate: tools web/node_modules/.package-lock.json ## Make generated code anew
	PATH="$(TOOLS):$$PATH" buf generate
	go run ./hub/internal/rest/openapi > shared/api/openapi.json
	cd web && npm run gen

check-generated: generate ## Fail if committed generated code is not what the sources give
	git diff --exit-code -- shared/proto shared/api/openapi.json web/src/api/schema.gen.ts

.PHONY: check
check: lint check-generated test ## What CI runs

.PHONY: bench
bench: ## Measure against the bars; writes .bench/latest.json
	test/bench/run.sh

.PHONY: screenshots
screenshots: ## Pictures of every page, both themes, into .bench/screenshots
	test/e2e/screenshots.sh

.PHONY: tools
tools: $(TOOLS)/complete
$(TOOLS)/complete:
	@mkdir -p $(TOOLS)
	cd .ci/tools && for t in $$(cat packages); do echo "building $$t"; go build -o $(TOOLS)/ $$t; done
	@touch $@
