#include "core/column.hpp"

#include <gtest/gtest.h>

namespace pintail {
namespace {

TEST(Column, KeepsFixedCellsAndNulls) {
    Column column({TypeKind::int32});
    for (int32_t value = 0; value < 200; ++value) {
        if (value % 3 == 0) column.push_null();
        else column.push(value);
    }
    ASSERT_EQ(column.size(), 200u);
    for (int32_t value = 0; value < 200; ++value) {
        EXPECT_EQ(column.is_null(value), value % 3 == 0);
        EXPECT_EQ(column.at<int32_t>(value), value % 3 == 0 ? 0 : value);
    }
}

TEST(Column, StringsShortAndLongSurviveGrowth) {
    Arena arena;
    Column column({TypeKind::varchar});
    const std::string longer(5000, 'x');
    for (int row = 0; row < 100; ++row) column.push_string(row % 2 ? longer : "123456789012", arena);
    for (int row = 0; row < 100; ++row) EXPECT_EQ(column.string_at(row), row % 2 ? longer : "123456789012");
}

TEST(Column, UnchangedCellsAreMarkedAndNull) {
    Column column({TypeKind::varchar});
    Arena arena;
    column.push_string("a", arena);
    column.push_unchanged();
    for (int row = 0; row < 100; ++row) column.push_string("b", arena);
    EXPECT_FALSE(column.is_unchanged(0));
    EXPECT_TRUE(column.is_unchanged(1));
    EXPECT_TRUE(column.is_null(1));
    EXPECT_FALSE(column.is_unchanged(101));
}

TEST(Column, TruncateTakesBackListsNullsAndMarks) {
    Column column(list_of({TypeKind::int64}));
    column.child(0).push(int64_t{1});
    column.child(0).push(int64_t{2});
    column.push_list(2);
    column.push_null();
    column.child(0).push(int64_t{3});
    column.push_list(1);
    column.truncate(1);
    EXPECT_EQ(column.size(), 1u);
    EXPECT_EQ(column.child(0).size(), 2u);
    column.child(0).push(int64_t{9});
    column.push_list(1);
    EXPECT_FALSE(column.is_null(1));
    EXPECT_EQ(column.at<ListCell>(1), (ListCell{2, 1}));
}

TEST(Column, TruncatedUnchangedMarkDoesNotComeBack) {
    Column column({TypeKind::int64});
    column.push_unchanged();
    column.truncate(0);
    column.push(int64_t{7});
    EXPECT_FALSE(column.is_unchanged(0));
    EXPECT_FALSE(column.is_null(0));
}

TEST(Column, StructureChildrenKeepStep) {
    Column column({TypeKind::structure, 0, 0, {{"x", {TypeKind::float64}}, {"y", {TypeKind::float64}}}});
    column.child(0).push(1.0);
    column.child(1).push(2.0);
    column.push_structure();
    column.push_null();
    EXPECT_EQ(column.child(0).size(), 2u);
    EXPECT_TRUE(column.is_null(1));
    column.truncate(1);
    EXPECT_EQ(column.child(1).size(), 1u);
}

TEST(Column, CopiesCellsOfAllLayouts) {
    Arena arena;
    const ColumnType type{
        TypeKind::structure, 0, 0, {{"n", {TypeKind::int32}}, {"tags", list_of({TypeKind::varchar})}}};
    Column from(type);
    from.child(0).push(int32_t{7});
    from.child(1).child(0).push_string(std::string(100, 'x'), arena);
    from.child(1).child(0).push_null();
    from.child(1).push_list(2);
    from.push_structure();
    from.push_null();

    Column to(type);
    to.push_null();
    to.push_copy(from, 0);
    to.push_copy(from, 1);
    ASSERT_EQ(to.size(), 3u);
    EXPECT_TRUE(to.is_null(0));
    EXPECT_FALSE(to.is_null(1));
    EXPECT_TRUE(to.is_null(2));
    EXPECT_EQ(to.child(0).at<int32_t>(1), 7);
    const auto tags = to.child(1).at<ListCell>(1);
    ASSERT_EQ(tags.length, 2u);
    EXPECT_EQ(to.child(1).child(0).string_at(tags.offset), std::string(100, 'x'));
    EXPECT_TRUE(to.child(1).child(0).is_null(tags.offset + 1));
}

}  // namespace
}  // namespace pintail
