#include "postgres/readiness.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "postgres/catalog.hpp"
#include "postgres/near_names.hpp"
#include "postgres/row_identity.hpp"

namespace pintail::postgres {
namespace {

constexpr int kDecodingOnStandbys = 160000;

std::string quoted(const TableName& name) {
    return quote_identifier(name.schema) + "." + quote_identifier(name.table);
}

class Checker {
public:
    Checker(Connection& connection, const ReplicationPlan& plan) : connection_(connection), plan_(plan) {}

    std::vector<Finding> check() {
        check_wal_level();
        check_role();
        check_slot();
        check_walsenders();
        check_tables();
        check_publication();
        return std::move(findings_);
    }

private:
    void add(std::string problem, std::string remedy) { findings_.push_back({std::move(problem), std::move(remedy)}); }
    void add_right(std::string problem, std::string remedy) {
        findings_.push_back({std::move(problem), std::move(remedy), true});
    }

    void check_wal_level() {
        if (connection_.server_version() < kDecodingOnStandbys &&
            connection_.exec("SELECT pg_is_in_recovery()").flag(0, 0))
            add("the server is a standby, and before PostgreSQL 16 these decode no changes", "connect to its primary");
        const auto result = connection_.exec("SHOW wal_level");
        if (result.text(0, 0) == "logical") return;
        add(fmt::format("wal_level is {}, so the server's log holds no row changes", result.text(0, 0)),
            "ALTER SYSTEM SET wal_level = 'logical'; then restart the server");
    }

    const std::string& role() {
        if (role_.empty()) role_ = connection_.exec("SELECT current_user").text(0, 0);
        return role_;
    }

    void check_role() {
        if (may_replicate(connection_)) return;
        add_right(fmt::format("role {} may not replicate", role()),
                  fmt::format("ALTER ROLE {} REPLICATION", quote_identifier(role())));
    }

    void check_slot() {
        const auto result = connection_.exec(R"sql(
            SELECT s.database, s.plugin, s.active_pid, s.wal_status, coalesce(a.application_name, ''), coalesce(a.client_addr::text, 'a local socket')
            FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
            WHERE s.slot_name = $1)sql",
                                             {plan_.slot});
        if (result.rows() == 0) check_free_slots();
        else check_existing_slot(result);
    }

    void check_free_slots() {
        const auto result = connection_.exec(
            "SELECT count(*), current_setting('max_replication_slots')::int FROM pg_replication_slots");
        if (result.number(0, 0) < result.number(0, 1)) return;
        add(fmt::format("all {} replication slots are taken (max_replication_slots)", result.text(0, 1)),
            "drop those that nobody reads (SELECT slot_name FROM pg_replication_slots WHERE NOT active; SELECT "
            "pg_drop_replication_slot('…')), "
            "or raise max_replication_slots and restart the server");
    }

    void check_existing_slot(const Result& slot) {
        const auto database = connection_.exec("SELECT current_database()");
        const auto drop = fmt::format("SELECT pg_drop_replication_slot({})", quote_literal(plan_.slot));
        if (slot.text(0, 0) != database.text(0, 0))
            add(fmt::format("slot {} belongs to database {}", plan_.slot, slot.text(0, 0)),
                "use a slot of another name");
        else if (slot.text(0, 1) != "pgoutput")
            add(fmt::format("slot {} is one of plugin {}, not pgoutput", plan_.slot, slot.text(0, 1)),
                fmt::format("use a slot of another name, or, where nobody reads this one any more, {}", drop));
        else if (slot.text(0, 3) == "lost")
            add(fmt::format("slot {} was invalidated: the server no longer has the log that it needs (see "
                            "max_slot_wal_keep_size)",
                            plan_.slot),
                plan_.begin_anew.empty() ? drop + "; then the tables are copied again" : plan_.begin_anew);
        else if (slot.value(0, 2) && !plan_.slot_is_ours)
            add(fmt::format("slot {} is in use by process {} ({} from {})", plan_.slot, slot.text(0, 2),
                            slot.text(0, 4), slot.text(0, 5)),
                fmt::format("stop that reader (at the server: SELECT pg_terminate_backend({})), or use another name",
                            slot.text(0, 2)));
    }

    // For a moment there may be none, which a reader waits out; a check wants to know.
    void check_walsenders() {
        if (plan_.slot_is_ours) return;
        const auto result =
            connection_.exec("SELECT count(*), current_setting('max_wal_senders')::int FROM pg_stat_replication");
        if (result.number(0, 0) < result.number(0, 1)) return;
        add(fmt::format("all {} walsenders are busy (max_wal_senders)", result.text(0, 1)),
            "raise max_wal_senders and restart the server, or end a reader that is not needed (SELECT pid, "
            "application_name FROM pg_stat_replication)");
    }

    void check_tables() {
        for (const auto& table : plan_.tables) check_table(table, true);
        for (const auto& table : plan_.inserts_only) check_table(table, false);
        report_missing();
    }

    void check_table(const TableName& table, bool needs_identity) {
        const auto result = connection_.exec(R"sql(
            SELECT c.relkind, c.relpersistence, coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), true),
                   row_security_active(c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2)sql",
                                             {table.schema, table.table});
        if (result.rows() == 0) {
            missing_.push_back(table);
            return;
        }
        const char kind = result.text(0, 0)[0];
        if (kind != 'r' && kind != 'p')
            return add(
                fmt::format("{} is no table: views and foreign tables have no changes of their own", to_string(table)),
                "capture the tables behind it");
        if (result.text(0, 1) != "p")
            return add(
                fmt::format("{} is unlogged or temporary: its changes are not in the server's log", to_string(table)),
                fmt::format("ALTER TABLE {} SET LOGGED", quoted(table)));
        if (!result.flag(0, 2))
            add_right(fmt::format("the role may not read {}", to_string(table)),
                      fmt::format("GRANT USAGE ON SCHEMA {0} TO {2}; GRANT SELECT ON {1} TO {2}",
                                  quote_identifier(table.schema), quoted(table), quote_identifier(role())));
        // The stream has all rows, a copy would have only those that the policies show.
        if (result.flag(0, 3))
            add_right(fmt::format("row-level security hides rows of {} from the role", to_string(table)),
                      fmt::format("ALTER ROLE {} BYPASSRLS", quote_identifier(role())));
        if (kind == 'p' && !plan_.via_partition_root) check_root(table);
        if (needs_identity) check_identities(table);
    }

    // The publication carries the option whoever made it, and Debezium keeps that of one that exists.
    void check_root(const TableName& table) {
        const auto result =
            connection_.exec("SELECT FROM pg_publication WHERE pubname = $1 AND pubviaroot", {plan_.publication});
        if (result.rows() > 0) return;
        add(fmt::format("{} is partitioned, and this connector would publish its partitions under their own names",
                        to_string(table)),
            fmt::format("CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)",
                        quote_identifier(plan_.publication), quoted(table)));
    }

    // Publishing UPDATE and DELETE of a table whose rows cannot be told apart makes the server refuse these
    // statements to everybody, the application first of all.
    void check_identities(const TableName& table) {
        for (const auto& leaf : leaves_of(connection_, table)) {
            const auto lack = identity_lack(connection_, leaf);
            if (!lack) continue;
            add(fmt::format("{} has {}: publishing it would make the application's UPDATE and DELETE on it fail",
                            to_string(leaf), lack->why),
                lack->mend + " (or give it a primary key that is not deferrable)");
        }
    }

    void report_missing() {
        if (missing_.empty() || plan_.tables_were_listed) return;
        std::vector<std::string> known;
        for (const auto& table : list_tables(connection_)) known.push_back(to_string(table));
        for (const auto& table : missing_) {
            const auto near = near_names(to_string(table), known);
            add(fmt::format("table {} does not exist in database {}", to_string(table),
                            connection_.exec("SELECT current_database()").text(0, 0)),
                near.empty() ? "create it first, or correct the list of tables"
                             : fmt::format("did you mean {}?", fmt::join(near, " or ")));
        }
    }

    void check_publication() {
        const auto result = connection_.exec(
            "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate FROM pg_publication WHERE pubname = $1",
            {plan_.publication});
        if (result.rows() == 0) return check_may_publish();
        if (!result.flag(0, 0))
            add(fmt::format("publication {} leaves out some kinds of changes, which would be lost silently",
                            plan_.publication),
                fmt::format("ALTER PUBLICATION {} SET (publish = 'insert, update, delete, truncate')",
                            quote_identifier(plan_.publication)));
    }

    // Needed: CREATE on the database and to be (a member of) the owner of each table.
    void check_may_publish() {
        std::vector<std::string> tables;
        bool may = connection_.exec("SELECT has_database_privilege(current_database(), 'CREATE')").flag(0, 0);
        for (const auto& table : plan_.tables) {
            const auto owned = connection_.exec(R"sql(
                SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p'))sql",
                                                {table.schema, table.table});
            if (owned.rows() == 0) continue;
            tables.push_back(quoted(table));
            may = may && owned.flag(0, 0);
        }
        if (may || tables.empty()) return;
        add("the role may not make the publication: only the owner of the tables may, with CREATE on the database",
            fmt::format("as the owner: CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)",
                        quote_identifier(plan_.publication), fmt::join(tables, ", ")));
    }

    Connection& connection_;
    const ReplicationPlan& plan_;
    std::string role_;
    std::vector<TableName> missing_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<std::string> lines_of(const std::vector<Finding>& findings) {
    std::vector<std::string> lines;
    for (const auto& finding : findings) lines.push_back(finding.problem + ": " + finding.remedy);
    return lines;
}

// Managed services give the right through a role of theirs instead of the attribute.
bool may_replicate(Connection& connection) {
    return connection
        .exec(R"sql(
        SELECT r.rolreplication OR r.rolsuper OR EXISTS (
            SELECT FROM pg_roles g WHERE g.rolname IN ('rds_replication', 'azure_pg_admin', 'cloudsqlreplica')
            AND pg_has_role(r.oid, g.oid, 'member'))
        FROM pg_roles r WHERE r.rolname = current_user)sql")
        .flag(0, 0);
}

std::vector<Finding> check_readiness(Connection& connection, const ReplicationPlan& plan) {
    return Checker(connection, plan).check();
}

}  // namespace pintail::postgres
