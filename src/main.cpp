// Parse, dispatch, the only catch, the exit code.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "cli/commands.hpp"
#include "core/error.hpp"

namespace {

// 0: done. 1: the world refused (source, target, data). 2: the command line or a setting is wrong.
int exit_code(pintail::ErrorKind kind) {
    return kind == pintail::ErrorKind::usage || kind == pintail::ErrorKind::config ? 2 : 1;
}

int run(int argc, char** argv) {
    CLI::App app("pintail keeps a DuckDB warehouse equal to a live Postgres database", "pintail");
    std::function<void()> chosen;
    pintail::cli::add_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? 0 : 2;
    }
    // Not CLI11's require_subcommand(): that would not name a command that is misspelt.
    if (!chosen) throw pintail::Error(pintail::ErrorKind::usage, "a command is needed; pintail --help lists them");
    chosen();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const pintail::Error& problem) {
        std::fprintf(stderr, "pintail: %s\n", problem.what());
        return exit_code(problem.kind());
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "pintail: internal: %s\n", problem.what());
        return 1;
    }
}
