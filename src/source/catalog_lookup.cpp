#include "source/catalog_lookup.hpp"

#include "core/error.hpp"
#include "postgres/catalog.hpp"
#include "postgres/connection.hpp"

namespace pintail::source {

CatalogLookup::CatalogLookup(std::string url) : url_(std::move(url)) {}
CatalogLookup::~CatalogLookup() = default;

std::optional<SourceTable> CatalogLookup::describe(const TableName& name) {
    const bool reused = connection_ != nullptr;
    if (!reused) connection_ = std::make_unique<postgres::Connection>(url_);
    try {
        return postgres::describe_table(*connection_, name);
    } catch (const Error& problem) {
        connection_.reset();
        if (!reused || !problem.transient()) throw;
    }
    return describe(name);  // an idle connection may have died long ago: once more with a fresh one
}

}  // namespace pintail::source
