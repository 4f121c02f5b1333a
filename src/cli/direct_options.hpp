// What `pintail run`, `doctor` and `drop` have in common: which server, slot and publication, and which tables.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/table_schema.hpp"
#include "postgres/connection.hpp"
#include "postgres/publication.hpp"
#include "postgres/readiness.hpp"

namespace pintail::cli {

// Flags that name what pintail has at the source. Empty: derived from the target's name.
struct SourceObjects {
    std::string slot;
    std::string publication;
    bool slot_by_default = false;  // named by nobody, and not yet by the target

    void add_to(CLI::App& command);
    // Where nothing was given: the slot that the target was loaded through, else "shop.duckdb" → pintail_shop.
    SourceObjects resolved(const config::Settings& settings) const;
};

// --tables and --exclude; empty when neither is given.
std::function<bool(const TableName&)> wanted_tables(const config::Settings& settings);

// The URL; Error(usage) when no source is known.
const std::string& source_url(const config::Settings& settings);

// Tables that would be followed, by the settings and, where somebody else made the publication, by that.
std::vector<postgres::PublishableTable> followed_tables(postgres::Connection& connection,
                                                        const config::Settings& settings,
                                                        const std::string& publication);

// What to do once the slot is of no use any more, as a sentence.
std::string begin_anew(const config::Settings& settings, const SourceObjects& objects);

// Everything that stands in the way; empty: nothing. `slot_may_be_active`: a predecessor that was just killed may still
// hold it, and shortages of a moment are waited out.
std::vector<postgres::Finding> source_problems(postgres::Connection& connection, const config::Settings& settings,
                                               const SourceObjects& objects, bool slot_may_be_active);

// Unlogged tables among those that are wanted, as sentences.
std::vector<std::string> unlogged_notes(postgres::Connection& connection, const config::Settings& settings);

}  // namespace pintail::cli
