// pintail.source_catalog: what a source wants to be remembered of each table (CatalogNote), in its own words.
//
// One loader thread, inside its transaction.
#pragma once

#include <string>

#include "core/table_schema.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

class CatalogNotes {
public:
    CatalogNotes(const Connection& connection, std::string catalog);

    void keep(const TableName& table, const std::string& note);
    void forget(const TableName& table);
    std::string of(const TableName& table) const;  // empty: none

private:
    std::string where(const TableName& table) const;

    const Connection& connection_;
    std::string notes_;  // the state table
};

}  // namespace pintail::duck
