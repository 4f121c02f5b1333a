// Test support: a target file in a folder of its own, and ways to look into it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "duck/duck_destination.hpp"
#include "duck/target_reader.hpp"
#include "table_rows.hpp"

namespace pintail::duck::testing {

// Every test ends with a log that can be read after a kill, and with no key standing twice in any keyed table.
class TargetTest : public ::testing::Test {
protected:
    TargetTest();
    ~TargetTest() override;
    void TearDown() override;

    DuckDestination& target();  // opened at first use
    void reopen();              // as after a restart
    void crash();               // the file and its log become what a kill would have left
    void close();
    ApplyResult apply(Batch batch) { return target().apply(std::move(batch)); }

    // One string per row, cells joined by '|', NULL as "NULL".
    std::vector<std::string> rows(const std::string& sql);
    std::string one(const std::string& sql);

    TargetOptions options() const;
    // Of tables that the target does not have yet; from the next opening on.
    void set_mode(TableMode mode) { mode_ = mode; }
    std::filesystem::path folder() const { return folder_; }

    DroppedColumns dropped_columns = DroppedColumns::keep;  // of a target that is opened from now on
    TypeChanges type_changes = TypeChanges::refuse;         // likewise
    int threads = 0;                                        // likewise; DuckDB's

private:
    void expect_unique_keys();

    std::filesystem::path folder_;
    std::unique_ptr<DuckDestination> target_;
    TableMode mode_ = TableMode::mirror;
};

std::vector<std::string> rows_of(TargetReader& reader, const std::string& sql);

}  // namespace pintail::duck::testing
