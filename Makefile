# The front door. Every target fetches what it needs first (scripts/bootstrap; under two seconds when nothing is missing).
.DEFAULT_GOAL := help
.PHONY: help bootstrap build test test-full demo demo-kafka bench stack-up stack-down stack-status stack-logs format lint clean

CPP_FILES = git ls-files -co --exclude-standard -- 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'tests/*.hpp' 'bench/*.cpp' 'bench/*.hpp' 'fuzz/*.cpp'

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

bootstrap: ## fetch everything: packages, DuckDB, Kafka, Debezium, Python tools
	@scripts/bootstrap

build: ## build/release/pintail
	@scripts/bootstrap build
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target pintail

test: ## everything: unit, scenario, integration and fault tests against the real servers
	@scripts/test

test-full: ## the same, with the long forms of the fault tests
	@scripts/test --full

demo: ## a story in the terminal: Postgres into DuckDB in one process, from an empty machine
	@scripts/demo

demo-kafka: ## the same story over Debezium and Kafka
	@scripts/demo kafka

bench: ## measure sink and direct mode against floors and peers
	@scripts/bootstrap build stack test bench
	@bench/e2e/run

stack-up: ## start Postgres, Kafka and Connect on the ports of .env
	@scripts/bootstrap stack
	@stack/stack up

stack-down: ## stop them; their data stays in .stack
	@scripts/bootstrap stack
	@stack/stack down

stack-status: ## what runs, and where
	@scripts/bootstrap stack
	@stack/stack status

stack-logs: ## the end of the servers' logs
	@scripts/bootstrap stack
	@stack/stack logs

format: ## clang-format over all C++ files
	@scripts/bootstrap test
	@$(CPP_FILES) | xargs clang-format-14 -i

lint: ## clang-format and clang-tidy, changing nothing
	@scripts/bootstrap build test
	@$(CPP_FILES) | xargs clang-format-14 --dry-run --Werror
	@cmake --preset release --log-level=WARNING
	@$(CPP_FILES) | grep '^src/.*\.cpp$$' | xargs -P "$$(nproc)" -n 4 clang-tidy-14 --quiet -p build/release

clean: ## remove what was built; fetched parts and the stack's data stay
	@rm -rf build
