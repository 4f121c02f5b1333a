#include "postgres/publication_members.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "postgres/catalog.hpp"
#include "postgres/catalog_entries.hpp"
#include "postgres/partition_tree.hpp"
#include "postgres/publication.hpp"
#include "postgres/unlogged.hpp"
#include "temporary_server.hpp"

namespace pintail::postgres {
namespace {

// Partitions in either schema below roots in either, on two levels, among them some that nobody could publish.
constexpr const char* kTables = R"sql(
CREATE SCHEMA one; CREATE SCHEMA two;
CREATE TABLE one.plain (id int PRIMARY KEY, gone int, v text, secret text); ALTER TABLE one.plain DROP COLUMN gone;
CREATE TABLE one."Odd, name" (id int PRIMARY KEY, "A b" text);
CREATE TABLE one.keyless (v int);
CREATE TABLE one.no_columns ();
CREATE TABLE two.generated (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id + 1) STORED);
CREATE TABLE one.parent (id int PRIMARY KEY); CREATE TABLE one.child (more int) INHERITS (one.parent);
CREATE UNLOGGED TABLE one.unlogged (id int PRIMARY KEY);
CREATE VIEW one.seen AS SELECT * FROM one.plain;
CREATE MATERIALIZED VIEW one.kept AS SELECT * FROM one.plain;
CREATE TEMP TABLE passing (id int PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER far; CREATE SERVER far FOREIGN DATA WRAPPER far;
CREATE FOREIGN TABLE one.abroad (id int) SERVER far;
CREATE TABLE one.tree (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE one.tree_a PARTITION OF one.tree FOR VALUES FROM (0) TO (10);
CREATE TABLE two.tree_b PARTITION OF one.tree FOR VALUES FROM (10) TO (20);
CREATE UNLOGGED TABLE one.tree_unlogged PARTITION OF one.tree FOR VALUES FROM (20) TO (30);
CREATE FOREIGN TABLE one.tree_abroad PARTITION OF one.tree FOR VALUES FROM (30) TO (40) SERVER far;
CREATE TABLE one.tree_was PARTITION OF one.tree FOR VALUES FROM (40) TO (50);
CREATE TABLE one.tree_leaves PARTITION OF one.tree FOR VALUES FROM (50) TO (60);
CREATE TABLE two.tree_sub PARTITION OF one.tree FOR VALUES FROM (60) TO (80) PARTITION BY RANGE (id);
CREATE TABLE one.tree_sub_a PARTITION OF two.tree_sub FOR VALUES FROM (60) TO (70);
CREATE TABLE two.tree_sub_b PARTITION OF two.tree_sub FOR VALUES FROM (70) TO (80);
CREATE TABLE one.tree_sub_none PARTITION OF one.tree FOR VALUES FROM (80) TO (90) PARTITION BY RANGE (id);
CREATE TABLE two.attached (id int NOT NULL, v text);
CREATE TABLE two.grove (id int, v text) PARTITION BY LIST (id);
CREATE TABLE one.grove_a PARTITION OF two.grove FOR VALUES IN (1);
CREATE TABLE one.bare (id int) PARTITION BY RANGE (id);
CREATE PUBLICATION unknown FOR TABLE one.plain;
)sql";

struct Said {
    int since;
    const char* name;
    const char* what;
    const char* with;
    bool with_root = false;
};

// Each by itself and under publish_via_partition_root; `with_root`: only so (filters and lists of partitioned tables).
const std::vector<Said> kPublications = {
    {14, "everything", "FOR ALL TABLES", ""},
    {14, "nothing", "", ""},
    {14, "several", "FOR TABLE one.plain, one.keyless, one.no_columns, one.\"Odd, name\", two.generated", ""},
    {14, "inserts", "FOR TABLE one.plain, one.tree", ", publish = 'insert'"},
    {14, "heirs", "FOR TABLE one.parent", ""},
    {14, "heir", "FOR TABLE ONLY one.parent", ""},
    {14, "root", "FOR TABLE one.tree, one.bare", ""},
    {14, "leaf", "FOR TABLE two.tree_b, one.tree_was, two.attached", ""},
    {14, "middle", "FOR TABLE two.tree_sub, one.tree_sub_none", ""},
    {14, "root_and_leaf", "FOR TABLE one.tree, one.tree_a, one.tree_was, two.attached", ""},
    {14, "root_and_middle", "FOR TABLE one.tree, two.tree_sub, one.tree_sub_a", ""},
    {14, "middle_and_leaf", "FOR TABLE two.tree_sub, two.tree_sub_b, one.tree_a", ""},
    {15, "schema", "FOR TABLES IN SCHEMA one", ""},
    {15, "schemas", "FOR TABLES IN SCHEMA one, two", ""},
    {15, "roots_elsewhere", "FOR TABLES IN SCHEMA two", ""},
    {15, "schema_and_root", "FOR TABLES IN SCHEMA one, TABLE two.grove", ""},
    {15, "schema_and_leaf", "FOR TABLES IN SCHEMA two, TABLE one.tree_a, one.tree_sub_a", ""},
    {15, "filters", "FOR TABLE one.plain WHERE (id > 5), one.tree_a WHERE (id > 8)", ""},
    {15, "filter_of_roots", "FOR TABLE one.tree WHERE (id > 7), one.tree_a WHERE (id > 8)", "", true},
    {15, "filter_beside_its_schema",
     "FOR TABLES IN SCHEMA one, TABLE one.plain WHERE (id > 5), two.generated WHERE (id > 6)", ""},
    {15, "lists", "FOR TABLE one.plain (id, v), one.tree_a (v), two.generated (id)", ""},
    {15, "lists_of_roots", "FOR TABLE one.tree (id), one.tree_a (v)", "", true},
    {15, "list_and_filter", "FOR TABLE one.plain (id) WHERE (id > 5), one.\"Odd, name\" (id, \"A b\")", ""},
    {18, "generated", "FOR TABLE two.generated, one.plain", ", publish_generated_columns = stored"},
    {18, "all_generated", "FOR ALL TABLES", ", publish_generated_columns = stored"},
    {18, "schema_generated", "FOR TABLES IN SCHEMA two", ", publish_generated_columns = stored"},
    {18, "listed_generated", "FOR TABLE two.generated (id, g)", ""},
    {18, "unlisted_generated", "FOR TABLE two.generated (id)", ", publish_generated_columns = stored"},
};

class PublicationMembers : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        TemporaryServer& server = TemporaryServer::of_version(GetParam());
        if (server.url().empty()) GTEST_SKIP() << "no programs of PostgreSQL " << GetParam();
        url_ = server.url();
        connection_.emplace(url_);
        exec(
            "DROP PUBLICATION IF EXISTS unknown; DROP SCHEMA IF EXISTS one CASCADE; DROP SCHEMA IF EXISTS two CASCADE;"
            "DROP FOREIGN DATA WRAPPER IF EXISTS far CASCADE");
        exec(kTables);
        for (const Said& said : kPublications) {
            for (const bool root : {false, true}) {
                if (said.since <= GetParam() && (root || !said.with_root)) publish(said, root);
            }
        }
        exec(
            "ALTER TABLE one.tree DETACH PARTITION one.tree_was; "
            "ALTER TABLE one.tree ATTACH PARTITION two.attached FOR VALUES FROM (90) TO (100)");
        leave_half();
    }
    void TearDown() override {
        if (!connection_) return;
        for (const auto& name : names_) exec("DROP PUBLICATION " + name);
        exec("DROP SCHEMA one CASCADE; DROP SCHEMA two CASCADE");
    }
    void publish(const Said& said, bool root) {
        names_.push_back(fmt::format("{}{}", said.name, root ? "_root" : ""));
        exec(fmt::format("CREATE PUBLICATION {} {} WITH (publish_via_partition_root = {}{})", names_.back(), said.what,
                         root, said.with));
    }
    // DETACH CONCURRENTLY has done its first half, and is interrupted while it waits for whoever has the root open.
    void leave_half() {
        Connection reader(url_), detaching(url_);
        reader.exec("BEGIN; SELECT FROM one.tree WHERE id = 1");
        detaching.exec("SET statement_timeout = '300ms'");
        EXPECT_THROW(detaching.exec("ALTER TABLE one.tree DETACH PARTITION one.tree_leaves CONCURRENTLY"), SqlError);
    }
    void exec(const std::string& sql) { connection_->exec(sql); }
    std::set<std::string> lines(const std::string& sql) {
        const auto result = connection_->exec(sql);
        std::set<std::string> found;
        for (int row = 0; row < result.rows(); ++row) found.emplace(result.text(row, 0));
        return found;
    }

    static void expect_equal(const std::set<std::string>& ours, const std::set<std::string>& servers) {
        std::vector<std::string> missing, added;
        std::set_difference(servers.begin(), servers.end(), ours.begin(), ours.end(), std::back_inserter(missing));
        std::set_difference(ours.begin(), ours.end(), servers.begin(), servers.end(), std::back_inserter(added));
        EXPECT_THAT(missing, testing::IsEmpty()) << "the server has them";
        EXPECT_THAT(added, testing::IsEmpty()) << "the server has them not";
    }

    std::string url_;
    std::optional<Connection> connection_;
    std::vector<std::string> names_;
};

// PostgreSQL 15 names generated columns, too, and does not send them.
constexpr const char* kSentBy15 = R"sql((
    SELECT array_agg(u.name ORDER BY u.place) FROM unnest(attnames) WITH ORDINALITY u(name, place) WHERE NOT EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = format('%I.%I', schemaname, tablename)::regclass AND a.attname = u.name
        AND a.attgenerated <> '')))sql";

TEST_P(PublicationMembers, AreThoseThatTheServerNames) {
    const bool lists = GetParam() >= 15;
    const auto as_line = [&](const char* name, const char* table, const char* columns, const char* filter) {
        return fmt::format("format('%s: %s (%s) %s', {}, {}, {}, {})", name, table, lists ? columns : "''",
                           lists ? filter : "''");
    };
    const auto servers = lines("SELECT DISTINCT " +
                               as_line("pubname", "format('%I.%I', schemaname, tablename)",
                                       GetParam() == 15 ? kSentBy15 : "attnames", "rowfilter") +
                               " FROM pg_publication_tables WHERE pubname IN (" + publication_list(names_) + ")");
    const auto ours =
        lines("SELECT " +
              as_line("p.pubname", "format('%I.%I', n.nspname, c.relname)", "m.names",
                      "(SELECT pg_get_expr(r.prqual, r.prrelid) FROM pg_publication_rel r WHERE r.oid = m.filter_of)") +
              " FROM " + publication_members(connection_->server_version(), names_) +
              " m JOIN pg_publication p ON p.oid = m.publication JOIN pg_class c ON c.oid = m.relid "
              "JOIN pg_namespace n ON n.oid = c.relnamespace");
    EXPECT_GT(servers.size(), 50u);
    expect_equal(ours, servers);
}

TEST_P(PublicationMembers, PartitionsAreThoseThatTheServerNames) {
    const std::string all =
        "SELECT format('%s: %s', c.oid::regclass, t.relid::regclass) FROM pg_class c CROSS JOIN LATERAL {} t "
        "WHERE c.relkind = 'p' AND c.relnamespace::regnamespace::text IN ('one', 'two')";
    const auto servers = lines(fmt::format(fmt::runtime(all), "pg_partition_tree(c.oid)"));
    EXPECT_THAT(servers, testing::Not(testing::Contains("one.tree: one.tree_leaves")));
    expect_equal(lines(fmt::format(fmt::runtime(all), partition_tree("c.oid"))), servers);
}

TEST_P(PublicationMembers, NobodysLockIsWaitedFor) {
    Connection holder(url_);
    holder.exec(
        "BEGIN; LOCK TABLE one.plain, one.tree, two.generated, two.grove, one.bare, one.unlogged IN ACCESS EXCLUSIVE "
        "MODE");
    exec("SET lock_timeout = '1s'");
    for (const auto& name : names_) {
        EXPECT_NO_THROW(published_tables(*connection_, {name})) << name;
        EXPECT_NO_THROW(catalog_entries(*connection_, {name})) << name;
    }
    EXPECT_NO_THROW(publishable_tables(*connection_));
    EXPECT_NO_THROW(list_tables(*connection_));
    EXPECT_NO_THROW(unlogged_tables(*connection_));
    EXPECT_NO_THROW(leaves_of(*connection_, {"one", "tree"}));
    EXPECT_NO_THROW(describe_table(*connection_, {"one", "plain"}));
}

INSTANTIATE_TEST_SUITE_P(Versions, PublicationMembers, testing::Values(14, 15, 16, 17, 18),
                         [](const auto& version) { return std::to_string(version.param); });

}  // namespace
}  // namespace pintail::postgres
