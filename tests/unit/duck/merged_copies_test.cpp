// A copy of a table with a key meets rows of before: one key may have stood several times.
#include "mode_tables.hpp"

namespace pintail::duck::testing {
namespace {

class MergedCopies : public CopiedTables {
protected:
    Rows versions() {
        return rows(
            "SELECT id, v, _op, epoch_us(_valid_from) // 1000000, epoch_us(_valid_to) // 1000000 FROM t "
            "ORDER BY _seq");
    }
    Rows open() { return rows("SELECT id, v FROM t WHERE _valid_to IS NULL ORDER BY ALL"); }
    Rows marked() { return rows("SELECT id, v, _deleted, epoch_us(_deleted_at) // 1000000 FROM t ORDER BY ALL"); }

    static SchemaPointer table(const std::vector<std::string>& key) {
        return make_table("public.t", {column("id", TypeKind::int32), column("v", TypeKind::varchar)}, key);
    }
    SchemaPointer keyless_ = table({});
    SchemaPointer keyed_ = table({"id"});
    const std::vector<Row> crowd_{{1, "a"}, {1, "a"}, {1, "a"}, {2, "b"}, {3, "c"}, {3, "d"}};
};

// The last version of a key is the one that is open, also by _seq.
TEST_F(MergedCopies, OfAKeyThatStoodSeveralTimesOneVersionIsOpen) {
    set_mode(TableMode::history);
    insert(keyless_, crowd_);
    copy(keyed_, {{1, "a"}, {2, "b"}, {3, "c"}});
    EXPECT_EQ(versions(), (Rows{"1|a|insert|10|50", "1|a|insert|10|50", "1|a|insert|10|50", "2|b|insert|10|NULL",
                                "3|c|insert|10|50", "3|d|insert|10|50", "1|NULL|delete|50|50", "1|NULL|delete|50|50",
                                "3|NULL|delete|50|50", "1|a|snapshot|50|NULL", "3|c|snapshot|50|NULL"}));
    EXPECT_EQ(one("SELECT count(DISTINCT _seq) FROM t"), "11");
    reopen();
    change(std::move(at(keyed_, 60).update({1, "new"}).remove({3})));
    EXPECT_EQ(open(), (Rows{"1|new", "2|b"}));
}

// As a target looks that was merged when all of them stayed open.
TEST_F(MergedCopies, AnotherCopyPutsRightWhatStandsTwice) {
    set_mode(TableMode::history);
    insert(keyless_, crowd_);
    change(std::move(at(keyed_, 20).insert({4, "e"})));
    copy(keyed_, {{1, "a"}, {2, "b"}, {3, "c"}, {4, "e"}});
    copy(keyed_, {{1, "a"}, {2, "b"}, {3, "c"}, {4, "e"}});
    EXPECT_EQ(open(), (Rows{"1|a", "2|b", "3|c", "4|e"}));
    EXPECT_EQ(one("SELECT count(*) FROM t WHERE id = 4"), "1") << "what stood once goes on";
}

TEST_F(MergedCopies, OfAKeyThatStoodSeveralTimesTheOthersAreMarked) {
    set_mode(TableMode::soft_delete);
    insert(keyless_, crowd_);
    copy(keyed_, {{1, "a"}, {2, "b"}, {3, "c"}});
    EXPECT_EQ(marked(), (Rows{"1|a|false|NULL", "1|a|true|50", "1|a|true|50", "2|b|false|NULL", "3|c|false|NULL",
                              "3|d|true|50"}));
    reopen();
    change(std::move(at(keyed_, 60).update({1, "new"}).remove({3}).insert({2, "again"})));
    EXPECT_EQ(marked(), (Rows{"1|a|true|50", "1|a|true|50", "1|new|false|NULL", "2|again|false|NULL", "3|c|true|60",
                              "3|d|true|50"}));
    change(std::move(at(keyed_, 70).insert({3, "back"})));
    EXPECT_EQ(one("SELECT v FROM t WHERE id = 3 AND NOT _deleted"), "back");
}

TEST_F(MergedCopies, ARowThatStandsIsReplacedBeforeOneThatWasDeleted) {
    set_mode(TableMode::soft_delete);
    insert(keyless_, {{1, "old"}, {1, "now"}});
    change(std::move(at(keyless_, 20).remove({1, "old"})));
    copy(keyed_, {{1, "old"}});
    EXPECT_EQ(marked(), (Rows{"1|old|false|NULL", "1|old|true|20"}));
}

TEST_F(MergedCopies, ColumnsThatAreKeptDoNotMultiplyRows) {
    set_mode(TableMode::soft_delete);
    type_changes = TypeChanges::new_column;
    insert(keyless_, crowd_);
    const auto numbered = make_table("public.t", {column("id", TypeKind::int32), column("v", TypeKind::date)}, {"id"});
    copy(numbered, {{1, 0}, {2, 0}, {3, 0}});
    EXPECT_EQ(rows("SELECT id, v, v_dropped FROM t WHERE NOT _deleted ORDER BY ALL"),
              (Rows{"1|1970-01-01|a", "2|1970-01-01|b", "3|1970-01-01|c"}));
    EXPECT_EQ(one("SELECT count(*) FROM t"), "6");
}

}  // namespace
}  // namespace pintail::duck::testing
