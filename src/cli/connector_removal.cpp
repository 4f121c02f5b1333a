#include "cli/connector_removal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connect/connector.hpp"
#include "core/error.hpp"
#include "postgres/replication_objects.hpp"

namespace pintail::cli {
namespace {

using connect::Client;
using connect::ConnectorInfo;

// One connector with what goes with it at the source: nothing of another connector's.
struct Leaving {
    std::string name;
    bool runs = false;
    bool has_task = false;  // which may hold the slot: one that waits or is paused, too
    std::optional<connect::SourceUse>
        use;  // nullopt: its slot is another's as well, or it is none of Debezium's for Postgres
    bool shares_publication = false;
};

bool is_chosen(const std::vector<ConnectorInfo>& chosen, const std::string& name) {
    return std::any_of(chosen.begin(), chosen.end(),
                       [&](const ConnectorInfo& info) { return info.status.name == name; });
}

std::vector<connect::SourceUse> uses_that_stay(Client& client, const std::vector<ConnectorInfo>& chosen) {
    std::vector<connect::SourceUse> stay;
    for (const auto& other : client.connectors()) {
        const auto use = connect::source_use(other.properties);
        if (use && !is_chosen(chosen, other.status.name)) stay.push_back(*use);
    }
    return stay;
}

std::vector<Leaving> leaving_of(Client& client, const std::vector<ConnectorInfo>& chosen) {
    const auto stay = uses_that_stay(client, chosen);
    std::vector<Leaving> all;
    for (const auto& info : chosen) {
        const bool has_task = std::any_of(info.status.tasks.begin(), info.status.tasks.end(),
                                          [](const auto& task) { return task.state != "FAILED"; });
        Leaving& leaving = all.emplace_back(
            Leaving{info.status.name, info.status.running(), has_task, connect::source_use(info.properties), false});
        for (const auto& other : stay) {
            if (!leaving.use) break;
            leaving.shares_publication |= other.publication == leaving.use->publication;
            if (other.slot == leaving.use->slot) leaving.use.reset();
        }
    }
    return all;
}

postgres::Removal removal_of(const Leaving& leaving) {
    return {leaving.use->slot, leaving.shares_publication ? "" : leaving.use->publication, leaving.runs,
            leaving.has_task};
}

void check_all(const std::string& source, const std::vector<Leaving>& all) {
    postgres::Connection connection(source);
    std::string lines;
    for (const Leaving& leaving : all) {
        if (!leaving.use) continue;
        for (const auto& finding : postgres::check_removal(connection, removal_of(leaving)))
            lines += fmt::format("\n  {}: {}\n    → {}", leaving.name, finding.problem, finding.remedy);
    }
    if (!lines.empty())
        throw Error(ErrorKind::source,
                    fmt::format("nothing was deleted, since --drop-slot could not do its part:{}", lines));
}

void drop_at_source(const std::string& source, const Leaving& leaving, const connect::Patience& patience) {
    if (!leaving.use) return;
    postgres::Connection connection(source);
    const auto removal = removal_of(leaving);
    const bool had_slot = postgres::drop_slot(connection, removal.slot, patience.timeout);
    fmt::print("slot {} {}\n", removal.slot, had_slot ? "dropped" : "was not there");
    if (removal.publication.empty())
        fmt::print("publication {} stays: another connector uses it\n", leaving.use->publication);
    else if (postgres::drop_publication(connection, removal.publication))
        fmt::print("publication {} dropped\n", removal.publication);
}

void say_what_stays(const connect::SourceUse& use) {
    fmt::print(
        "slot {} and publication {} stay at the source, and an unread slot keeps its log from being removed. Unless "
        "the connector comes back:\n"
        "  SELECT pg_drop_replication_slot('{}'); DROP PUBLICATION \"{}\";   (delete --drop-slot does it)\n",
        use.slot, use.publication, use.slot, use.publication);
}

void remove_one(Client& client, const Leaving& leaving, const std::optional<std::string>& source,
                const connect::Patience& patience) {
    try {
        const auto left = connect::remove_with_offsets(client, leaving.name, patience, [&] {
            if (source) drop_at_source(*source, leaving, patience);
        });
        fmt::print("{}: deleted{}\n", leaving.name, left.empty() ? "" : "; " + left);
    } catch (const Error& problem) {
        if (!client.properties(leaving.name)) throw;
        throw Error(problem.kind(), fmt::format("{}\n{} is not deleted yet; the same command goes on from here",
                                                problem.what(), leaving.name));
    }
    if (leaving.use && !source) say_what_stays(*leaving.use);
}

}  // namespace

void remove_connectors(Client& client, const std::vector<ConnectorInfo>& chosen,
                       const std::optional<std::string>& source, const connect::Patience& patience) {
    const auto all = leaving_of(client, chosen);
    if (source) check_all(*source, all);
    for (const Leaving& leaving : all) remove_one(client, leaving, source, patience);
}

}  // namespace pintail::cli
