// Which columns of a table a copy reads, and how it asks for them.
#pragma once

#include <string>

#include "core/column_policy.hpp"
#include "core/source_table.hpp"
#include "postgres/publication.hpp"
#include "wire/pg_layout.hpp"

namespace pintail::source {

// `sends_generated`: the server can publish generated columns (postgres::kPublishesGenerated).
wire::PgLayout layout_of(const SourceTable& table, const postgres::PublishedTable& published,
                         const ColumnPolicies& policies, bool sends_generated);

// What a COPY … (FORMAT binary) for this layout selects.
std::string select_list(const wire::PgLayout& layout);
// SQL of a value as the type's output function writes it, as the stream does; a cast to text may not (inet, bool).
std::string as_text(const std::string& value);

std::string sql_name(const TableName& name);

}  // namespace pintail::source
