#include "postgres/catalog.hpp"

#include <gmock/gmock.h>

#include "temporary_server.hpp"

namespace pintail::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Catalog : public testing::Test {
protected:
    void SetUp() override {
        if (TemporaryServer::shared().url().empty())
            GTEST_SKIP() << "no Postgres server programs in /usr/lib/postgresql";
        connection_.emplace(TemporaryServer::shared().url());
        exec("DROP SCHEMA IF EXISTS cat CASCADE; CREATE SCHEMA cat; SET search_path = cat");
    }
    void exec(const std::string& sql) { connection_->exec(sql); }
    SourceTable describe(const std::string& table) {
        exec("SET search_path = ''");
        const auto described = describe_table(*connection_, {"cat", table});
        exec("SET search_path = cat");
        if (!described) throw std::runtime_error("no table " + table);
        return *described;
    }
    std::vector<std::string> key_of(const std::string& ddl) {
        exec("DROP TABLE IF EXISTS t CASCADE; " + ddl);
        return describe("t").key;
    }

    std::optional<Connection> connection_;
};

TEST_F(Catalog, Columns) {
    exec(
        "CREATE TABLE t (a int NOT NULL, gone int, \"B c\" numeric(12,2), g int GENERATED ALWAYS AS (a + 1) STORED, d "
        "text[]); ALTER TABLE t DROP COLUMN gone");
    const auto table = describe("t");
    ASSERT_EQ(table.columns.size(), 4u);
    EXPECT_EQ(table.columns[0].name, "a");
    EXPECT_TRUE(table.columns[0].not_null);
    EXPECT_EQ(table.columns[0].type.name, "int4");
    EXPECT_EQ(table.columns[0].type.category, "b");
    EXPECT_EQ(table.columns[1].name, "B c");
    EXPECT_EQ(table.columns[1].attnum, 3) << "numbers are never given twice";
    EXPECT_EQ(table.columns[1].type.formatted, "numeric(12,2)");
    EXPECT_EQ(table.columns[1].type.modifier, (12 << 16 | 2) + 4);
    EXPECT_TRUE(table.columns[2].is_generated);
    EXPECT_FALSE(table.columns[1].is_generated);
    EXPECT_TRUE(table.columns[3].type.is_array);
    EXPECT_EQ(table.columns[3].type.name, "text");
}

TEST_F(Catalog, DomainsAreResolvedAllTheWay) {
    exec(
        "CREATE DOMAIN price AS numeric(10,3); CREATE DOMAIN cheap AS price CHECK (VALUE < 10); CREATE DOMAIN prices "
        "AS price[]; CREATE TYPE mood AS ENUM ('sad', 'ok');"
        "CREATE TABLE t (a cheap, b cheap[], c prices, d mood, e mood[], f int2vector)");
    const auto columns = describe("t").columns;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(columns[i].type.name, "numeric") << i;
        EXPECT_EQ(columns[i].type.modifier, (10 << 16 | 3) + 4) << i;
        EXPECT_EQ(columns[i].type.is_array, i > 0) << i;
    }
    EXPECT_EQ(columns[3].type.category, "e");
    EXPECT_EQ(columns[4].type.category, "e");
    EXPECT_TRUE(columns[4].type.is_array);
    EXPECT_EQ(columns[5].type.name, "int2vector") << "has elements but is no array type";
    EXPECT_FALSE(columns[5].type.is_array);
}

TEST_F(Catalog, TheUsableKey) {
    EXPECT_THAT(key_of("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (c, a))"), ElementsAre("c", "a"));
    EXPECT_THAT(key_of("CREATE TABLE t (a int PRIMARY KEY, b int); ALTER TABLE t REPLICA IDENTITY FULL"),
                ElementsAre("a"));
    EXPECT_THAT(key_of("CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL); CREATE UNIQUE INDEX u ON t (b); ALTER "
                       "TABLE t REPLICA IDENTITY USING INDEX u"),
                ElementsAre("b"));
    EXPECT_THAT(key_of("CREATE TABLE t (a int, b int, PRIMARY KEY (a) INCLUDE (b))"), ElementsAre("a"));
}

TEST_F(Catalog, WhatIsNoKey) {
    EXPECT_THAT(key_of("CREATE TABLE t (a int)"), IsEmpty());
    EXPECT_THAT(key_of("CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY NOTHING"), IsEmpty());
    EXPECT_THAT(key_of("CREATE TABLE t (a int PRIMARY KEY DEFERRABLE)"), IsEmpty());
    EXPECT_THAT(key_of("CREATE TABLE t (a int UNIQUE NOT NULL)"), IsEmpty()) << "unique, but not the table's identity";
    EXPECT_THAT(key_of("CREATE TABLE t (a int NOT NULL, b int); CREATE UNIQUE INDEX ON t (a) WHERE b > 0; CREATE "
                       "UNIQUE INDEX ON t ((a + 1)); ALTER TABLE t REPLICA IDENTITY FULL"),
                IsEmpty());
}

TEST_F(Catalog, ReplicaIdentity) {
    exec("CREATE TABLE t (a int)");
    EXPECT_EQ(describe("t").replica_identity, 'd');
    exec("ALTER TABLE t REPLICA IDENTITY FULL");
    EXPECT_EQ(describe("t").replica_identity, 'f');
}

TEST_F(Catalog, OnlyTables) {
    exec(
        "CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE \"T\" (); CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE "
        "(a)");
    EXPECT_FALSE(describe_table(*connection_, {"cat", "v"}));
    EXPECT_FALSE(describe_table(*connection_, {"cat", "t"})) << "names are exact";
    EXPECT_FALSE(describe_table(*connection_, {"nowhere", "T"}));
    EXPECT_THAT(describe("T").columns, IsEmpty());
    EXPECT_THAT(describe("p").key, ElementsAre("a"));
}

TEST_F(Catalog, ListsWhatHasChanges) {
    exec(
        "CREATE TABLE b (a int); CREATE TABLE a (a int); CREATE UNLOGGED TABLE u (a int); CREATE VIEW v AS SELECT 1 AS "
        "a; CREATE TEMP TABLE tmp (a int)");
    std::vector<TableName> ours;
    for (const auto& name : list_tables(*connection_))
        if (name.schema != "public" && name.schema != "ready") ours.push_back(name);
    EXPECT_THAT(ours, ElementsAre(TableName{"cat", "a"}, TableName{"cat", "b"}));
}

TEST_F(Catalog, LeavesOfPartitionedTables) {
    exec(
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (a); CREATE TABLE p2a "
        "PARTITION OF p2 DEFAULT; CREATE TABLE plain (a int)");
    EXPECT_THAT(leaves_of(*connection_, {"cat", "p"}), ElementsAre(TableName{"cat", "p1"}, TableName{"cat", "p2a"}));
    EXPECT_THAT(leaves_of(*connection_, {"cat", "plain"}), ElementsAre(TableName{"cat", "plain"}));
    EXPECT_THAT(leaves_of(*connection_, {"cat", "nowhere"}), IsEmpty());
}

}  // namespace
}  // namespace pintail::postgres
