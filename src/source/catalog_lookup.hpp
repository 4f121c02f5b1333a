// The answer to a decoder's "what is this table?", from the source's catalog. One thread; connects when first asked
// and again after a lost connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/source_table.hpp"

namespace pintail::postgres {
class Connection;
}

namespace pintail::source {

class CatalogLookup {
public:
    explicit CatalogLookup(std::string url);
    ~CatalogLookup();

    // nullopt: no such table. Throws Error (source) when the catalog cannot be asked.
    std::optional<SourceTable> describe(const TableName& name);

private:
    std::string url_;
    std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace pintail::source
