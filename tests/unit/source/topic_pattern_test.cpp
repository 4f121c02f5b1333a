#include "source/topic_pattern.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pintail::source {
namespace {

TEST(TopicPattern, GlobsMatchWholeNames) {
    EXPECT_TRUE(glob_matches("dbserver1.public.*", "dbserver1.public.users"));
    EXPECT_FALSE(glob_matches("dbserver1.public.*", "dbserver1.sales.users"));
    EXPECT_FALSE(glob_matches("dbserver1.public.users", "dbserver1.public.users2"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("a*b*c", "a--b--b--c"));
    EXPECT_FALSE(glob_matches("a*b*c", "a--b--c--d"));
    EXPECT_TRUE(glob_matches("a?c", "abc"));
    EXPECT_FALSE(glob_matches("a?c", "ac"));
}

TEST(TopicPattern, ManyStarsStayFast) {
    EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(TopicPattern, ListsNamesAndGlobs) {
    const TopicPattern pattern("one.*,two");
    EXPECT_TRUE(pattern.matches("one.x"));
    EXPECT_TRUE(pattern.matches("two"));
    EXPECT_FALSE(pattern.matches("three"));
    EXPECT_EQ(pattern.literal_names(), std::vector<std::string>{"two"});
}

TEST(TopicPattern, RefusesEmptyElements) {
    EXPECT_THROW(TopicPattern(""), Error);
    EXPECT_THROW(TopicPattern("a,,b"), Error);
}

}  // namespace
}  // namespace pintail::source
