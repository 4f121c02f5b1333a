#include "duck/duck_destination.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "duck/failure.hpp"
#include "duck/open_target.hpp"
#include "duck/position_store.hpp"
#include "duck/quote.hpp"
#include "duck/room_guard.hpp"
#include "duck/state_schema.hpp"
#include "duck/step_applier.hpp"
#include "duck/target_reader_state.hpp"
#include "duck/type_change.hpp"

namespace pintail::duck {
namespace {

constexpr std::chrono::seconds kReaderPatience{5};

// The loader's view of the target. Any Error makes it stale: it is dropped and read anew.
struct Session {
    Session(const Connection& connection, MemoryRoom& memory, const std::string& catalog, const ShapePolicy& policy,
            const ModeOfTable& mode_of)
        : tables(connection, catalog),
          positions(connection, catalog),
          quarantine(connection, catalog),
          notes(connection, catalog),
          steps(connection, memory, tables, quarantine, notes, policy, mode_of) {}

    TableStore tables;
    PositionStore positions;
    QuarantineStore quarantine;
    CatalogNotes notes;
    StepApplier steps;
};

void refuse_other_modes(const TableStore& tables, const ModeOfTable& mode_of, const std::string& path) {
    for (const auto& [name, table] : tables.tables()) {
        const TableMode wanted = mode_of(name);
        if (wanted != table.mode) throw Error(ErrorKind::config, other_mode(name, table.mode, wanted, path));
    }
}

}  // namespace

struct DuckDestination::State {
    State(const TargetOptions& options, size_t memory_granted)
        : connection(open_target(options, Access::read_write, memory_granted)),
          catalog(current_catalog(connection)),
          policy{options.dropped_columns, options.type_changes},
          mode_of(options.mode_of),
          path(options.path),
          room(connection, options),
          memory(connection, options, memory_granted) {}

    // An invalidated database makes no checkpoint, and runs no statement either.
    ~State() {
        forget();
        try {
            room.look();
        } catch (const Error&) {
        }
    }

    std::string prepare() {
        Transaction transaction(connection);
        std::string uuid = ensure_state_schema(connection, catalog);
        transaction.commit();
        return uuid;
    }

    Session& loaded() {
        if (!session) {
            prepare();
            session.emplace(connection, memory, catalog, policy, mode_of);
            if (mode_of) refuse_other_modes(session->tables, mode_of, path);
        }
        return *session;
    }

    ApplyResult apply(Batch& batch) {
        Session& now = loaded();
        if (!open) {
            open.emplace(connection);
            now.steps.begin();
        }
        const ApplyResult result = now.steps.apply(batch);
        now.quarantine.apply(batch);
        if (batch.transaction_continues) return result;
        now.positions.store(batch.position);
        room.look();
        open->commit();
        open.reset();
        return result;
    }

    // In a transaction of its own: the batch that asked for it is lost.
    void quarantine(const UnfollowableChange& why) {
        Session& now = loaded();
        Transaction transaction(connection);
        now.steps.quarantine_table(why.table(), why.what());
        transaction.commit();
        forget();
    }

    // Rolls back what is open and forgets what was thought of the target.
    void forget() {
        open.reset();
        session.reset();
    }

    // What lies under the file's name now is somebody else's: nothing of it is folded or removed.
    void leave_file() {
        forget();
        try {
            room.leave();
        } catch (const Error&) {
        }
    }

    Connection connection;
    std::string catalog;
    ShapePolicy policy;
    ModeOfTable mode_of;
    std::string path;  // for messages
    RoomGuard room;
    MemoryRoom memory;
    std::optional<Session> session;
    std::optional<Transaction> open;  // between batches only while a source's transaction comes in parts
};

DuckDestination::DuckDestination(const TargetOptions& options)
    : options_(options), state_(std::make_unique<State>(options, 0)), file_(options.path) {}

DuckDestination::~DuckDestination() = default;

StoredState DuckDestination::recover() {
    StoredState stored;
    state_->forget();
    stored.target_uuid = state_->prepare();
    stored.position = load_position(state_->connection, state_->catalog);
    for (const auto& [name, table] : state_->loaded().tables.tables()) {
        const bool waits = table.shadow && !table.snapshot_open;
        stored.tables.push_back({schema_of(table), table.snapshot_lsn, table.snapshot_open, waits, table.shown,
                                 state_->session->notes.of(name), table.quarantined});
    }
    stored.blocked_keys = blocked_keys(state_->connection, state_->catalog);
    stored.waiting_topics = waiting_topics(state_->connection, state_->catalog);
    return stored;
}

void DuckDestination::check() {
    try {
        file_.check();
    } catch (const Error&) {
        state_->leave_file();
        throw;
    }
}

ApplyResult DuckDestination::apply(Batch batch) {
    check();
    try {
        const ApplyResult result = state_->apply(batch);
        check();
        return result;
    } catch (const OutOfMemory& why) {
        state_->forget();
        if (!state_->memory.grow()) throw;
        memory_granted_ = state_->memory.limit();
        throw Error(ErrorKind::destination,
                    fmt::format("{}; it gets {} MiB (--memory-limit sets a limit)", why.what(), memory_granted_ >> 20),
                    true);
    } catch (const UnfollowableChange& why) {
        state_->forget();
        if (options_.type_changes == TypeChanges::refuse) throw;
        state_->quarantine(why);
        throw TableQuarantined(why.table(),
                               fmt::format("{}. The table is in quarantine from here on: its changes wait in "
                                           "pintail.quarantine, other tables go on. The ways back: another "
                                           "--on-type-change at the next start, or pintail quarantine retry --table {}",
                                           why.what(), shell_word(to_string(why.table()))));
    } catch (...) {
        state_->forget();
        throw;
    }
}

std::vector<QuarantinedMessage> DuckDestination::quarantined(const QuarantineSelection& selection, int64_t after,
                                                             size_t most) {
    state_->forget();
    state_->prepare();
    return load_quarantine(state_->connection, state_->catalog, selection, after, most);
}

void DuckDestination::claim(LoadedBy by) {
    state_->forget();
    state_->prepare();
    const LoadedBy before = loaded_by(state_->connection, state_->catalog);
    if (by.slot.empty()) by.slot = before.slot;
    if (by.on_type_change.empty()) by.on_type_change = before.on_type_change;
    if (by.slot == before.slot && by.on_type_change == before.on_type_change) return;
    Transaction transaction(state_->connection);
    Statement update(state_->connection,
                     fmt::format("UPDATE {} SET slot = nullif($1, ''), on_type_change = nullif($2, '')",
                                 state_table(state_->catalog, "target")));
    update.bind(1, by.slot).bind(2, by.on_type_change).execute();
    transaction.commit();
}

void DuckDestination::rest() {
    const std::lock_guard lock(mutex_);  // no reader comes meanwhile
    if (!state_ || state_->open || state_->connection.database().use_count() > 1) return;
    state_->memory.empty();
}

// The lock on the file keeps other processes out, but not a second database object of this one: the first must be
// gone, with the readers that share it, before the file is opened again.
void DuckDestination::reopen() {
    if (state_) check();
    else file_.check();  // not another one in its place
    {
        std::unique_ptr<State> old;  // closing takes a while: not under the lock
        const std::lock_guard lock(mutex_);
        if (state_) closing_ = state_->connection.database()->open();
        old = std::move(state_);
    }
    const auto deadline = std::chrono::steady_clock::now() + kReaderPatience;
    while (!closing_.expired()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            throw Error(ErrorKind::destination,
                        fmt::format("target {}: a query still reads it, so it cannot be opened anew", options_.path),
                        true);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    auto opened = std::make_unique<State>(options_, memory_granted_);
    const std::lock_guard lock(mutex_);
    state_ = std::move(opened);
}

TargetReader DuckDestination::reader() const {
    const std::lock_guard lock(mutex_);
    if (!state_)
        throw Error(ErrorKind::destination,
                    fmt::format("target {} is closed until it can be opened anew", options_.path), true);
    return TargetReader(std::make_unique<TargetReader::State>(state_->connection.database()));
}

}  // namespace pintail::duck
