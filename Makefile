# Martlet's tasks; `make` alone lists them. What each needs from Debian is installed on the way.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The proxy and the control plane are built apart: their link flags differ.
PROXY_BUILD := .build-release
CONTROL_BUILD := .build-control

.PHONY: help demo test test-asan test-tsan fuzz check release control deps bench clean

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: ## a canary from end to end: build, start, split, shift, trace
	@scripts/install-deps build demo
	@[ -e $(CONTROL_BUILD)/release/martletctl ] || \
	  echo "Release builds come first: on two cores they take about ten minutes, once."
	@$(MAKE) --no-print-directory release control
	@examples/quickstart/demo/run

test: ## build and run every test
	@scripts/install-deps build test
	@scripts/test

test-asan: ## the proxy's tests under AddressSanitizer, leaks included
	@scripts/install-deps build test
	@scripts/sanitize address

test-tsan: ## the proxy's tests under ThreadSanitizer
	@scripts/install-deps build test
	@scripts/sanitize thread

fuzz: ## fuzz the parsers for 30 seconds each
	@scripts/install-deps build
	@Tests/Fuzz/run

check: ## format, imports, unsafe uses, lengths, schemas; takes seconds
	@scripts/install-deps check
	@scripts/check

release: ## the proxy: one static, stripped executable
	@scripts/install-deps build
	@scripts/release-proxy $(PROXY_BUILD)

control: ## the control plane and its command line, release builds
	@scripts/install-deps build
	@scripts/release-control $(CONTROL_BUILD)

deps: ## install every Debian package the tasks need
	@scripts/install-deps build check test demo

bench: ## compare with nginx, HAProxy and Envoy; writes bench/results/
	@scripts/install-deps build bench
	@$(MAKE) --no-print-directory release
	@bench/run

clean: ## remove everything that was built
	rm -rf .build .build-*
