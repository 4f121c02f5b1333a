// Shapes that change: added, dropped, widened and clashing columns (docs/correctness.md, "Shapes").
#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

ColumnSchema with_default(ColumnSchema column, const Cell& cell) {
    // The bytes of a long text must outlive the column.
    static Arena arena;
    auto cells = std::make_shared<Column>(column.type);
    push_cell(*cells, column.type, arena, cell);
    column.default_cell = cells;
    return column;
}

SchemaPointer table_of(std::vector<ColumnSchema> columns) {
    columns.insert(columns.begin(), column("id", TypeKind::int32));
    return make_table("public.t", std::move(columns), {"id"});
}

class Shape : public TargetTest {
protected:
    Rows all() { return rows("SELECT * FROM t ORDER BY id"); }
    ApplyResult insert(const SchemaPointer& table, const Row& row) {
        return apply(make_batch(++offset_, TableRows(table).insert(row).take()));
    }
    // As a user would, with DuckDB itself; the target must be closed.
    void run_in_duckdb(const std::string& sql) { Connection(open_target(options(), Access::read_write)).run(sql); }
    Rows history() {
        return rows("SELECT change, column_name, old, new FROM pintail.schema_history ORDER BY changed_at, change");
    }

    int64_t offset_ = 0;
};

TEST_F(Shape, ANewColumnIsAddedBeforeTheRowsOfItsBatch) {
    insert(table_of({column("a", TypeKind::int32)}), {1, 10});
    const auto wider = table_of({column("a", TypeKind::int32), column("b", TypeKind::varchar)});
    apply(make_batch(++offset_, TableRows(wider).update({1, 11, "x"}).insert({2, 20, "y"}).take()));
    EXPECT_EQ(all(), (Rows{"1|11|x", "2|20|y"}));
    reopen();
    insert(wider, {3, 30, "z"});
    EXPECT_EQ(all(), (Rows{"1|11|x", "2|20|y", "3|30|z"}));
}

TEST_F(Shape, AColumnThatWasDroppedAndCameAgainIsAnotherOne) {
    const auto with_v = table_of({column("v", TypeKind::varchar)});
    insert(with_v, {1, "old"});
    insert(table_of({}), {2});
    insert(with_v, {3, "new"});
    EXPECT_EQ(rows("SELECT id, v FROM t ORDER BY id"), (Rows{"1|NULL", "2|NULL", "3|new"}));
    EXPECT_EQ(rows("SELECT id, v_dropped FROM t ORDER BY id"), (Rows{"1|old", "2|NULL", "3|NULL"}));
    EXPECT_EQ(history(), (Rows{"create table|||public.t", "drop column|v||kept in the target", "add column|v||VARCHAR",
                               "set aside column|v|v|v_dropped"}));
    reopen();
    apply(make_batch(++offset_, TableRows(with_v).update({1, "x"}).take(), TableRows(table_of({})).update({2}).take(),
                     TableRows(table_of({column("v", TypeKind::int32)})).insert({4, 5}).take()));
    EXPECT_EQ(rows("SELECT id, v, v_dropped_2 FROM t ORDER BY id"),
              (Rows{"1|NULL|x", "2|NULL|NULL", "3|NULL|new", "4|5|NULL"}));
}

// The shape alone; `rows` of the new one may follow.
Reshape reshape(const SchemaPointer& table, std::vector<ColumnRename> renamed, std::vector<std::string> dropped = {}) {
    return {table, std::move(renamed), std::move(dropped), false};
}

TEST_F(Shape, ColumnsAreRenamedAllAtOnce) {
    const auto before = table_of({column("a", TypeKind::int32), column("b", TypeKind::int32)});
    insert(before, {1, 10, 20});
    apply(make_batch(++offset_, reshape(before, {{"a", "b"}, {"b", "a"}}),
                     TableRows(before).update({1, 30, 40}).insert({2, 50, 60}).take()));
    EXPECT_EQ(rows("SELECT id, a, b FROM t ORDER BY id"), (Rows{"1|30|40", "2|50|60"}));
    apply(make_batch(++offset_,
                     reshape(table_of({column("c", TypeKind::int32), column("b", TypeKind::int32)}), {{"a", "c"}})));
    reopen();
    EXPECT_EQ(rows("SELECT id, c, b FROM t ORDER BY id"), (Rows{"1|30|40", "2|50|60"}));
}

TEST_F(Shape, ARenameBehindRowsOfItsTransaction) {
    insert(table_of({column("a", TypeKind::int32)}), {1, 10});
    const auto before = table_of({column("a", TypeKind::int32)});
    const auto after = make_table(
        "public.t", {column("number", TypeKind::int32), column("b", TypeKind::int32), column("a", TypeKind::varchar)},
        {"number"});
    apply(make_batch(++offset_, TableRows(before).update({1, 11}).insert({2, 20}).take(),
                     reshape(after, {{"id", "number"}, {"a", "b"}}),
                     TableRows(after).remove({2}).insert({3, 30, "x"}).take()));
    EXPECT_EQ(rows("SELECT number, b, a FROM t ORDER BY number"), (Rows{"1|11|NULL", "3|30|x"}));
    EXPECT_EQ(one("SELECT key_columns FROM pintail.tables"), "[\"number\"]");
}

TEST_F(Shape, ARenamedColumnMeetsADroppedOneOfItsNewName) {
    const auto both = table_of({column("a", TypeKind::int32), column("b", TypeKind::int32)});
    insert(both, {1, 10, 20});
    const auto renamed = table_of({column("b", TypeKind::int32)});
    apply(make_batch(++offset_, reshape(renamed, {{"a", "b"}}, {"b"})));
    EXPECT_EQ(rows("SELECT id, b, b_dropped FROM t"), (Rows{"1|10|20"}));
}

TEST_F(Shape, ADroppedColumnMayGo) {
    dropped_columns = DroppedColumns::drop;
    const auto wide = table_of({column("a", TypeKind::int32), column("b", TypeKind::int32)});
    insert(wide, {1, 10, 20});
    insert(wide, {2, 11, 21});
    const auto narrow = table_of({column("b", TypeKind::varchar)});
    // Behind a removal: DuckDB could not commit the ALTER.
    apply(make_batch(++offset_, TableRows(wide).remove({1}).take(), reshape(narrow, {}, {"a", "b"}),
                     TableRows(narrow).insert({3, "x"}).take()));
    EXPECT_EQ(all(), (Rows{"2|NULL", "3|x"}));
    insert(table_of({}), {4});
    EXPECT_EQ(all(), (Rows{"2", "3", "4"}));
}

TEST_F(Shape, RowsBeforeANewColumnInOneBatchGetItsDefault) {
    const auto narrow = table_of({});
    const auto wide = table_of({with_default(column("n", TypeKind::int32), 7)});
    insert(narrow, {1});
    apply(make_batch(++offset_, TableRows(narrow).remove({1}).insert({2}).insert({3}).take(),
                     TableRows(wide).update({3, 8}).insert({4, Null{}}).take()));
    EXPECT_EQ(all(), (Rows{"2|7", "3|8", "4|NULL"}));
    reopen();
    EXPECT_EQ(all(), (Rows{"2|7", "3|8", "4|NULL"}));
}

TEST_F(Shape, DefaultsReachTheRowsThatAreThere) {
    insert(table_of({}), {1});
    const std::string awkward = "it's a \"long\" text with ünï, NULL and\nlines";
    insert(
        table_of({with_default(column("n", TypeKind::int32), 7), with_default(column("s", TypeKind::varchar), awkward),
                  with_default(column("i", TypeKind::interval), Interval{14, -3, 3723000001}),
                  with_default(column("f", TypeKind::float64), -0.0),
                  with_default(column("d", TypeKind::date), INT32_MAX),
                  with_default(column("ts", TypeKind::timestamp), int64_t{-210866803200000000}),
                  with_default(column("l", list_of({TypeKind::varchar})), List{{"a, b", Null{}}}),
                  with_default(column("p", decimal_type(10, 2)), -5),
                  with_default(column("b", TypeKind::blob), std::string("\x00\xff'", 3)),
                  with_default(column("j", TypeKind::json), "{not json")}),
        {2, 1, "s", Interval{}, 0.5, 0, 0, List{{}}, 1, "b", "{}"});
    EXPECT_EQ(rows("SELECT n, s, i, f, d, ts, l, p, b, j FROM t WHERE id = 1"),
              (Rows{"7|" + awkward +
                    "|1 year 2 months -3 days 01:02:03.000001|-0.0|infinity|4714-11-24 (BC) 00:00:00|['a, b', "
                    "NULL]|-0.05|\\x00\\xFF\\x27|{not json"}));
    reopen();
    EXPECT_EQ(
        one("SELECT s = '" + std::string("it''s a \"long\" text with ünï, NULL and\nlines") + "' FROM t WHERE id = 1"),
        "true");
    EXPECT_EQ(one("SELECT n FROM t WHERE id = 2"), "1");
}

// More rows than DuckDB has in one vector.
TEST_F(Shape, NestedDefaultsReachManyRows) {
    TableRows first(table_of({}));
    for (int32_t id = 1; id <= 3000; ++id) first.insert({id});
    apply(make_batch(++offset_, first.take()));
    insert(table_of({with_default(column("l", list_of({TypeKind::varchar})), List{{"a", Null{}}})}), {3001, List{{}}});
    EXPECT_EQ(one("SELECT count(*) FROM t WHERE l = ['a', NULL]"), "3000");
}

TEST_F(Shape, SeveralDefaultsAndRowsInOneBatch) {
    apply(make_batch(
        1, TableRows(make_table("public.t", {column("id", TypeKind::int32)}, {"id"})).insert({1}).insert({2}).take()));
    const auto grown = make_table(
        "public.t",
        {column("id", TypeKind::int32), with_default(column("a", TypeKind::int32), 5), column("b", TypeKind::int32),
         with_default(column("c", TypeKind::int32), 6), column("d", TypeKind::int32)},
        {"id"});
    apply(make_batch(2, TableRows(grown).remove({1}).update({2, 7, 8, 9, 10}).insert({3, 1, 1, 1, 1}).take()));
    apply(make_batch(3, TableRows(grown).insert({4, 1, 1, 1, 1}).take()));
    EXPECT_EQ(rows("SELECT * FROM t ORDER BY id"), (Rows{"2|7|8|9|10", "3|1|1|1|1", "4|1|1|1|1"}));
}

// All in one transaction; DuckDB's log of it has to be readable.
TEST_F(Shape, ATableIsMadeAnewBehindItsRemovedRows) {
    insert(table_of({}), {1});
    const auto wide = table_of({with_default(column("n", TypeKind::int32), 7)});
    const auto wider = table_of({with_default(column("n", TypeKind::int32), 7), column("s", TypeKind::varchar)});
    apply(make_batch(++offset_, TableRows(table_of({})).insert({2}).remove({1}).take(),
                     TableRows(wide).insert({3, 8}).remove({2}).take(),
                     TableRows(wider).insert({4, 9, "s"}).remove({3}).take()));
    crash();
    EXPECT_EQ(all(), (Rows{"4|9|s"}));
}

TEST_F(Shape, ADefaultDoesNotStick) {
    insert(table_of({}), {1});
    insert(table_of({with_default(column("n", TypeKind::int32), 7)}), {2, Null{}});
    insert(table_of({}), {3});
    EXPECT_EQ(all(), (Rows{"1|7", "2|NULL", "3|NULL"}));
}

TEST_F(Shape, ADroppedColumnStaysAndIsNullInNewRows) {
    insert(table_of({column("a", TypeKind::int32), column("b", TypeKind::int32)}), {1, 10, 100});
    const auto narrower = table_of({column("b", TypeKind::int32)});
    insert(narrower, {2, 200});
    EXPECT_EQ(rows("SELECT id, a, b FROM t ORDER BY id"), (Rows{"1|10|100", "2|NULL|200"}));
    reopen();
    EXPECT_TRUE(same_shape(*target().recover().tables.at(0).schema, *narrower));
    EXPECT_EQ(history(), (Rows{"create table|||public.t", "drop column|a||kept in the target"}));
}

TEST_F(Shape, ColumnsAreMatchedByNameInAnyOrder) {
    insert(make_table("public.t",
                      {column("a", TypeKind::varchar), column("id", TypeKind::int32), column("b", TypeKind::int32)},
                      {"id"}),
           {"x", 1, 2});
    apply(make_batch(2, TableRows(make_table("public.t",
                                             {column("b", TypeKind::int32), column("id", TypeKind::int32),
                                              column("a", TypeKind::varchar)},
                                             {"id"}))
                            .update({3, 1, "y"})
                            .take()));
    EXPECT_EQ(rows("SELECT id, a, b FROM t"), (Rows{"1|y|3"}));
}

struct Widening {
    ColumnType from;
    ColumnType to;
    Cell old_cell;
    Cell new_cell;
    std::string old_text;
    std::string new_text;
};

TEST_F(Shape, LosslessWideningsKeepTheOldRows) {
    const std::vector<Widening> widenings = {
        {{TypeKind::int16}, {TypeKind::int32}, -7, 70000, "-7", "70000"},
        {{TypeKind::int32}, {TypeKind::int64}, -7, int64_t{1} << 40, "-7", "1099511627776"},
        {{TypeKind::int64},
         {TypeKind::hugeint},
         INT64_MIN,
         Int128{0, 1},
         "-9223372036854775808",
         "18446744073709551616"},
        {{TypeKind::int32}, decimal_type(12, 2), INT32_MIN, 150, "-2147483648.00", "1.50"},
        {{TypeKind::float32}, {TypeKind::float64}, 0.5, 1e300, "0.5", "1e+300"},
        {decimal_type(4, 2), decimal_type(20, 4), -150, Int128{15001, 0}, "-1.5000", "1.5001"},
        {{TypeKind::json}, {TypeKind::varchar}, "{\"a\":1}", "free", "{\"a\":1}", "free"},
        {{TypeKind::uuid}, {TypeKind::varchar}, Int128{1, INT64_MIN}, "x", "00000000-0000-0000-0000-000000000001", "x"},
        {list_of({TypeKind::int16}), list_of({TypeKind::int64}), List{{1, Null{}}}, List{{int64_t{1} << 40}},
         "[1, NULL]", "[1099511627776]"},
    };
    for (size_t index = 0; index < widenings.size(); ++index) {
        const Widening& widening = widenings[index];
        const std::string name = "public.w" + std::to_string(index);
        const auto narrow = make_table(name, {column("id", TypeKind::int32), column("c", widening.from)}, {"id"});
        const auto wide = make_table(name, {column("id", TypeKind::int32), column("c", widening.to)}, {"id"});
        insert(narrow, {1, widening.old_cell});
        apply(make_batch(++offset_, TableRows(wide).insert({2, widening.new_cell}).take()));
        insert(narrow, {3, widening.old_cell});  // a late row of the old shape is widened on its way
        EXPECT_EQ(rows("SELECT c FROM " + name + " ORDER BY id"),
                  (Rows{widening.old_text, widening.new_text, widening.old_text}))
            << to_string(widening.from);
    }
}

TEST_F(Shape, AWidenedKeyStillFindsItsRows) {
    const auto narrow = make_table("public.k", {column("id", TypeKind::int32), column("v", TypeKind::int32)}, {"id"});
    const auto wide = make_table("public.k", {column("id", TypeKind::int64), column("v", TypeKind::int32)}, {"id"});
    apply(make_batch(1, TableRows(narrow).insert({1, 1}).insert({2, 2}).take()));
    apply(make_batch(2, TableRows(wide).update({1, 10}).insert({int64_t{1} << 40, 3}).take()));
    apply(make_batch(3, TableRows(narrow).update({1, 11}).remove({2}).take()));
    EXPECT_EQ(rows("SELECT * FROM k ORDER BY id"), (Rows{"1|11", "1099511627776|3"}));
}

TEST_F(Shape, ALossyTypeChangeIsRefusedAndChangesNothing) {
    insert(table_of({column("when", TypeKind::timestamp)}), {1, 0});
    try {
        insert(table_of({column("when", TypeKind::date), column("new", TypeKind::int32)}), {2, 0, 0});
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::schema);
        for (const char* part : {"public.t", "when", "date", "timestamp", "resync"})
            EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part;
    }
    EXPECT_EQ(all(), (Rows{"1|1970-01-01 00:00:00"}));
    insert(table_of({column("when", TypeKind::timestamp)}), {3, 0});
    EXPECT_EQ(all().size(), 2u);
}

TEST_F(Shape, NamesThatDifferOnlyByCaseGetASuffix) {
    const auto table = table_of(
        {column("Name", TypeKind::varchar), column("name", TypeKind::varchar), column("NAME", TypeKind::varchar)});
    insert(table, {1, "a", "b", "c"});
    reopen();
    apply(make_batch(++offset_, TableRows(table).update({1, "d", "e", "f"}).take()));
    EXPECT_EQ(rows("SELECT \"Name\", name_2, \"NAME_3\" FROM t"), (Rows{"d|e|f"}));
    EXPECT_TRUE(same_shape(*target().recover().tables.at(0).schema, *table));
    EXPECT_EQ(rows("SELECT old, new FROM pintail.schema_history WHERE change = 'rename column' ORDER BY new"),
              (Rows{"NAME|NAME_3", "name|name_2"}));
}

TEST_F(Shape, TablesThatDifferOnlyByCaseGetASuffix) {
    const auto upper = make_table("public.Users", {column("id", TypeKind::int32)}, {"id"});
    const auto lower = make_table("public.users", {column("id", TypeKind::int32)}, {"id"});
    apply(make_batch(1, TableRows(upper).insert({1}).take(), TableRows(lower).insert({2}).take()));
    reopen();
    apply(make_batch(2, TableRows(upper).insert({3}).take(), TableRows(lower).insert({4}).take()));
    EXPECT_EQ(rows("SELECT * FROM \"Users\" ORDER BY 1"), (Rows{"1", "3"}));
    EXPECT_EQ(rows("SELECT * FROM users_2 ORDER BY 1"), (Rows{"2", "4"}));
}

TEST_F(Shape, ASourceSchemaCalledPintailDoesNotMeetOurs) {
    const auto table = make_table("pintail.tables", {column("id", TypeKind::int32)}, {"id"});
    apply(make_batch(1, TableRows(table).insert({1}).take()));
    EXPECT_EQ(rows("SELECT * FROM pintail_2.tables"), (Rows{"1"}));
}

TEST_F(Shape, AKeyMayChange) {
    const std::vector<ColumnSchema> columns{column("a", TypeKind::int32), column("b", TypeKind::int32),
                                            column("v", TypeKind::int32)};
    apply(
        make_batch(1, TableRows(make_table("public.t", columns, {"a"})).insert({1, 10, 0}).insert({2, 10, 0}).take()));
    apply(make_batch(
        2, TableRows(make_table("public.t", columns, {"a", "b"})).update({1, 10, 1}).insert({1, 11, 2}).take()));
    EXPECT_EQ(rows("SELECT * FROM t ORDER BY ALL"), (Rows{"1|10|1", "1|11|2", "2|10|0"}));
    reopen();
    EXPECT_EQ(target().recover().tables.at(0).schema->key, (std::vector<uint32_t>{0, 1}));
}

TEST_F(Shape, ATableOfSomebodyElseIsNotTouched) {
    run_in_duckdb("CREATE SCHEMA public; CREATE TABLE public.T (mine INTEGER); INSERT INTO public.T VALUES (5)");
    try {
        insert(table_of({}), {1});
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::schema);
        EXPECT_NE(std::string(error.what()).find("pintail did not make it"), std::string::npos);
    }
    EXPECT_EQ(rows("SELECT * FROM public.T"), (Rows{"5"}));
}

TEST_F(Shape, AColumnThatSomebodyAddedIsLeftAlone) {
    insert(table_of({column("a", TypeKind::int32)}), {1, 10});
    close();
    run_in_duckdb("ALTER TABLE public.t ADD COLUMN mine INTEGER DEFAULT 5");
    insert(table_of({column("a", TypeKind::int32), column("b", TypeKind::int32)}), {2, 20, 200});
    EXPECT_EQ(all(), (Rows{"1|10|5|NULL", "2|20|NULL|200"}));
    EXPECT_EQ(target().recover().tables.at(0).schema->columns.size(), 3u);
}

TEST_F(Shape, ATableThatSomebodyDroppedIsReported) {
    insert(table_of({}), {1});
    close();
    run_in_duckdb("DROP TABLE public.t");
    try {
        target().recover();
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("public.t"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("resync"), std::string::npos);
    }
    close();
    run_in_duckdb("DELETE FROM pintail.tables");
    EXPECT_TRUE(target().recover().tables.empty());
}

TEST_F(Shape, SeveralChangesOfShapeInOneTransactionAcrossBatches) {
    insert(table_of({column("a", TypeKind::int32)}), {1, 10});
    Batch part = make_batch(++offset_,
                            TableRows(table_of({column("a", TypeKind::int32)})).update({1, 11}).insert({2, 20}).take());
    part.transaction_continues = true;
    apply(std::move(part));
    const auto wider = table_of({column("a", TypeKind::int64), with_default(column("b", TypeKind::varchar), "dflt")});
    apply(make_batch(++offset_, TableRows(wider).update({2, int64_t{1} << 40, "x"}).insert({3, 30, "y"}).take()));
    EXPECT_EQ(all(), (Rows{"1|11|dflt", "2|1099511627776|x", "3|30|y"}));
    reopen();
    EXPECT_EQ(all(), (Rows{"1|11|dflt", "2|1099511627776|x", "3|30|y"}));
}

}  // namespace
}  // namespace pintail::duck::testing
