# The one front door: `make` prints what there is.

export CARGO_TERM_COLOR ?= auto
RECORDINGS = $(addprefix tests/conformance/,sync.json async.json nested.json)

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: toolchain ## Build ambit, and run real commands inside its managers (first time: about 8 minutes)
	@echo "==> Building ambit; the first time this compiles Wasmtime, about 8 minutes on 2 cores" >&2
	@cargo build --quiet --package ambit-cli
	@tools/scenes $(or $(CARGO_TARGET_DIR),target)/debug/ambit

test: toolchain languages cargo-component ## Run all tests (first time: about 30 minutes on 2 cores)
	@tools/test

conformance: toolchain ## Play what was recorded from CPython, in each language: make conformance FILE=my.json GUEST=python ISOLATION=shared
	@cargo run --quiet --package conformance -- $(or $(FILE),$(RECORDINGS) --fresh 300) --guest $(or $(GUEST),all) $(ISOLATION:%=--isolation %)

cases: toolchain ## Play the cases of CPython's own tests, in each language, and print their table
	@cargo run --quiet --package conformance -- --cases

bench: toolchain ## Measure a scope, and starts, of guests of each language beside bare Wasmtime calls (five minutes after the build)
	@cargo build --quiet --package ambit-cli && tests/languages/build
	@cargo run --quiet --package scope-bench
	@cargo bench --quiet --profile dev --package scope-bench

soak: toolchain ## Enter and exit a million scopes, one in a hundred with a fault, and 100,000 of each language: what the process holds stays (a few minutes)
	@cargo run --quiet --package soak && cargo run --quiet --package soak -- --awaiting && tests/languages/build
	@cargo run --quiet --package soak -- --languages 100000

crash: toolchain ## Kill ambit at 500 random moments, and recover what it held (3 minutes after the build)
	@cargo build --quiet --package ambit-cli --package crash
	@$(or $(CARGO_TARGET_DIR),target)/debug/crash $(or $(CARGO_TARGET_DIR),target)/debug/ambit $(or $(ROUNDS),500)

fuzz: toolchain ## Feed one of tests/fuzz with what nobody would write: make fuzz TARGET=load SECONDS=600
	@tools/install cargo-fuzz 0.13.1
	@tests/fuzz/run $(or $(TARGET),expression) $(or $(SECONDS),60)

lint: toolchain ## Check the formatting, clippy's lints, and the documentation's links
	@cargo fmt --all --check && cargo fmt --check --manifest-path tests/fuzz/Cargo.toml && tools/lint-scripts
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items

deny: ## Check licences and sources of all dependencies (installs cargo-deny once, about 5 minutes)
	@tools/install cargo-deny 0.18.9
	@target/tools/bin/cargo-deny --all-features check bans licenses sources

toolchain:
	@tools/toolchain

languages:
	@tools/languages

cargo-component:
	@tools/install cargo-component 0.21.1

.PHONY: help run test conformance cases bench soak crash fuzz lint deny toolchain languages cargo-component
.DEFAULT_GOAL := help
