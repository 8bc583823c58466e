# The one front door: `make` prints what there is.

export CARGO_TERM_COLOR ?= auto

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: toolchain ## Build ambit, and run real commands inside its managers (first time: about 8 minutes)
	@tools/step "Building ambit; the first time this compiles Wasmtime, about 8 minutes on 2 cores" cargo build --quiet -p ambit-cli
	@tools/scenes target/debug/ambit

test: toolchain cargo-component ## Run all tests (first time: about 25 minutes on 2 cores)
	@tools/step "Running all tests; the first time this compiles Wasmtime, about 8 minutes on 2 cores" cargo test --quiet --workspace
	@tools/step "Running the tests of guests once more, with guests built by cargo component" tools/with-cargo-component cargo test --quiet -p ambit -p conformance -p ambit-cli
	@tools/scenes target/debug/ambit > /dev/null && echo "The scenes of make run play."

conformance: toolchain ## Play the scenarios recorded from CPython: make conformance FILE=my.json
	@cargo run --quiet -p conformance -- $(or $(FILE),tests/conformance/sync.json)

bench: toolchain ## Measure a scope beside bare Wasmtime calls and CPython, in one run
	@tools/step "Measuring; about a minute after the build" cargo run --quiet -p scope-bench
	@cargo bench --quiet --profile dev -p scope-bench

lint: toolchain ## Check the formatting, clippy's lints, and the documentation's links
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items

deny: ## Check licences and sources of all dependencies (installs cargo-deny once, about 5 minutes)
	@tools/install cargo-deny 0.18.9
	@target/tools/bin/cargo-deny --all-features check bans licenses sources

toolchain:
	@tools/toolchain

cargo-component:
	@tools/install cargo-component 0.21.1

.PHONY: help run test conformance bench lint deny toolchain cargo-component
.DEFAULT_GOAL := help
