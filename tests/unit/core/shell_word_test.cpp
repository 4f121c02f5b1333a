#include "core/shell_word.hpp"

#include <gtest/gtest.h>

namespace pintail {
namespace {

TEST(ShellWord, LeavesPlainNamesAlone) {
    for (const char* name : {"public.orders", "pintail_shop", "public.t=mirror", "/data/shop.duckdb"})
        EXPECT_EQ(shell_word(name), name);
}

TEST(ShellWord, QuotesWhatAShellWouldTakeForMore) {
    EXPECT_EQ(shell_word("public.two words"), "'public.two words'");
    EXPECT_EQ(shell_word("a;rm -rf $HOME`b`*\n"), "'a;rm -rf $HOME`b`*\n'");
    EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("Straße"), "'Straße'");
}

}  // namespace
}  // namespace pintail
