// What the three modes have in common: how a table gets its mode and keeps it.
#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

SchemaPointer items(const std::string& name = "public.items") {
    return make_table(name, {column("id", TypeKind::int32), column("v", TypeKind::varchar)}, {"id"});
}

class Modes : public TargetTest {};

TEST_F(Modes, AModeAddsItsColumnsBehindTheSources) {
    set_mode(TableMode::soft_delete);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    EXPECT_EQ(rows("SELECT column_name, column_type FROM (DESCRIBE items)"),
              (std::vector<std::string>{"id|INTEGER", "v|VARCHAR", "_deleted|BOOLEAN",
                                        "_deleted_at|TIMESTAMP WITH TIME ZONE"}));
    set_mode(TableMode::history);
    close();
    std::filesystem::remove(options().path);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    EXPECT_EQ(
        rows("SELECT column_name, column_type FROM (DESCRIBE items) OFFSET 2"),
        (std::vector<std::string>{"_op|VARCHAR", "_commit_time|TIMESTAMP WITH TIME ZONE", "_lsn|BIGINT", "_seq|BIGINT",
                                  "_valid_from|TIMESTAMP WITH TIME ZONE", "_valid_to|TIMESTAMP WITH TIME ZONE"}));
}

TEST_F(Modes, AColumnOfTheSourceThatIsCalledAsOneOfTheModesIsRefusedWithTheWayOut) {
    set_mode(TableMode::soft_delete);
    const auto table =
        make_table("public.t", {column("id", TypeKind::int32), column("_Deleted", TypeKind::varchar)}, {"id"});
    const auto refused = [&](Batch batch) {
        try {
            apply(std::move(batch));
        } catch (const Error& error) {
            const std::string text = error.what();
            return error.kind() == ErrorKind::config &&
                   text.find("public.t has a column _deleted") != std::string::npos &&
                   text.find("--table-mode public.t=mirror") != std::string::npos;
        }
        return false;
    };
    EXPECT_TRUE(refused(make_batch(1, TableRows(table).insert({1, "theirs"}).take())));
    EXPECT_TRUE(refused(make_batch(1, SnapshotStart{table, 1, true, 1}))) << "of a hidden copy";
    close();
    set_mode(TableMode::mirror);
    apply(make_batch(1, TableRows(table).insert({1, "theirs"}).take()));
    EXPECT_EQ(rows("FROM t"), (std::vector<std::string>{"1|theirs"}));
}

TEST_F(Modes, AColumnOfTheModesNameThatComesLaterIsSuffixed) {
    set_mode(TableMode::history);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    const auto wider = make_table(
        "public.items",
        {column("id", TypeKind::int32), column("v", TypeKind::varchar), column("_op", TypeKind::varchar)}, {"id"});
    apply(make_batch(2, TableRows(wider).update({1, "b", "theirs"}).take()));
    EXPECT_EQ(rows("SELECT v, _op, _op_2 FROM items ORDER BY _seq"),
              (std::vector<std::string>{"a|insert|NULL", "b|update|theirs"}));
    apply(make_batch(3, SnapshotStart{wider, 50, false, 50}, TableRows(wider).snapshot({1, "b", "new"}).take(),
                     SnapshotEnd{wider->name}));
    EXPECT_EQ(rows("SELECT v, _op, _op_2 FROM items ORDER BY _seq"),
              (std::vector<std::string>{"a|insert|NULL", "b|update|theirs", "b|snapshot|new"}));
}

TEST_F(Modes, AColumnThatTheSourceDropsStaysWhereOlderRowsNeedIt) {
    dropped_columns = DroppedColumns::drop;
    const auto narrow = make_table("public.items", {column("id", TypeKind::int32)}, {"id"});
    for (const TableMode mode : {TableMode::soft_delete, TableMode::history}) {
        set_mode(mode);
        apply(make_batch(1, TableRows(items()).insert({1, "a"}).insert({2, "b"}).take()));
        apply(make_batch(2, Reshape{narrow, {}, {"v"}, false}, TableRows(narrow).remove({1}).take()));
        EXPECT_EQ(one("SELECT count(v) FROM items"), "2");
        close();
        std::filesystem::remove(options().path);
    }
}

TEST_F(Modes, ATableWhoseNameAnotherOneGetsIsSetAside) {
    set_mode(TableMode::history);
    apply(make_batch(1, TableRows(items("public.live")).insert({1, "blue"}).take(),
                     TableRows(items("public.next")).insert({1, "green"}).take(),
                     TableRows(items("public.third")).insert({1, "red"}).take()));
    apply(make_batch(2, TableRows(items("public.live")).update({1, "blue two"}).take()));
    apply(make_batch(3, TableRename{{"public", "next"}, {"public", "live"}},
                     TableRows(items("public.live")).insert({2, "green"}).take()));
    EXPECT_EQ(rows("SELECT id, v FROM live ORDER BY _seq"), (std::vector<std::string>{"1|green", "2|green"}));
    EXPECT_EQ(rows("SELECT id, v FROM live_dropped ORDER BY _seq"), (std::vector<std::string>{"1|blue", "1|blue two"}));
    EXPECT_EQ(one("SELECT new FROM pintail.schema_history WHERE change = 'set aside table'"), "live_dropped");
    reopen();
    apply(make_batch(4, TableRename{{"public", "third"}, {"public", "live"}}));
    EXPECT_EQ(rows("SELECT id, v FROM live_dropped_2 ORDER BY _seq"), (std::vector<std::string>{"1|green", "2|green"}));
    EXPECT_EQ(rows("SELECT table_name FROM pintail.tables"), (std::vector<std::string>{"live"}));
}

// DuckDB's log would not be readable after a kill if they were renamed.
TEST_F(Modes, TablesWhoseRowsChangedGetOtherNamesInTheSameTransaction) {
    const auto in = [](const std::string& name) { return TableName{"public", name}; };
    for (const TableMode mode : {TableMode::mirror, TableMode::soft_delete, TableMode::history}) {
        set_mode(mode);
        apply(make_batch(1, TableRows(items("public.live")).insert({1, "blue"}).take(),
                         TableRows(items("public.next")).insert({2, "green"}).take()));
        apply(make_batch(2, TableRows(items("public.live")).update({1, "blue two"}).take(),
                         TableRows(items("public.next")).update({2, "green two"}).take(),
                         TableRename{in("next"), in("live")},
                         TableRows(items("public.live")).insert({3, "green"}).take()));
        crash();
        const std::string current = mode == TableMode::history ? " WHERE _valid_to IS NULL" : "";
        EXPECT_EQ(rows("SELECT id, v FROM live" + current + " ORDER BY id"),
                  (std::vector<std::string>{"2|green two", "3|green"}));
        if (mode != TableMode::mirror) {
            EXPECT_EQ(rows("SELECT id, v FROM live_dropped" + current), (std::vector<std::string>{"1|blue two"}));
        }
        close();
        std::filesystem::remove(options().path);
    }
}

TEST_F(Modes, ATableIsEmptiedBeforeItGetsAnotherNameInTheSameBatch) {
    for (const TableMode mode : {TableMode::mirror, TableMode::soft_delete, TableMode::history}) {
        set_mode(mode);
        apply(make_batch(1, TableRows(items("public.live")).insert({1, "blue"}).insert({2, "green"}).take()));
        apply(make_batch(2, Truncate{items("public.live")}, TableRename{{"public", "live"}, {"public", "old"}},
                         TableRows(items("public.old")).insert({3, "red"}).take()));
        crash();
        const std::string current = mode == TableMode::mirror        ? ""
                                    : mode == TableMode::soft_delete ? " WHERE NOT _deleted"
                                                                     : " WHERE _valid_to IS NULL";
        EXPECT_EQ(rows("SELECT id, v FROM old" + current), (std::vector<std::string>{"3|red"}));
        EXPECT_EQ(rows("SELECT table_name FROM pintail.tables"), (std::vector<std::string>{"old"}));
        close();
        std::filesystem::remove(options().path);
    }
}

TEST_F(Modes, AQuarantineIsOfTheTableThatHadTheNameBefore) {
    apply(make_batch(1, TableRows(items("public.live")).insert({1, "blue"}).take(),
                     TableRows(items("public.next")).insert({2, "green"}).take()));
    apply(
        make_batch(2, TableQuarantine{{"public", "live"}, "why"}, TableRename{{"public", "next"}, {"public", "live"}}));
    EXPECT_EQ(rows("SELECT table_name, coalesce(quarantined, '') FROM pintail.tables"),
              (std::vector<std::string>{"live|"}));
}

// Values that a column cannot hold (docs/types.md) go with their row wherever the mode takes it.
class ExactColumnsInModes : public TargetTest {
protected:
    static SchemaPointer prices() {
        return make_table("public.t", {column("id", TypeKind::int32), column("price", decimal_type(6, 2))}, {"id"});
    }
    void change(RowBatch rows) { apply(make_batch(++offset_, std::move(rows))); }
    std::vector<std::string> found(const std::string& more, const std::string& order) {
        return rows("SELECT id, price, price__exact, " + more + " FROM t ORDER BY " + order);
    }

    int64_t offset_ = 0;
};

TEST_F(ExactColumnsInModes, StandInDeletedRows) {
    set_mode(TableMode::soft_delete);
    change(TableRows(prices()).insert({1, 100}).insert({2, Beyond{"NaN"}}).take());
    change(TableRows(prices()).update({1, Beyond{"Infinity"}}).update({2, Unchanged{}}).take());
    change(TableRows(prices()).remove({2}).insert({3, 300}).take());
    EXPECT_EQ(found("_deleted", "id"),
              (std::vector<std::string>{"1|NULL|Infinity|false", "2|NULL|NaN|true", "3|3.00|NULL|false"}));
    apply(make_batch(9, SnapshotStart{prices(), 50, false, 50},
                     TableRows(prices()).snapshot({1, 100}).snapshot({3, Beyond{"NaN"}}).take(),
                     SnapshotEnd{prices()->name}));
    EXPECT_EQ(found("_deleted", "id"),
              (std::vector<std::string>{"1|1.00|NULL|false", "2|NULL|NaN|true", "3|NULL|NaN|false"}));
}

TEST_F(ExactColumnsInModes, StandInVersions) {
    set_mode(TableMode::history);
    change(TableRows(prices()).insert({1, 100}).take());
    change(TableRows(prices()).update({1, Beyond{"NaN"}}).take());
    change(TableRows(prices()).update({1, Unchanged{}}).update({1, 200}).take());
    EXPECT_EQ(found("_op", "_seq"), (std::vector<std::string>{"1|1.00|NULL|insert", "1|NULL|NaN|update",
                                                              "1|NULL|NaN|update", "1|2.00|NULL|update"}));
}

// The column beside another one is made by the copy; a row that differs in nothing else is another version.
TEST_F(ExactColumnsInModes, ANewCopyBringsThem) {
    set_mode(TableMode::history);
    change(TableRows(prices()).insert({1, 100}).insert({2, Null{}}).insert({3, Null{}}).take());
    RowBatch copied = TableRows(prices()).snapshot({1, 100}).snapshot({2, Beyond{"NaN"}}).snapshot({3, Null{}}).take();
    copied.hidden = true;
    change(TableRows(prices()).insert({4, 400}).take());
    apply(make_batch(7, SnapshotStart{prices(), 50, true, 50}, std::move(copied)));
    apply(make_batch(8, SnapshotEnd{prices()->name}));
    EXPECT_EQ(
        found("_op, _valid_to IS NULL", "id, _seq"),
        (std::vector<std::string>{"1|1.00|NULL|insert|true", "2|NULL|NULL|insert|false", "2|NULL|NaN|snapshot|true",
                                  "3|NULL|NULL|insert|true", "4|4.00|NULL|insert|false", "4|NULL|NULL|delete|false"}));
}

TEST_F(Modes, TheStoredModeIsShown) {
    set_mode(TableMode::history);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    EXPECT_EQ(one("SELECT mode FROM pintail.tables"), "history");
    TargetReader reader = target().reader();
    EXPECT_EQ(reader.status().tables.at(0).mode, TableMode::history);
}

TEST_F(Modes, SettingsThatContradictWhatIsStoredAreRefusedWithTheWayOut) {
    set_mode(TableMode::history);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    close();
    set_mode(TableMode::mirror);
    try {
        target().recover();
        FAIL() << "a history was taken for a mirror";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::config);
        const std::string text = error.what();
        EXPECT_NE(text.find("public.items is kept as history"), std::string::npos) << text;
        EXPECT_NE(text.find("--table-mode public.items=history"), std::string::npos) << text;
    }
    close();
    set_mode(TableMode::history);
    EXPECT_NO_THROW(target().recover());
}

TEST_F(Modes, AColumnOfTheModeThatSomebodyDroppedIsAnError) {
    set_mode(TableMode::soft_delete);
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    const auto alter = [&](const std::string& how) {
        close();
        Connection(open_target(options(), Access::read_write)).run("ALTER TABLE public.items " + how);
    };
    alter("DROP COLUMN _deleted");
    EXPECT_THROW(apply(make_batch(2, TableRows(items()).remove({1}).take())), Error);
    alter("ADD COLUMN _deleted BOOLEAN");
}

}  // namespace
}  // namespace pintail::duck::testing
