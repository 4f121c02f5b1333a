#include "source/catalog_lookup.hpp"

#include <fmt/format.h>

#include <chrono>

#include "core/error.hpp"
#include "postgres/catalog.hpp"
#include "postgres/connection.hpp"
#include "source/visible_commits.hpp"

namespace pintail::source {
namespace {

// Transactions are numbered in a circle: a topic may hold changes from before the last round, or of another cluster.
// No commit waits for so long, whoever's it is.
constexpr std::chrono::hours kRecent{1};

uint32_t xid_to_see(const SourceTransaction& transaction) {
    using namespace std::chrono;
    const auto age = system_clock::now() - system_clock::time_point(microseconds(transaction.time_us));
    return age < kRecent ? transaction.xid : 0;
}

}  // namespace

CatalogLookup::CatalogLookup(std::string url) : url_(std::move(url)) {}
CatalogLookup::~CatalogLookup() = default;

std::optional<SourceTable> CatalogLookup::describe(const TableName& name, const SourceTransaction& behind) {
    const bool reused = connection_ != nullptr;
    if (!reused) connection_ = std::make_unique<postgres::Connection>(url_);
    try {
        return ask(name, xid_to_see(behind));
    } catch (const postgres::SqlError& problem) {
        connection_.reset();
        if (!reused || !problem.transient()) throw;
    }
    return describe(name, behind);  // an idle connection may have died long ago: once more with a fresh one
}

std::optional<SourceTable> CatalogLookup::ask(const TableName& name, uint32_t xid) {
    auto snapshot = snapshot_behind(*connection_, xid);
    if (!snapshot) {
        throw Error(
            ErrorKind::source,
            fmt::format("table {}: a change of transaction {} has come, which the source does not show yet (does "
                        "a synchronous standby keep its commit waiting?): its columns are not known before",
                        to_string(name), xid),
            true);
    }
    described_[name] = std::move(*snapshot);
    return postgres::describe_table(*connection_, name);
}

bool CatalogLookup::is_described_behind(const TableName& name, const SourceTransaction& transaction) const {
    const uint32_t xid = xid_to_see(transaction);
    const auto described = described_.find(name);
    return xid == 0 || (described != described_.end() && described->second.sees(xid));
}

}  // namespace pintail::source
