// A key whose new type is narrower than the target's column, which older rows need: its values are compared as the
// column's type.
#include "mode_tables.hpp"

namespace pintail::duck::testing {
namespace {

class NarrowerKeys : public CopiedTables {
protected:
    static SchemaPointer table(TypeKind id) {
        return make_table("public.t", {column("id", id), column("v", TypeKind::varchar)}, {"id"});
    }
    SchemaPointer keyed_ = table(TypeKind::int32);
    SchemaPointer text_key_ = table(TypeKind::varchar);
};

// By one key and by many: the plans differ.
TEST_F(NarrowerKeys, AreFoundAmongOldOnesThatTheTypeDoesNotHold) {
    for (const TableMode mode : {TableMode::soft_delete, TableMode::history}) {
        set_mode(mode);
        insert(text_key_, {{"abc", "x"}, {"7", "y"}});
        change(std::move(at(text_key_, 20).remove({"abc"})));
        copy(keyed_, {{7, "y"}, {9, "z"}});
        change(std::move(at(keyed_, 60).update({7, "new"})));
        TableRows many = at(keyed_, 70);
        for (int id = 0; id < 300; ++id) many.update({id, "many"});
        change(std::move(many));
        reopen();
        change(std::move(at(keyed_, 80).remove({7})));
        change(std::move(at(keyed_, 90).update({9, "last"})));
        const std::string stands = mode == TableMode::history ? "_valid_to IS NULL" : "NOT _deleted";
        EXPECT_EQ(one("SELECT count(*), count(DISTINCT id) FROM t WHERE " + stands), "299|299");
        EXPECT_EQ(rows("SELECT id, v FROM t WHERE id IN ('7', '9') AND " + stands), (Rows{"9|last"}));
        EXPECT_EQ(one("SELECT count(*) FROM t WHERE id = 'abc' AND v = 'x'"), "1") << "kept as it was";
        EXPECT_EQ(one("SELECT typeof(id) FROM t LIMIT 1"), "VARCHAR");
        close();
        std::filesystem::remove(options().path);
    }
}

// A mirror that follows the change without a copy keeps the wider type, too.
TEST_F(NarrowerKeys, AMirrorFindsThemToo) {
    insert(text_key_, {{"abc", "x"}, {"7", "y"}});
    change(std::move(at(keyed_, 60).update({7, "new"})));
    EXPECT_EQ(rows("SELECT id, v FROM t ORDER BY id"), (Rows{"7|new", "abc|x"}));
    change(std::move(at(keyed_, 70).remove({7})));
    EXPECT_EQ(rows("SELECT id, v FROM t"), (Rows{"abc|x"}));
}

}  // namespace
}  // namespace pintail::duck::testing
