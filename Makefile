# Nothing but Go, make and git is needed. `make` lists what there is to do.

GO      ?= go
BIN     := bin
TOOLS   := $(BIN)/tools
SCRATCH := .tmp

# What the next person may want to turn.
ARGS        ?=# more flags for the demo: make demo ARGS="--temper rude"
MUTANT      ?=# a planted bug of lab/sim/mutants, with which the demo must fail: make demo MUTANT=skip-hold
SOAK_SEEDS  ?= 1000000
SOAK_FOR    ?= 2h# of a lab under load and faults
SOAK_FLEET  ?= 200# services of that lab
BENCH_COUNT ?= 6
FUZZ_TIME   ?= 30s

# Where a data race would hurt most and can be found in seconds.
RACED := ./internal/names/... ./internal/registrar/... ./internal/cutover/... \
         ./internal/engine/... ./lab/cloud/...

.DEFAULT_GOAL := help
.PHONY: help build demo churn likeness test race proof soak bench bench-scale bench-peer fuzz lint gofmt-check generate verify-generate controlplane coredns clean
.SILENT:

help: ## this list
	echo "tranship: move services from ECS to EKS under the names they already have"
	echo
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	echo
	echo "The first run compiles a Kubernetes control plane, which takes minutes; it is kept."

build: ## the two programs, in bin/
	echo "• building $(BIN)/tranship and $(BIN)/tranship-lab"
	$(GO) build -o $(BIN)/ ./cmd/...
	if [ -n "$(MUTANT)" ]; then \
		echo "• with the planted bug $(MUTANT)"; \
		overlay=$$($(GO) run ./lab/sim/mutants/overlay $(MUTANT)) || exit 1; \
		$(GO) build -overlay "$$overlay" -o $(BIN)/tranship ./cmd/tranship; \
	fi

demo: build controlplane coredns ## move a small fleet from ECS to EKS under load, watch, and count failed requests
	$(BIN)/tranship-lab demo $(ARGS)

churn: build controlplane coredns ## try the controller on a fleet in its names: restarts under load, and what vanishes
	$(BIN)/tranship-lab churn $(ARGS)

likeness: build controlplane ## try the conversion: a fleet of many shapes, compared by what its containers see, and moved
	$(BIN)/tranship-lab likeness $(ARGS)

test: controlplane ## every test, and the core once more under the race detector
	[ -n "$$($(GO) run ./lab/clusterdns/build -look)" ] || echo "• CoreDNS is not built: its tests are left out (make coredns builds it, once)"
	echo "• tests"
	$(GO) test -vet=off -timeout 25m ./...
	echo "• tests of bench (with the real ExternalDNS, where it is built)"
	$(GO) -C bench test -vet=off -timeout 10m ./...
	echo "• tests of test/manifests (what is rendered, with Helm, Kustomize, Argo CD's Lua and a real API server)"
	$(GO) -C test/manifests test -vet=off -timeout 10m ./...
	$(MAKE) --no-print-directory race

# The race detector needs a C compiler; without one that part is left out, and said.
race:
	if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)" >/dev/null 2>&1; then \
		echo "• the core under the race detector"; \
		$(GO) test -race -vet=off -timeout 20m $(RACED); \
	else \
		echo "• no C compiler here: the race detector is left out"; \
	fi

lint: gofmt-check verify-generate $(TOOLS)/golangci-lint ## gofmt, generated files, linters
	echo "• golangci-lint"
	$(TOOLS)/golangci-lint run ./...

proof: build controlplane coredns ## the claims of the README, one after the other; takes a while
	set -e; \
	run() { echo; echo "▶ tranship-lab demo $$*"; $(BIN)/tranship-lab demo "$$@"; }; \
	run; run; run; \
	run --temper plain; \
	run --temper rude; \
	run --tasks 6 --pods 12; \
	run --timing aws --ttl 60s; \
	echo; echo "all of it held"

soak: build controlplane ## a million seeds, a lab under faults, then every test under the race detector: hours
	echo "• $(SOAK_SEEDS) simulated crossings"
	$(GO) test -vet=off -timeout 0 ./lab/sim -seeds $(SOAK_SEEDS)
	echo "• a lab of $(SOAK_FLEET) services under load and faults for $(SOAK_FOR)"
	$(BIN)/tranship-lab soak --services $(SOAK_FLEET) --for $(SOAK_FOR)
	echo "• every test under the race detector"
	$(GO) test -race -vet=off -timeout 0 ./...

bench: $(TOOLS)/benchstat ## benchmarks, compared with those of the last run
	mkdir -p $(SCRATCH)
	if [ -f $(SCRATCH)/bench.txt ]; then mv $(SCRATCH)/bench.txt $(SCRATCH)/bench.last.txt; fi
	$(GO) test -vet=off -run '^$$' -bench . -benchmem -count $(BENCH_COUNT) ./... > $(SCRATCH)/bench.txt
	if [ -f $(SCRATCH)/bench.last.txt ]; then \
		$(TOOLS)/benchstat $(SCRATCH)/bench.last.txt $(SCRATCH)/bench.txt; \
	else \
		$(TOOLS)/benchstat $(SCRATCH)/bench.txt; \
	fi

bench-scale: $(TOOLS)/benchstat ## what a call costs among ten services and among a thousand, side by side
	mkdir -p $(SCRATCH)
	$(GO) test -vet=off -run '^$$' -bench '^Benchmark(Scale|Fleet)$$' -benchtime 200ms -count $(BENCH_COUNT) \
		./lab ./lab/cloud ./lab/aws ./lab/dns > $(SCRATCH)/bench-scale.txt
	$(TOOLS)/benchstat -col /services $(SCRATCH)/bench-scale.txt

bench-peer: build controlplane ## ExternalDNS and tranship side by side on the lab; the first run compiles ExternalDNS for minutes
	$(GO) -C bench run . --out out $(ARGS)

fuzz: ## every fuzz target for FUZZ_TIME
	set -e; \
	grep -rlE '^func Fuzz' --include='*_test.go' api cmd internal lab | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file"); do \
			echo "• $$target in $$(dirname "$$file")"; \
			$(GO) test -vet=off -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_TIME) "./$$(dirname "$$file")"; \
		done; \
	done

generate: $(TOOLS)/controller-gen ## deep copies and CRDs from the types in api/
	echo "• generating from api/v1alpha1"
	$(TOOLS)/controller-gen object paths=./api/... \
		crd output:crd:dir=api/v1alpha1/crds

# Generates beside the tree and compares, so that it tells the truth on a tree
# with uncommitted work, too, and leaves nothing behind.
verify-generate: $(TOOLS)/controller-gen
	echo "• generated files are up to date"
	rm -rf $(SCRATCH)/generate && mkdir -p $(SCRATCH)/generate/crds
	$(TOOLS)/controller-gen object paths=./api/... output:object:dir=$(SCRATCH)/generate \
		crd output:crd:dir=$(SCRATCH)/generate/crds
	for file in zz_generated.deepcopy.go $$(cd $(SCRATCH)/generate && ls crds/*.yaml); do \
		diff -u "api/v1alpha1/$$file" "$(SCRATCH)/generate/$$file" || \
			{ echo "api/v1alpha1/$$file is out of date: make generate"; exit 1; }; \
	done
	for file in $$(cd api/v1alpha1 && ls crds/*.yaml); do \
		[ -f "$(SCRATCH)/generate/$$file" ] || \
			{ echo "api/v1alpha1/$$file comes from no type any more: remove it"; exit 1; }; \
	done
	rm -rf $(SCRATCH)/generate

gofmt-check:
	echo "• gofmt"
	unformatted=$$(gofmt -l api bench cmd internal lab test) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not gofmt-ed, run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

# etcd, API server, controller manager and scheduler as one program, for tests
# and the lab. Kept under the user's cache folder by a key of its sources, so
# only the first run compiles it.
controlplane:
	echo "• control plane of the lab (the first build takes several minutes, later ones none)"
	$(GO) run ./lab/cluster/build

# CoreDNS, for the clients of the lab that look names up as pods do. Kept in the
# same way. `make test` does not build it: its tests say that they were left out.
coredns: ## CoreDNS for the lab's clients; built once, in 1-3 minutes
	echo "• CoreDNS of the lab (the first build takes a few minutes, later ones none)"
	$(GO) run ./lab/clusterdns/build

# Pinned in tools/go.mod, compiled once, again when the pin changes.
TOOL_PINS := tools/go.mod tools/go.sum

$(TOOLS)/golangci-lint: $(TOOL_PINS)
	echo "• building golangci-lint (a few minutes, once)"
	$(GO) -C tools build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(TOOLS)/controller-gen: $(TOOL_PINS)
	echo "• building controller-gen"
	$(GO) -C tools build -o ../$@ sigs.k8s.io/controller-tools/cmd/controller-gen

$(TOOLS)/benchstat: $(TOOL_PINS)
	echo "• building benchstat"
	$(GO) -C tools build -o ../$@ golang.org/x/perf/cmd/benchstat

clean: ## what was built here; Go's cache and the kept control plane stay
	rm -rf $(BIN) $(SCRATCH)
