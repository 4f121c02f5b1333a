// The answer to a decoder's "what is this table?", from the source's catalog. One thread; connects when first asked
// and again after a lost connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/source_table.hpp"
#include "source/server_snapshot.hpp"

namespace pintail::postgres {
class Connection;
}

namespace pintail::source {

class CatalogLookup {
public:
    explicit CatalogLookup(std::string url);
    ~CatalogLookup();

    // As of behind the transaction. nullopt: no such table. Throws Error (source) when the catalog cannot be asked, or
    // does not show the transaction within seconds; the latter is transient.
    std::optional<SourceTable> describe(const TableName& name, const SourceTransaction& behind);

    // Whether the table's last answer is as of behind the transaction.
    bool is_described_behind(const TableName& name, const SourceTransaction& transaction) const;

private:
    std::optional<SourceTable> ask(const TableName& name, uint32_t xid);

    std::string url_;
    std::unique_ptr<postgres::Connection> connection_;
    std::map<TableName, ServerSnapshot> described_;  // when
};

}  // namespace pintail::source
