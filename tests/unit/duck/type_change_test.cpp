// Types that a column does not widen to: what each policy makes of them, and tables that are not followed any more.
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer table_of(const std::string& name, ColumnSchema v, std::vector<std::string> key = {"id"}) {
    return make_table(name, {column("id", TypeKind::int32), std::move(v)}, std::move(key));
}

class TypeChange : public TargetTest {
protected:
    void insert(const SchemaPointer& table, const Row& row) {
        apply(make_batch(++offset_, TableRows(table).insert(row).take()));
    }
    void with(TypeChanges policy) {
        type_changes = policy;
        reopen();
    }
    // What the table cannot take in; the target says why from then on.
    std::string refused(const SchemaPointer& table, const Row& row) {
        try {
            insert(table, row);
        } catch (const TableQuarantined& problem) {
            EXPECT_EQ(problem.table(), table->name);
            return why(to_string(table->name));
        }
        ADD_FAILURE() << "the row was taken";
        return "";
    }
    std::string why(const std::string& name) {
        for (const StoredTable& table : target().recover().tables)
            if (to_string(table.schema->name) == name) return table.quarantined;
        return "no such table";
    }
    int64_t at() { return std::get<KafkaPosition>(target().recover().position).partitions.at(0).next_offset; }
    Rows all() { return rows("SELECT * FROM t ORDER BY id"); }
    Rows history(const std::string& columns) {
        return rows("SELECT " + columns +
                    " FROM pintail.schema_history WHERE change <> 'create table' ORDER BY changed_at");
    }

    SchemaPointer number_ = table_of("public.t", column("v", TypeKind::int32));
    SchemaPointer date_ = table_of("public.t", column("v", TypeKind::date));
    int64_t offset_ = 0;
};

TEST_F(TypeChange, QuarantineLeavesTheTableAsItStandsAndTheOthersGoOn) {
    with(TypeChanges::quarantine);
    insert(number_, {1, 10});
    const auto other = table_of("public.other", column("v", TypeKind::int32));
    const auto before = at();
    const std::string reason = refused(date_, {2, 20000});
    EXPECT_NE(reason.find("public.t, column v"), std::string::npos) << reason;
    EXPECT_EQ(at(), before) << "what was refused moves no position";
    insert(other, {1, 1});
    EXPECT_EQ(all(), Rows{"1|10"});
    EXPECT_EQ(why("public.other"), "");
    reopen();
    EXPECT_EQ(why("public.t"), reason);
    EXPECT_EQ(history("change"), Rows{"quarantine table"});
    apply(make_batch(++offset_, TableQuarantine{date_->name, ""}));
    EXPECT_EQ(why("public.t"), "");
}

TEST_F(TypeChange, ANewSnapshotEndsTheQuarantine) {
    with(TypeChanges::quarantine);
    insert(number_, {1, 10});
    refused(date_, {2, 20000});
    apply(make_batch(++offset_, SnapshotStart{date_, 100, false, 0}, TableRows(date_).snapshot({1, 0}).take(),
                     SnapshotEnd{date_->name}));
    EXPECT_EQ(why("public.t"), "");
    EXPECT_EQ(all(), Rows{"1|1970-01-01"});
}

TEST_F(TypeChange, CastTakesWhatComesBackAsItWas) {
    with(TypeChanges::cast);
    const auto text = table_of("public.t", column("v", TypeKind::varchar));
    insert(text, {1, "2024-02-29"});
    insert(text, {2, Null{}});
    insert(date_, {3, 0});
    EXPECT_EQ(all(), (Rows{"1|2024-02-29", "2|NULL", "3|1970-01-01"}));
    EXPECT_EQ(one("SELECT typeof(v) FROM t WHERE id = 1"), "DATE");
    EXPECT_EQ(history("change, column_name, old, new"), Rows{"cast column|v|VARCHAR|DATE"});
}

TEST_F(TypeChange, CastBehindRowsOfItsTransaction) {
    with(TypeChanges::cast);
    const auto text = table_of("public.t", column("v", TypeKind::varchar));
    insert(text, {1, "2024-02-29"});
    apply(make_batch(++offset_, TableRows(text).update({1, "2024-03-01"}).take(),
                     TableRows(date_).insert({2, 0}).take()));
    EXPECT_EQ(all(), (Rows{"1|2024-03-01", "2|1970-01-01"}));
}

TEST_F(TypeChange, CastOfOneValueThatDoesNotComeBackIsRefused) {
    with(TypeChanges::cast);
    const auto text = table_of("public.t", column("v", TypeKind::varchar));
    insert(text, {1, "2024-02-29"});
    insert(text, {2, "2024-2-1"});  // a date all the same, but not this text
    const std::string reason = refused(date_, {3, 0});
    EXPECT_NE(reason.find("come back"), std::string::npos) << reason;
    EXPECT_EQ(all(), (Rows{"1|2024-02-29", "2|2024-2-1"}));
}

// DuckDB reads it as a year after Christ, and has no cast from numbers at all.
TEST_F(TypeChange, CastOfWhatDuckDbReadsOtherwiseOrNotAtAllIsRefused) {
    with(TypeChanges::cast);
    const auto text = table_of("public.t", column("v", TypeKind::varchar));
    insert(text, {1, "0044-03-15 BC"});
    refused(date_, {2, 0});
    const auto number = table_of("public.n", column("v", TypeKind::int32));
    insert(number, {1, 7});
    refused(table_of("public.n", column("v", TypeKind::uuid)), {2, Null{}});
    const auto zoned = table_of("public.z", column("v", TypeKind::timestamp_tz));
    insert(zoned, {1, 0});
    refused(table_of("public.z", column("v", TypeKind::timestamp)), {2, 0});  // of which zone?
}

TEST_F(TypeChange, CastOfNothingButNullsIsAny) {
    with(TypeChanges::cast);
    insert(number_, {1, Null{}});
    insert(table_of("public.t", column("v", TypeKind::uuid)), {2, Null{}});
    EXPECT_EQ(one("SELECT typeof(v) FROM t WHERE id = 1"), "UUID");
}

TEST_F(TypeChange, ANewColumnKeepsTheOldOne) {
    with(TypeChanges::new_column);
    insert(number_, {1, 10});
    apply(make_batch(++offset_, TableRows(date_).insert({2, 0}).update({1, 1}).take()));
    EXPECT_EQ(rows("SELECT id, v, v_before FROM t ORDER BY id"), (Rows{"1|1970-01-02|NULL", "2|1970-01-01|NULL"}));
    insert(table_of("public.t", column("v", TypeKind::uuid)), {3, Null{}});
    EXPECT_EQ(rows("SELECT id, v, v_before, v_before_2 FROM t ORDER BY id"),
              (Rows{"1|NULL|NULL|1970-01-02", "2|NULL|NULL|1970-01-01", "3|NULL|NULL|NULL"}));
    EXPECT_EQ(history("change, old, new"), (Rows{"set aside column|v|v_before", "add column||DATE",
                                                 "set aside column|v|v_before_2", "add column||UUID"}));
}

// Rows that are there could not be found by it any more.
TEST_F(TypeChange, NoNewColumnTellsRowsApart) {
    with(TypeChanges::new_column);
    insert(number_, {1, 10});
    const auto key = make_table("public.t", {column("id", TypeKind::uuid), column("v", TypeKind::int32)}, {"id"});
    EXPECT_NE(refused(key, {Null{}, 20}).find("belongs to the key"), std::string::npos);
    const auto bag = table_of("public.bag", column("v", TypeKind::int32), {});
    insert(bag, {1, 10});
    const auto reason = refused(table_of("public.bag", column("v", TypeKind::date), {}), {1, 0});
    EXPECT_NE(reason.find("has no key"), std::string::npos) << reason;
}

TEST_F(TypeChange, OtherModesKeepWhatTheyHave) {
    for (const TableMode mode : {TableMode::soft_delete, TableMode::history}) {
        const std::string name = mode == TableMode::history ? "h" : "s";
        set_mode(mode);
        with(TypeChanges::new_column);
        close();
        set_mode(mode);
        std::filesystem::remove(options().path);
        const auto number = table_of("public." + name, column("v", TypeKind::int32));
        insert(number, {1, 10});
        insert(number, {2, 20});
        apply(make_batch(++offset_, TableRows(number).remove({2}).take()));
        apply(make_batch(++offset_,
                         TableRows(table_of("public." + name, column("v", TypeKind::date))).update({1, 0}).take()));
        if (mode == TableMode::soft_delete) {
            EXPECT_EQ(rows("SELECT id, v, v_before, _deleted FROM s ORDER BY id"),
                      (Rows{"1|1970-01-01|NULL|false", "2|NULL|20|true"}));
        } else {
            EXPECT_EQ(rows("SELECT id, v, v_before, _op FROM h ORDER BY _seq"),
                      (Rows{"1|NULL|10|insert", "2|NULL|20|insert", "2|NULL|NULL|delete", "1|1970-01-01|NULL|update"}));
        }
    }
}

TEST_F(TypeChange, WithoutAPolicyItIsAnError) {
    insert(number_, {1, 10});
    try {
        insert(date_, {2, 0});
        FAIL();
    } catch (const TableQuarantined&) {
        FAIL() << "the source answers with a copy";
    } catch (const Error& problem) {
        EXPECT_EQ(problem.kind(), ErrorKind::schema);
    }
    EXPECT_EQ(why("public.t"), "");
}

}  // namespace
}  // namespace pintail::duck::testing
