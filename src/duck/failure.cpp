#include "duck/failure.hpp"

#include <fmt/format.h>

namespace pintail::duck {
namespace {

bool quotes_cells(duckdb_error_type type) {
    switch (type) {
        case DUCKDB_ERROR_OUT_OF_RANGE:
        case DUCKDB_ERROR_CONVERSION:
        case DUCKDB_ERROR_MISMATCH_TYPE:
        case DUCKDB_ERROR_INVALID_INPUT:
        case DUCKDB_ERROR_DECIMAL:
        case DUCKDB_ERROR_CONSTRAINT: return true;
        default: return false;
    }
}

std::string_view kind_only(std::string_view message) {
    return message.substr(0, message.find(':'));
}

bool must_reopen(duckdb_error_type type, std::string_view message) {
    return type == DUCKDB_ERROR_FATAL || message.find("has been invalidated") != std::string_view::npos;
}

}  // namespace

// What the system says (ENOSPC, EDQUOT) when there is no room; somebody may make some.
bool is_full(std::string_view message) {
    return message.find("No space left on device") != std::string_view::npos ||
           message.find("Disk quota exceeded") != std::string_view::npos;
}

// A commit and the reading of a log say it under other names of errors.
bool is_out_of_memory(std::string_view message) {
    return message.find("Out of Memory Error") != std::string_view::npos ||
           message.find("failed to pin block") != std::string_view::npos ||
           message.find("could not allocate block") != std::string_view::npos;
}

void fail(duckdb_error_type type, std::string_view message, std::string_view doing) {
    if (is_full(message)) {
        throw Error(ErrorKind::destination,
                    fmt::format("{}: the target's disk is full: make room there (every acknowledged batch is in the "
                                "target). DuckDB says: {}",
                                doing, message.substr(0, message.find('\n'))),
                    true);
    }
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY || is_out_of_memory(message)) {
        throw OutOfMemory(
            fmt::format("{}: DuckDB needs more memory than --memory-limit gives it: raise it, or lower --batch-rows. "
                        "DuckDB says: {}",
                        doing, message.substr(0, message.find('\n'))));
    }
    if (must_reopen(type, message)) {
        throw Error(
            ErrorKind::destination,
            fmt::format("{}: {}. The target must be opened anew (every acknowledged batch is in it)", doing, message));
    }
    if (quotes_cells(type)) {
        throw Error(ErrorKind::destination,
                    fmt::format("{}: {} (the rest is withheld: it may quote cell values)", doing, kind_only(message)));
    }
    throw Error(ErrorKind::destination, fmt::format("{}: {}", doing, message));
}

}  // namespace pintail::duck
