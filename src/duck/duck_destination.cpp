#include "duck/duck_destination.hpp"

#include <optional>

#include "duck/open_target.hpp"
#include "duck/position_store.hpp"
#include "duck/state_schema.hpp"
#include "duck/step_applier.hpp"
#include "duck/target_reader_state.hpp"

namespace pintail::duck {
namespace {

// The loader's view of the target. Any Error makes it stale: it is dropped and read anew.
struct Session {
    Session(const Connection& connection, const std::string& catalog)
        : tables(connection, catalog), positions(connection, catalog), quarantine(connection, catalog),
          steps(connection, tables, quarantine) {}

    TableStore tables;
    PositionStore positions;
    QuarantineStore quarantine;
    StepApplier steps;
};

}  // namespace

struct DuckDestination::State {
    explicit State(const TargetOptions& options)
        : connection(open_target(options, Access::read_write)), catalog(current_catalog(connection)) {}

    std::string prepare() {
        Transaction transaction(connection);
        std::string uuid = ensure_state_schema(connection, catalog);
        transaction.commit();
        return uuid;
    }

    Session& loaded() {
        if (!session) {
            prepare();
            session.emplace(connection, catalog);
        }
        return *session;
    }

    ApplyResult apply(const Batch& batch) {
        Session& now = loaded();
        if (!open) {
            open.emplace(connection);
            now.steps.begin();
        }
        const ApplyResult result = now.steps.apply(batch);
        now.quarantine.store(batch.quarantined);
        if (batch.transaction_continues) return result;
        now.positions.store(batch.position);
        open->commit();
        open.reset();
        return result;
    }

    // Rolls back what is open and forgets what was thought of the target.
    void forget() {
        open.reset();
        session.reset();
    }

    Connection connection;
    std::string catalog;
    std::optional<Session> session;
    std::optional<Transaction> open;  // between batches only while a source's transaction comes in parts
};

DuckDestination::DuckDestination(const TargetOptions& options) : state_(std::make_unique<State>(options)) {}

DuckDestination::~DuckDestination() = default;

StoredState DuckDestination::recover() {
    StoredState stored;
    state_->forget();
    stored.target_uuid = state_->prepare();
    stored.position = load_position(state_->connection, state_->catalog);
    for (const auto& [name, table] : state_->loaded().tables.tables()) {
        stored.tables.push_back({schema_of(table), table.snapshot_lsn, table.snapshot_open});
    }
    stored.blocked_keys = blocked_keys(state_->connection, state_->catalog);
    return stored;
}

ApplyResult DuckDestination::apply(Batch batch) {
    try {
        return state_->apply(batch);
    } catch (...) {
        state_->forget();
        throw;
    }
}

TargetReader DuckDestination::reader() const {
    return TargetReader(std::make_unique<TargetReader::State>(state_->connection.database()));
}

}  // namespace pintail::duck
