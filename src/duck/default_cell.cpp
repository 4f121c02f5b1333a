#include "duck/default_cell.hpp"

#include <fmt/format.h>

#include "duck/chunk_fill.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

DefaultCell::DefaultCell(const Connection& connection, const ColumnSchema& column, size_t number)
    : connection_(connection),
      table_(fmt::format("pintail_default_{}", number)),
      type_(sql_type(storable(column.type))) {
    connection_.run(fmt::format("CREATE OR REPLACE TEMP TABLE {} (cell {})", table_, type_));
    Appender appender(connection_, "temp", "main", table_);
    append_rows(appender, {{column.default_cell.get(), &column.type, {nullptr, 0, 1}}}, {&column.type}, 1);
    appender.finish();
}

std::optional<std::string> DefaultCell::literal() const {
    const auto text = connection_.texts(fmt::format("SELECT cell::VARCHAR FROM temp.main.{}", table_)).at(0).at(0);
    if (!text || text->find('\0') != std::string::npos) return std::nullopt;
    const std::string sql = fmt::format("TRY_CAST({} AS {})", quote_text(*text), type_);
    const auto same =
        connection_.texts(fmt::format("SELECT CASE WHEN cell IS NOT DISTINCT FROM {0} AND cell::VARCHAR = "
                                      "({0})::VARCHAR THEN 'x' END FROM temp.main.{1}",
                                      sql, table_));
    // The bare text, which ADD COLUMN casts to its type: with two calls as defaults in one transaction DuckDB 1.5.5
    // refuses the commit ("another transaction has altered this table").
    return same.at(0).at(0) ? std::optional(quote_text(*text)) : std::nullopt;
}

std::string DefaultCell::subquery() const {
    return fmt::format("(SELECT cell FROM temp.main.{})", table_);
}

bool has_default(const ColumnSchema& column) {
    return column.default_cell && !column.default_cell->is_null(0);
}

}  // namespace pintail::duck
