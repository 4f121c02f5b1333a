// What applying costs: batches of inserts and updates (pgbench-like, 4 columns, about 100 bytes a row) through
// DuckDestination into a file, without any source. Prints one line per case: events/s, CPU seconds per million
// events, the slowest batch, the largest resident set.
//
//   duck_apply_bench FOLDER [batches]     all cases
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "duck/duck_destination.hpp"

namespace {

using namespace pintail;
using Clock = std::chrono::steady_clock;

struct Case {
    const char* name;
    size_t rows_per_batch;
    size_t batches;
    bool text_key;       // a uuid-like key in random order instead of a serial one
    int remove_percent;  // of the changes to old rows
    bool keyed = true;
    size_t text_bytes = 84;
    bool unchanged = false;  // updates leave the text out
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

size_t status_kib(const char* field) {
    std::ifstream status("/proc/self/status");
    std::string word;
    size_t value = 0;
    while (status >> word) {
        if (word == field) status >> value;
    }
    return value;
}

void reset_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

class Load {
public:
    explicit Load(const Case& what) : case_(what), text_(what.text_bytes, 'x') {
        auto schema = std::make_shared<TableSchema>();
        schema->name = {"public", "bench"};
        const TypeKind key = what.text_key ? TypeKind::varchar : TypeKind::int64;
        for (const auto& [name, kind] : {std::pair{"aid", key},
                                         {"bid", TypeKind::int32},
                                         {"abalance", TypeKind::int32},
                                         {"filler", TypeKind::varchar}}) {
            schema->columns.push_back({name, ColumnType{kind, 0, 0, {}}, "", nullptr});
        }
        if (what.keyed) schema->key = {0};
        schema_ = schema;
    }

    // Two thirds new rows, one third changes of random old ones.
    Batch next() {
        RowBatch rows(schema_);
        for (size_t index = 0; index < case_.rows_per_batch; ++index) add(rows, next_key_ > 0 && random_() % 3 == 0);
        Batch batch;
        batch.rows = case_.rows_per_batch;
        batch.position = KafkaPosition{{{"bench", 0, ++offset_, offset_ - 1, 0, Watermark{1, 2, 3}}}};
        batch.steps.emplace_back(std::move(rows));
        return batch;
    }

private:
    void add(RowBatch& rows, bool old) {
        const int64_t key = old ? static_cast<int64_t>(random_() % static_cast<uint64_t>(next_key_)) : next_key_++;
        const bool remove = old && case_.keyed && static_cast<int>(random_() % 100) < case_.remove_percent;
        push_key(rows, key);
        push_rest(rows, old && case_.keyed, remove);
        rows.ops.push_back(remove ? Op::remove : old && case_.keyed ? Op::update : Op::insert);
        rows.origins.push_back({static_cast<uint64_t>(offset_), 1'700'000'000'000'000 + offset_});
    }

    void push_key(RowBatch& rows, int64_t key) {
        if (!case_.text_key) return rows.columns[0].push(key);
        char text[40];
        const uint64_t scattered = static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15ULL;
        std::snprintf(text, sizeof text, "%016lx-%016lx", scattered, static_cast<uint64_t>(key));
        rows.columns[0].push_string(text, rows.arena);
    }

    void push_rest(RowBatch& rows, bool update, bool remove) {
        for (const size_t column : {1, 2}) {
            if (remove) rows.columns[column].push_null();
            else rows.columns[column].push(static_cast<int32_t>(random_() % 100000));
        }
        if (remove) return rows.columns[3].push_null();
        if (update && case_.unchanged) return rows.columns[3].push_unchanged();
        rows.columns[3].push_string(text_, rows.arena);
    }

    Case case_;
    std::string text_;
    std::shared_ptr<const TableSchema> schema_;
    std::mt19937_64 random_{42};
    int64_t next_key_ = 0;
    int64_t offset_ = 0;
};

struct Figures {
    double wall = 0;
    double cpu = 0;
    std::vector<double> batch_ms;
};

Figures run(const Case& what, duck::DuckDestination& target) {
    Load load(what);
    Figures figures;
    for (size_t index = 0; index < what.batches; ++index) {
        Batch batch = load.next();
        const double cpu = cpu_seconds();
        const auto start = Clock::now();
        target.apply(std::move(batch));
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        figures.wall += seconds;
        figures.cpu += cpu_seconds() - cpu;
        figures.batch_ms.push_back(seconds * 1e3);
    }
    return figures;
}

void report(const Case& what, Figures figures) {
    std::sort(figures.batch_ms.begin(), figures.batch_ms.end());
    const auto percentile = [&](double share) {
        return figures.batch_ms[static_cast<size_t>(share * static_cast<double>(figures.batch_ms.size() - 1))];
    };
    const double events = static_cast<double>(what.rows_per_batch * what.batches);
    std::printf("%-34s %9.0f events/s %8.2f CPU s/M  batch ms p50 %7.2f p99 %7.2f max %7.1f  peak RSS %zu MiB\n",
                what.name, events / figures.wall, figures.cpu / events * 1e6, percentile(0.5), percentile(0.99),
                percentile(1.0), status_kib("VmHWM:") / 1024);
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: duck_apply_bench FOLDER [case number]\n");
        return 2;
    }
    const std::vector<Case> cases = {
        {"200k, serial key", 200'000, 30, false, 0},
        {"200k, serial key, 10 % removes", 200'000, 30, false, 30},
        {"200k, random text key", 200'000, 20, true, 0},
        {"200k, no key, inserts", 200'000, 20, false, 0, false},
        {"50k, serial key", 50'000, 60, false, 0},
        {"1k, serial key", 1'000, 1'000, false, 0},
        {"1 row, serial key", 1, 3'000, false, 0},
        {"1 row, text key", 1, 1'000, true, 0},
        {"20k, 4 KB text, unchanged in updates", 20'000, 15, false, 0, true, 4096, true},
        {"1 row, 4 KB text, unchanged", 1, 1'000, false, 0, true, 4096, true},
    };
    for (size_t index = 0; index < cases.size(); ++index) {
        if (count > 2 && std::strtoul(arguments[2], nullptr, 10) != index) continue;
        duck::TargetOptions options;
        options.path = std::string(arguments[1]) + "/duck_apply_bench.duckdb";
        if (const char* threshold = std::getenv("CHECKPOINT_MIB"))
            options.checkpoint_threshold_bytes = std::strtoul(threshold, nullptr, 10) << 20;
        if (const char* limit = std::getenv("MEMORY_MIB"))
            options.memory_limit_bytes = std::strtoul(limit, nullptr, 10) << 20;
        if (const char* threads = std::getenv("THREADS")) options.threads = std::atoi(threads);
        std::filesystem::remove(options.path);
        std::filesystem::remove(options.path + ".wal");
        reset_peak();
        duck::DuckDestination target(options);
        report(cases[index], run(cases[index], target));
    }
    std::filesystem::remove(std::string(arguments[1]) + "/duck_apply_bench.duckdb");
}
