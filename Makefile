# partnerdesk. "make" prints this help.

GO      ?= go
ADDR    ?= 127.0.0.1:8066
PKGS    := ./...
ROUNDS  ?= 20
MONEY   ?= 8
SEED    ?= 1

.PHONY: help run build test race lint fmt cover bench judge torture eval

help: ## show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the demo: sandbox partner center + Slack simulator + bot, no account needed
	CGO_ENABLED=0 $(GO) run ./cmd/partnerdesk demo --addr $(ADDR)

build: ## build the binary into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/partnerdesk ./cmd/partnerdesk

test: ## every test
	$(GO) test $(PKGS)

race: ## the tests again under the race detector, long ones shortened
	$(GO) test -race -short $(PKGS)

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -s -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PKGS)
	$(GO) tool staticcheck $(PKGS)

fmt: ## format the code
	gofmt -s -w $$(git ls-files '*.go')

cover: ## test coverage by function
	$(GO) test -coverprofile=coverage.out $(PKGS)
	$(GO) tool cover -func=coverage.out | tail -n 1

eval: build ## measure the answers with our own question sets; of the kept half the figures only, nobody reads its questions
	bin/partnerdesk faq eval faq/testdata/eval/dev.jsonl --oos faq/testdata/eval/dev-oos.jsonl
	bin/partnerdesk faq eval --summary faq/testdata/eval/kept.jsonl --oos faq/testdata/eval/kept-oos.jsonl

judge: ## the official SDK of Huawei Cloud against the sandbox (a module of its own)
	cd handlers/partner/sandbox/judge && $(GO) vet ./... && $(GO) test ./...

torture: ## kill a whole desk ROUNDS times while people talk to it, and MONEY times while they move money (ROUNDS=20, MONEY=8, SEED=1)
	CGO_ENABLED=0 $(GO) build -o bin/torture ./cmd/torture
	bin/torture -rounds $(ROUNDS) -seed $(SEED)
	bin/torture -money -rounds $(MONEY) -seed $(SEED)
	$(GO) test ./handlers/remind -run TestWalk -full -v -timeout 60m
	$(GO) test ./handlers -run Remind_Killed -every-kill -v

bench: build ## speed and memory, with a peer beside each figure
	$(GO) test -run '^$$' -bench . -benchmem ./bot/... ./faq/... ./index/... ./handlers/... ./cmd/...
	@ls -l bin/partnerdesk | awk '{printf "binary size: %.1f MB\n", $$5/1e6}'
