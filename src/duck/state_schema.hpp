// pintail's own tables in the target, schema `pintail`: what they are, and reading the target's identity.
//
// Made by the first writer, never by a reader. docs/correctness.md says what each column decides.
#pragma once

#include <string>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

// The format of schema `pintail` that this code writes. A target of a newer one is refused.
inline constexpr int kStateFormat = 1;

// As DuckDestination::claim() has left it.
LoadedBy loaded_by(const Connection& connection, const std::string& catalog);

// Creates what is missing, in the caller's transaction, and answers the target's UUID.
std::string ensure_state_schema(const Connection& connection, const std::string& catalog);

bool has_state_schema(const Connection& connection);

// A file of an earlier pintail that is only read lacks the columns that came later.
bool has_state_column(const Connection& connection, const std::string& catalog, const char* table, const char* column);

// "catalog"."pintail"."table", since a file may be called pintail.duckdb, too.
std::string state_table(const std::string& catalog, const char* table);

std::string current_catalog(const Connection& connection);

}  // namespace pintail::duck
