#include "source/table_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "postgres/catalog.hpp"
#include "postgres/catalog_entries.hpp"
#include "source/copied_columns.hpp"
#include "source/copied_leaves.hpp"
#include "source/unchanged_table.hpp"
#include "wire/copy_binary.hpp"

namespace pintail::source {
namespace {

using postgres::quote_literal;
using std::chrono::milliseconds;

constexpr uint64_t kSmallestChunkPages = 4096;  // 32 MB: opening a COPY costs milliseconds
constexpr size_t kChunksPerJob = 4;             // so that the workers end at about the same time
constexpr size_t kQueuedBatches = 1;            // per worker, beside the one in its hands; each has up to BatchLimits
constexpr milliseconds kInterruptAgain{50};     // a statement may begin between two of them

struct CopiedTable {
    postgres::PublishedTable published;
    wire::PgLayout layout;
    std::shared_ptr<const CatalogEntry> entry;
    std::string select;  // the columns as COPY is to give them
    size_t chunks_left = 0;
    bool started = false;
    bool spoilt = false;
};

// Rows of one relation (a table or a partition) from one range of pages.
struct Chunk {
    size_t table = 0;
    std::string relation;  // quoted
    uint32_t oid = 0;
    uint64_t first_page = 0;
    uint64_t pages = 0;
    bool to_end = false;  // the last one of its relation has no upper bound
};

struct Part {
    size_t table = 0;
    std::optional<RowBatch> rows;
    size_t bytes = 0;
    size_t ended_chunks = 0;  // whose last rows are in it
    uint64_t pages = 0;       // of those
};

// What is known before the first row, beside the tables and chunks themselves.
struct Planned {
    std::deque<Part> parts;  // of tables without a relation to read
    SyncProgress progress;
};

// Under the lock of the relation.
std::string chunk_query(postgres::Connection& connection, const CopiedTable& table, const Chunk& chunk) {
    std::string where = fmt::format("ctid >= '({},0)'::pg_catalog.tid", chunk.first_page);
    if (!chunk.to_end) where += fmt::format(" AND ctid < '({},0)'::pg_catalog.tid", chunk.first_page + chunk.pages);
    if (const auto filter = postgres::row_filter(connection, table.published); !filter.empty())
        where += fmt::format(" AND ({})", filter);
    return fmt::format("SELECT {} FROM ONLY {} WHERE {}", table.select, chunk.relation, where);
}

void import_snapshot(postgres::Connection& connection, const std::string& snapshot) {
    connection.exec(fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {}",
                                quote_literal(snapshot)));
}

}  // namespace

struct TableSync::State {
    TableSyncOptions options;
    // Fixed once `ready`, but for what is said of each table.
    postgres::ExportedSnapshot snapshot;
    int64_t taken_at_us = 0;  // by the server's clock; a little after the snapshot itself
    std::vector<CopiedTable> tables;
    std::vector<Chunk> chunks;
    size_t chunks_expected = 0;

    std::atomic<size_t> next_chunk{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::condition_variable changed;
    bool ready = false;
    std::deque<Part> parts;
    std::vector<SyncedTable> finished;
    size_t chunks_taken = 0;
    std::exception_ptr failed;
    SyncProgress progress;
    std::list<postgres::Interrupter> interrupters;
    size_t running = 0;                // threads
    std::vector<std::thread> threads;  // the first one may add others

    void launch(std::function<void()> task);
    std::unique_ptr<postgres::Connection> connect(bool replication);
    void begin_at(const postgres::ExportedSnapshot& exported, const std::vector<postgres::PublishedTable>& listed);
    bool is_spoilt(size_t table);
    void spoil(size_t table);
    void take(Part part, Batch& batch);
    Planned plan(postgres::Connection& connection, const std::vector<postgres::PublishedTable>& listed);
    void plan_chunks(postgres::Connection& connection, size_t table, Planned& planned);
    void work(postgres::Connection& connection);
    Part empty_part(size_t table) const;
    void copy(postgres::Connection& connection, const Chunk& chunk, Part& part);
    void read_rows(postgres::TableCopy& source, Part& part);
    void hand_over(Part part);
    void fail(std::exception_ptr problem);
};

// Whatever stops the thread is thrown by next().
void TableSync::State::launch(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    ++running;
    threads.emplace_back([this, task = std::move(task)] {
        try {
            task();
        } catch (...) {
            fail(std::current_exception());
        }
        const std::lock_guard done(mutex);
        --running;
        changed.notify_all();
    });
}

std::unique_ptr<postgres::Connection> TableSync::State::connect(bool replication) {
    postgres::ConnectOptions connect_options;
    connect_options.replication = replication;
    connect_options.sessions = options.sessions;
    auto connection = std::make_unique<postgres::Connection>(options.url, connect_options);
    const std::lock_guard lock(mutex);
    interrupters.emplace_back(*connection);
    return connection;
}

void TableSync::State::begin_at(const postgres::ExportedSnapshot& exported,
                                const std::vector<postgres::PublishedTable>& listed) {
    std::vector<std::shared_ptr<postgres::Connection>> connections;
    for (size_t i = 0; i < options.jobs; ++i) {
        connections.push_back(connect(false));
        import_snapshot(*connections.back(), exported.name);
    }
    const int64_t now_us = postgres::server_clock_us(*connections.front());
    Planned planned = plan(*connections.front(), listed);
    {
        const std::lock_guard lock(mutex);
        parts = std::move(planned.parts);
        progress = planned.progress;
        snapshot = exported;
        taken_at_us = now_us;
        ready = true;
    }
    log::info("copying {} as of {} over {}", counted(tables.size(), "table"), to_string(exported.consistent_point),
              counted(options.jobs, "connection"));
    for (auto& connection : connections) launch([this, own = std::move(connection)] { work(*own); });
}

bool TableSync::State::is_spoilt(size_t table) {
    const std::lock_guard lock(mutex);
    return tables[table].spoilt;
}

void TableSync::State::spoil(size_t table) {
    const std::lock_guard lock(mutex);
    if (!std::exchange(tables[table].spoilt, true)) {
        log::warn("table {} was altered or dropped while its copy was being prepared: its copy begins again",
                  to_string(tables[table].published.name));
    }
}

Planned TableSync::State::plan(postgres::Connection& connection, const std::vector<postgres::PublishedTable>& listed) {
    Planned planned;
    std::map<TableName, std::shared_ptr<const CatalogEntry>> entries;
    for (const auto& text : postgres::catalog_entries(connection, options.publications)) {
        auto entry = std::make_shared<CatalogEntry>(read_catalog_entry(text));
        entries.emplace(entry->name, std::move(entry));
    }
    // Anew, and through the snapshot: what was known before it may name columns as they were before a transaction that
    // the snapshot had to wait for.
    std::map<TableName, uint32_t> wanted;
    for (const auto& table : listed) wanted.emplace(table.name, table.oid);
    for (auto& table : postgres::published_tables(connection, options.publications)) {
        if (!wanted.contains(table.name)) continue;
        const auto described = postgres::describe_table(connection, table.name);
        if (!described) continue;  // made after the snapshot: the next look at the catalog finds it
        CopiedTable copied;
        copied.layout = layout_of(*described, table, options.policies,
                                  connection.server_version() >= postgres::kPublishesGenerated);
        copied.entry = entries[table.name];
        copied.select = select_list(copied.layout);
        copied.published = std::move(table);
        tables.push_back(std::move(copied));
        // Whoever has listed it expects the changes of another one.
        if (wanted.at(tables.back().published.name) != tables.back().published.oid) spoil(tables.size() - 1);
        plan_chunks(connection, tables.size() - 1, planned);
    }
    planned.progress.tables = tables.size();
    chunks_expected = chunks.size() + planned.parts.size();
    return planned;
}

void TableSync::State::plan_chunks(postgres::Connection& connection, size_t table, Planned& planned) {
    const auto leaves = copied_leaves(connection, tables[table].published.name);
    if (leaves.empty()) {  // partitioned, without partitions yet: nothing to copy, but a table to make
        planned.parts.push_back({table, RowBatch(tables[table].layout.schema), 0, 1, 0});
        ++tables[table].chunks_left;
    }
    for (const auto& [name, oid, pages] : leaves) {
        Chunk chunk;
        chunk.table = table;
        chunk.relation = sql_name(name);
        chunk.oid = oid;
        const uint64_t size = std::max(kSmallestChunkPages, pages / (options.jobs * kChunksPerJob) + 1);
        planned.progress.pages += pages;
        for (uint64_t first = 0; first == 0 || first < pages; first += size) {
            chunk.first_page = first;
            chunk.pages = size;
            chunk.to_end = first + size >= pages;
            chunks.push_back(chunk);
            ++tables[table].chunks_left;
        }
    }
}

// A batch goes on over the chunks of a table: small ones would cost the loader a commit each.
void TableSync::State::work(postgres::Connection& connection) {
    Part part;
    for (size_t i = next_chunk++; i < chunks.size() && !stop; i = next_chunk++) {
        if (part.rows && part.table != chunks[i].table) hand_over(std::exchange(part, {}));
        if (!part.rows) part = empty_part(chunks[i].table);
        copy(connection, chunks[i], part);
    }
    if (part.rows && !stop) hand_over(std::move(part));
}

Part TableSync::State::empty_part(size_t table) const {
    return {table, RowBatch(tables[table].layout.schema), 0, 0, 0};
}

void TableSync::State::copy(postgres::Connection& connection, const Chunk& chunk, Part& part) {
    const CopiedTable& table = tables[chunk.table];
    const auto source = is_spoilt(chunk.table) ? nullptr : open_unchanged(connection, chunk.relation, chunk.oid, [&] {
        return chunk_query(connection, table, chunk);
    });
    if (source) read_rows(*source, part);
    else spoil(chunk.table);
    if (stop) return;
    if (source) connection.exec("RELEASE SAVEPOINT chunk");
    ++part.ended_chunks;
    part.pages += chunk.pages;
}

void TableSync::State::read_rows(postgres::TableCopy& source, Part& part) {
    const RowOrigin origin{snapshot.consistent_point.value, taken_at_us};
    wire::CopyBinaryDecoder decoder(tables[part.table].layout);
    for (std::string_view message = source.receive(); !message.empty() && !stop; message = source.receive()) {
        decoder.feed(message, origin, *part.rows);
        part.bytes += message.size();
        if (part.rows->rows() < options.limits.rows && part.bytes < options.limits.bytes) continue;
        const size_t table = part.table;
        hand_over(std::exchange(part, {}));
        part = empty_part(table);
    }
    if (!stop && !decoder.finished()) throw Error(ErrorKind::source, "COPY ended too early", true);
}

void TableSync::State::hand_over(Part part) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stop || parts.size() < kQueuedBatches * options.jobs; });
    parts.push_back(std::move(part));
    changed.notify_all();
}

void TableSync::State::fail(std::exception_ptr problem) {
    const std::lock_guard lock(mutex);
    if (!failed) failed = std::move(problem);
    stop = true;
    changed.notify_all();
}

TableSync::TableSync(TableSyncOptions options, const postgres::ExportedSnapshot& snapshot,
                     std::vector<postgres::PublishedTable> tables)
    : state_(std::make_unique<State>()) {
    state_->options = std::move(options);
    state_->begin_at(snapshot, tables);
}

TableSync::TableSync(TableSyncOptions options, std::string slot, std::vector<postgres::PublishedTable> tables)
    : state_(std::make_unique<State>()) {
    State& state = *state_;
    state.options = std::move(options);
    state.launch([&state, slot = std::move(slot), tables = std::move(tables)] {
        const auto slot_maker = state.connect(true);
        const auto snapshot = postgres::create_slot(*slot_maker, {.name = slot, .temporary = true});
        state.begin_at(snapshot, tables);
    });
}

TableSync::~TableSync() {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    state.stop = true;
    while (state.running > 0) {
        state.changed.notify_all();
        if (state.changed.wait_for(lock, kInterruptAgain, [&] { return state.running == 0; })) break;
        for (const auto& interrupter : state.interrupters) interrupter.interrupt();
    }
    lock.unlock();
    for (std::thread& thread : state.threads) thread.join();
}

std::optional<Lsn> TableSync::lsn() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ready ? std::optional(state_->snapshot.consistent_point) : std::nullopt;
}

std::optional<Batch> TableSync::next(milliseconds patience) {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    state.changed.wait_for(lock, patience, [&] { return state.failed || !state.parts.empty(); });
    if (state.failed) std::rethrow_exception(state.failed);
    if (state.parts.empty()) return std::nullopt;
    Part part = std::move(state.parts.front());
    state.parts.pop_front();
    state.changed.notify_all();
    Batch batch;
    batch.oldest = std::chrono::steady_clock::now();
    state.take(std::move(part), batch);
    return batch;
}

void TableSync::State::take(Part part, Batch& batch) {
    CopiedTable& table = tables[part.table];
    progress.pages_done += part.pages;
    if (!table.spoilt) {
        if (!std::exchange(table.started, true)) {
            batch.steps.emplace_back(
                SnapshotStart{table.layout.schema, snapshot.consistent_point.value, true, taken_at_us});
            if (table.entry) batch.steps.emplace_back(CatalogNote{table.layout.schema->name, table.entry->text, {}});
        }
        batch.rows = part.rows->rows();
        batch.source_bytes = part.bytes;
        progress.rows += batch.rows;
        part.rows->hidden = true;
        if (batch.rows > 0) batch.steps.emplace_back(std::move(*part.rows));
    }
    if (part.ended_chunks == 0) return;
    chunks_taken += part.ended_chunks;
    table.chunks_left -= part.ended_chunks;
    if (table.chunks_left > 0) return;
    ++progress.tables_done;
    finished.push_back({table.layout.schema, table.entry, table.spoilt});
}

bool TableSync::has_next() const {
    const std::lock_guard lock(state_->mutex);
    return state_->failed || !state_->parts.empty();
}

bool TableSync::done() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ready && !state_->failed && state_->chunks_taken == state_->chunks_expected;
}

std::vector<SyncedTable> TableSync::take_finished() {
    const std::lock_guard lock(state_->mutex);
    return std::exchange(state_->finished, {});
}

SyncProgress TableSync::progress() const {
    const std::lock_guard lock(state_->mutex);
    SyncProgress now = state_->progress;
    now.pages_done = std::min(now.pages_done, now.pages);
    return now;
}

}  // namespace pintail::source
