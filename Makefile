# Martlet's tasks; `make` alone lists them. What each needs from Debian is installed on the way.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The proxy and the control plane are built apart: their link flags differ.
PROXY_BUILD := .build-release
CONTROL_BUILD := .build-control
MARTLET := $(PROXY_BUILD)/martlet
CONTROL := $(CONTROL_BUILD)/martlet-control $(CONTROL_BUILD)/martletctl

# What they are built from, folders too: these change when a file comes or goes. SwiftPM knows more,
# but takes most of a minute to find that nothing changed.
SHARED := Makefile Package.swift scripts/build-shown
PROXY_INPUTS := $(SHARED) scripts/release-proxy scripts/data-plane \
  $(shell find Sources/C Sources/Proxy Sources/martlet)
CONTROL_INPUTS := $(SHARED) scripts/release-control \
  $(shell find Sources/Control Sources/martlet-control Sources/martletctl)

.DELETE_ON_ERROR:
.PHONY: FORCE help demo test test-asan test-tsan fuzz check release control deps bench clean

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: ## a canary from end to end: build, start, split, shift, trace
	@scripts/install-deps build demo
	@[ -e $(CONTROL_BUILD)/martletctl ] || \
	  echo "Release builds come first: on two cores they take about a quarter of an hour, once."
	@$(MAKE) --silent --no-print-directory release control
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

release: $(MARTLET) ## the proxy: one static, stripped executable

control: $(CONTROL) ## the control plane and its command line, release builds

# Products are as old as the start of their build: what changed meanwhile is newer, and counts.
$(MARTLET): $(PROXY_INPUTS) $(PROXY_BUILD)/toolchain
	@touch $(PROXY_BUILD)/started
	@scripts/release-proxy $(PROXY_BUILD)
	@touch -r $(PROXY_BUILD)/started $@

$(CONTROL) &: $(CONTROL_INPUTS) $(CONTROL_BUILD)/toolchain
	@touch $(CONTROL_BUILD)/started
	@scripts/release-control $(CONTROL_BUILD)
	@touch -r $(CONTROL_BUILD)/started $(CONTROL)

# Written anew only when it names another one.
%/toolchain: FORCE
	@scripts/install-deps build
	@mkdir -p $(@D)
	@swift --version >$@.now 2>/dev/null
	@if cmp -s $@.now $@; then rm $@.now; else mv $@.now $@; fi

deps: ## install every Debian package the tasks need
	@scripts/install-deps build check test demo

bench: ## compare with nginx, nghttpx, HAProxy and Envoy; writes bench/results/
	@scripts/install-deps build bench
	@$(MAKE) --no-print-directory release
	@bench/run

clean: ## remove everything that was built
	rm -rf .build .build-*
