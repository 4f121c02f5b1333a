#include "serve/result_lines.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collected_result.hpp"

namespace pintail::serve {
namespace {

using namespace std::string_literals;

std::string whole_answer() {
    std::string lines = columns_line({{"a \"quoted\" name", "VARCHAR"}, {"b", "INTEGER"}});
    const std::string every_byte = "\0\x01\x1f\"\\\n\r\t\x7f ä 🦆"s;
    append_row_line(lines, std::vector<Cell>{every_byte, std::nullopt});
    append_row_line(lines, std::vector<Cell>{"", "7"});
    return lines + "\n" + end_line({2, true});
}

TEST(ResultLines, ArriveWholeInPiecesOfAnySize) {
    const std::string lines = whole_answer();
    for (size_t piece = 1; piece <= lines.size(); ++piece) {
        CollectedResult result;
        ResultReader reader(result);
        for (size_t at = 0; at < lines.size(); at += piece)
            ASSERT_TRUE(reader.take(std::string_view(lines).substr(at, piece)));
        ASSERT_TRUE(reader.complete());
        ASSERT_EQ(result.header[0].name, "a \"quoted\" name");
        ASSERT_EQ(result.rows.at(0).at(0), "\0\x01\x1f\"\\\n\r\t\x7f ä 🦆"s);
        ASSERT_EQ(result.rows[0][1], std::nullopt);
        ASSERT_EQ(result.rows.at(1).at(0), "");
        ASSERT_TRUE(result.end && result.end->rows == 2 && result.end->truncated);
    }
}

TEST(ResultLines, EveryLineIsJson) {
    const std::string lines = whole_answer();
    size_t begin = 0;
    for (size_t end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
        const std::string line = lines.substr(begin, end - begin);
        EXPECT_TRUE(line.empty() || nlohmann::json::accept(line)) << line;
    }
}

TEST(ResultLines, ErrorsKeepTheirKind) {
    CollectedResult result;
    ResultReader reader(result);
    try {
        reader.take(error_line(Error(ErrorKind::schema, "no \"such\" table", true)));
        FAIL() << "an error line must throw";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::schema);
        EXPECT_STREQ(error.what(), "no \"such\" table");
        EXPECT_TRUE(error.transient());
    }
}

TEST(ResultLines, ACutOffAnswerIsNotComplete) {
    const std::string lines = whole_answer();
    CollectedResult result;
    ResultReader reader(result);
    reader.take(lines.substr(0, lines.size() - 1));
    EXPECT_FALSE(reader.complete());
    EXPECT_FALSE(result.end);
}

TEST(ResultLines, StopWhenTheSinkHasEnough) {
    CollectedResult result;
    result.wanted = 1;
    ResultReader reader(result);
    EXPECT_FALSE(reader.take(whole_answer()));
    EXPECT_EQ(result.rows.size(), 1u);
    EXPECT_TRUE(reader.complete());
}

}  // namespace
}  // namespace pintail::serve
