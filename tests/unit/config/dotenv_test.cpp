#include "config/dotenv.hpp"

#include <gmock/gmock.h>

namespace pintail::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string value_of(const std::string& line) {
    std::vector<Problem> problems;
    const auto entries = parse_dotenv(line, ".env", problems);
    EXPECT_TRUE(problems.empty()) << line;
    return entries.size() == 1 ? entries[0].key + "=" + entries[0].value : "not one entry";
}

TEST(Dotenv, ReadsValues) {
    EXPECT_EQ(value_of("A=b"), "A=b");
    EXPECT_EQ(value_of("export A=b"), "A=b");
    EXPECT_EQ(value_of("  A = b  "), "A=b");
    EXPECT_EQ(value_of("A="), "A=");
    EXPECT_EQ(value_of("A=b=c"), "A=b=c");
    EXPECT_EQ(value_of("A=b # comment"), "A=b");
    EXPECT_EQ(value_of("A=b#no-comment"), "A=b#no-comment");
    EXPECT_EQ(value_of("A=# comment"), "A=");
    EXPECT_EQ(value_of("A=b\r"), "A=b");
    EXPECT_EQ(value_of("\xEF\xBB\xBF"
                       "A=b"),
              "A=b");
}

TEST(Dotenv, ReadsQuotes) {
    EXPECT_EQ(value_of("A='b # \\n $c'  # comment"), "A=b # \\n $c");
    EXPECT_EQ(value_of(R"(A="b \"c\" \\ \n")"), "A=b \"c\" \\ \n");
    EXPECT_EQ(value_of("A=\"\""), "A=");
    EXPECT_EQ(value_of("A=it's"), "A=it's");
}

TEST(Dotenv, SkipsBlankLinesAndCommentsAndCountsThem) {
    std::vector<Problem> problems;
    const auto entries = parse_dotenv("# ports\n\nA=1\n  # more\nB=2", ".env", problems);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].line, 3);
    EXPECT_EQ(entries[1].line, 5);
}

TEST(Dotenv, NamesEveryMalformedLineWithoutShowingIt) {
    std::vector<Problem> problems;
    const auto entries = parse_dotenv("secret\nA=1\nB='secret\nC=\"secret\" secret\n=secret\n2D=secret\nE F=secret",
                                      ".credentials", problems);
    EXPECT_EQ(entries.size(), 1u);
    std::vector<std::string> places;
    for (const auto& problem : problems) {
        places.push_back(problem.place);
        EXPECT_THAT(problem.text, testing::Not(HasSubstr("secret")));
    }
    EXPECT_THAT(places, ElementsAre(".credentials:1", ".credentials:3", ".credentials:4", ".credentials:5",
                                    ".credentials:6", ".credentials:7"));
    EXPECT_THAT(problems[1].text, HasSubstr("closing '"));
}

}  // namespace
}  // namespace pintail::config
