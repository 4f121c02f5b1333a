// Damaged messages: cut at every byte, bytes changed, parts swapped. Each is decoded or refused as data; nothing
// else, and the rows that were there stay as they are. Meant to run under the sanitizers.
#include <random>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "golden_files.hpp"
#include "sample_messages.hpp"

namespace pintail::wire {
namespace {

DebeziumOptions options() {
    DebeziumOptions options;
    options.describe_table = golden_catalog;
    options.decimal_handling = DecimalHandling::precise;
    return options;
}

// Heap memory of exactly this size, so that a sanitizer sees the first byte that is read behind it.
struct Exact {
    explicit Exact(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
        text.copy(bytes.get(), size);
    }
    std::string_view view() const { return {bytes.get(), size}; }

    std::unique_ptr<char[]> bytes;
    size_t size;
};

class Damaged : public ::testing::Test {
protected:
    // Rows appended; nullopt: refused.
    std::optional<size_t> decode(std::string_view value, const std::optional<std::string>& key) {
        const Exact exact(value);
        Message message;
        message.value = exact.view();
        if (key) message.key = *key;
        Event event;
        try {
            while (decoder_.decode(message, rows_.get(), false, event) == DebeziumDecoder::Outcome::shape_changed) {
                rows_ = std::make_unique<RowBatch>(decoder_.schema());
            }
        } catch (const Error& error) {
            EXPECT_TRUE(error.kind() == ErrorKind::data || error.kind() == ErrorKind::schema) << error.what();
            check_rows(rows_before());
            return std::nullopt;
        }
        check_rows(rows_ ? rows_->rows() : 0);
        const size_t appended = event.rows_appended;
        if (rows_) rows_->truncate(0);
        return appended;
    }

    size_t rows_before() const { return 0; }

    void check_rows(size_t rows) {
        if (!rows_) return;
        ASSERT_EQ(rows_->rows(), rows);
        ASSERT_EQ(rows_->origins.size(), rows);
        for (const Column& column : rows_->columns) ASSERT_EQ(column.size(), rows);
    }

    DebeziumDecoder decoder_{std::make_shared<const DebeziumOptions>(options())};
    std::unique_ptr<RowBatch> rows_;
};

std::vector<GoldenMessage> some_messages(const std::string& golden_case, size_t longest) {
    std::vector<GoldenMessage> chosen;
    std::string last_topic;
    for (GoldenMessage& message : golden_messages(golden_case)) {
        if (!message.value || message.value->size() > longest || message.topic == last_topic) continue;
        last_topic = message.topic;
        chosen.push_back(std::move(message));
    }
    return chosen;
}

TEST_F(Damaged, CutAtEveryByte) {
    for (const char* golden_case : {"basic_schemas_false", "types_default_schemas_false", "basic_schemas_true"}) {
        for (const GoldenMessage& message : some_messages(golden_case, 8000)) {
            for (size_t size = 0; size < message.value->size(); ++size) {
                EXPECT_EQ(decode(message.value->substr(0, size), message.key), std::nullopt)
                    << message.topic << " " << size;
            }
            EXPECT_NE(decode(*message.value, message.key), std::nullopt) << message.topic;
        }
    }
}

TEST_F(Damaged, CutKeys) {
    for (const GoldenMessage& message : some_messages("basic_schemas_true", 8000)) {
        for (size_t size = 0; message.key && size < message.key->size(); ++size)
            decode(*message.value, message.key->substr(0, size));
        decode(*message.value, message.key);
    }
}

// Seeded: a failure is repeated by the same numbers.
TEST_F(Damaged, BytesChangedAnywhere) {
    std::mt19937 random(20240229);
    using namespace std::string_view_literals;
    constexpr auto kNasty = "\"\\{}[]:,0nteE.-\0\xff\xed u"sv;
    for (const char* golden_case : {"basic_schemas_false", "types_default_schemas_false", "basic_schemas_true"}) {
        for (const GoldenMessage& message : some_messages(golden_case, 8000)) {
            decode(*message.value, message.key);
            for (int round = 0; round < 400; ++round) {
                std::string value = *message.value;
                for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
                    value[random() % value.size()] = kNasty[random() % kNasty.size()];
                }
                decode(value, message.key);
            }
        }
    }
}

TEST_F(Damaged, PartsLeftOutOrDoubled) {
    std::mt19937 random(17);
    for (const GoldenMessage& message : some_messages("types_default_schemas_false", 8000)) {
        for (int round = 0; round < 400; ++round) {
            std::string value = *message.value;
            const size_t from = random() % value.size(), length = random() % 40;
            if (random() % 2 == 0) value.erase(from, length);
            else value.insert(random() % value.size(), value.substr(from, length));
            decode(value, message.key);
        }
        EXPECT_NE(decode(*message.value, message.key), std::nullopt) << message.topic;
    }
}

TEST_F(Damaged, NestedAsDeepAsItGets) {
    for (const size_t depth : {100U, 100'000U}) {
        const std::string deep = std::string(depth, '[') + std::string(depth, ']');
        EXPECT_EQ(decode(R"({"before":null,"after":{"id":1,"p":)" + deep +
                             R"(},"source":{"connector":"postgresql","schema":"public","table":"t_geo"},"op":"c"})",
                         R"({"id":1})"),
                  depth < 512 ? std::optional<size_t>(1) : std::nullopt);
        EXPECT_EQ(decode(deep, R"({"id":1})"), std::nullopt);
    }
}

}  // namespace
}  // namespace pintail::wire
