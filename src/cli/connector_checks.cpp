#include "cli/connector_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "postgres/readiness.hpp"

namespace pintail::cli {
namespace {

// A connector that is registered anew may find its own slot in use: by itself.
bool holds_slot(connect::Client& client, const std::string& name, const std::string& slot) {
    const auto known = client.properties(name);
    const auto use = known ? connect::source_use(*known) : std::nullopt;
    return use && use->slot == slot;
}

postgres::ReplicationPlan plan_for(connect::Client& client, const connect::Connector& connector,
                                   const connect::SourceUse& use, bool root_known) {
    return {use.tables.value_or(std::vector<TableName>{}), use.slot, use.publication,
            holds_slot(client, connector.name, use.slot), use.via_partition_root && root_known};
}

}  // namespace

void check_source(const std::string& source, connect::Client& client,
                  const std::vector<connect::Connector>& connectors) {
    const auto version = client.plugin_version(connect::kPostgresConnector);
    postgres::Connection connection(source);
    std::vector<std::string> lines;  // one finding each; the same one for several connectors is said once
    for (const auto& connector : connectors) {
        const auto use = connect::source_use(connector.properties);
        if (!use) continue;
        if (!version)
            throw Error(ErrorKind::source,
                        "the Connect worker has no Debezium connector for Postgres: put it into its plugin.path and "
                        "restart it");
        const auto plan = plan_for(client, connector, *use, connect::knows_partition_root(*version));
        for (const auto& finding : postgres::check_readiness(connection, plan)) {
            const auto line = fmt::format("\n  {}\n    → {}", finding.problem, finding.remedy);
            if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
        }
    }
    if (lines.empty()) return;
    throw Error(
        ErrorKind::source,
        fmt::format("the source at {} is not ready (nothing was registered; --no-checks registers all the same):{}",
                    connection.address(), fmt::join(lines, "")));
}

}  // namespace pintail::cli
