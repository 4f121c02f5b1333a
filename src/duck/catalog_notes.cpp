#include "duck/catalog_notes.hpp"

#include <fmt/format.h>

#include "duck/quote.hpp"
#include "duck/state_schema.hpp"

namespace pintail::duck {

CatalogNotes::CatalogNotes(const Connection& connection, std::string catalog)
    : connection_(connection), notes_(state_table(catalog, "source_catalog")) {}

std::string CatalogNotes::where(const TableName& table) const {
    return fmt::format("schema_name = {} AND table_name = {}", quote_text(table.schema), quote_text(table.table));
}

void CatalogNotes::keep(const TableName& table, const std::string& note) {
    forget(table);
    Statement insert(connection_, fmt::format("INSERT INTO {} VALUES ($1, $2, $3, now())", notes_));
    insert.bind(1, table.schema).bind(2, table.table).bind(3, note).execute();
}

void CatalogNotes::forget(const TableName& table) {
    connection_.run(fmt::format("DELETE FROM {} WHERE {}", notes_, where(table)));
}

std::string CatalogNotes::of(const TableName& table) const {
    const auto found = connection_.texts(fmt::format("SELECT note::VARCHAR FROM {} WHERE {}", notes_, where(table)));
    return found.empty() ? "" : found[0][0].value_or("");
}

}  // namespace pintail::duck
