#include "target_test.hpp"

#include <cstdlib>

namespace pintail::duck::testing {
namespace {

std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pintail_duck_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
}

}  // namespace

TargetTest::TargetTest() : folder_(make_folder()) {}

TargetTest::~TargetTest() {
    target_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void TargetTest::TearDown() {
    if (!target_) return;
    crash();
    expect_unique_keys();
}

TargetOptions TargetTest::options() const {
    TargetOptions options;
    options.path = folder_ / "target.duckdb";
    options.dropped_columns = dropped_columns;
    options.type_changes = type_changes;
    options.threads = threads;
    options.mode_of = [mode = mode_](const TableName&) { return mode; };
    return options;
}

DuckDestination& TargetTest::target() {
    if (!target_) target_ = std::make_unique<DuckDestination>(options());
    return *target_;
}

void TargetTest::close() {
    target_.reset();
}

void TargetTest::crash() {
    const std::filesystem::path file = options().path;
    std::filesystem::path log = file;
    log += ".wal";
    const auto aside = [&](const std::filesystem::path& path) { return folder_ / "killed" / path.filename(); };
    std::filesystem::create_directory(folder_ / "killed");
    std::filesystem::copy_file(file, aside(file));
    const bool has_log = std::filesystem::exists(log);
    if (has_log) std::filesystem::copy_file(log, aside(log));
    close();
    std::filesystem::rename(aside(file), file);
    if (has_log) std::filesystem::rename(aside(log), log);
    std::filesystem::remove_all(folder_ / "killed");
}

void TargetTest::reopen() {
    close();
    target();
}

std::vector<std::string> rows_of(TargetReader& reader, const std::string& sql) {
    std::vector<std::string> rows;
    reader.query(
        sql, [](const std::vector<ResultColumn>&) {},
        [&](const TextCells& cells) {
            std::string row;
            for (const auto& cell : cells) row += (row.empty() ? "" : "|") + std::string(cell.value_or("NULL"));
            rows.push_back(row);
            return true;
        });
    return rows;
}

std::vector<std::string> TargetTest::rows(const std::string& sql) {
    TargetReader reader = target().reader();
    return rows_of(reader, sql);
}

std::string TargetTest::one(const std::string& sql) {
    const auto all = rows(sql);
    EXPECT_EQ(all.size(), 1u) << sql;
    return all.empty() ? "" : all[0];
}

void TargetTest::expect_unique_keys() {
    TargetReader reader = target().reader();
    for (const TableStatus& table : reader.status().tables) {
        if (table.key.empty() || !table.shown) continue;
        std::string key;
        for (const std::string& name : table.key) key += (key.empty() ? "\"" : ", \"") + name + "\"";
        const std::string current = table.mode == TableMode::history       ? " WHERE _valid_to IS NULL"
                                    : table.mode == TableMode::soft_delete ? " WHERE NOT _deleted"
                                                                           : "";
        const std::string sql =
            "SELECT " + key + " FROM " + to_string(table.target) + current + " GROUP BY ALL HAVING count(*) > 1";
        EXPECT_TRUE(rows_of(reader, sql).empty()) << "a key stands twice in " << to_string(table.target);
    }
}

}  // namespace pintail::duck::testing
