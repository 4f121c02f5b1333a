// PostgresSource: what commands ask of it while it runs.
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "core/error.hpp"
#include "log/log.hpp"
#include "source/postgres_source.hpp"
#include "source/visible_commits.hpp"

namespace pintail::source {
namespace {

constexpr std::chrono::milliseconds kNextMark{20};  // so long a commit usually takes at the very most to become visible
constexpr std::chrono::seconds kMarkPatience{30};

// What `check` throws is whoever has asked told.
template <typename Request, typename Check>
bool is_refused(Request& request, const Check& check) {
    try {
        check();
        return false;
    } catch (const Error&) {
        request.noted.set_exception(std::current_exception());
        return true;
    }
}

}  // namespace

// Between transactions of the stream, with everything before handed out.
std::optional<Batch> PostgresSource::answer_request() {
    if (mark_) return begin_mark();
    const auto request = options_.requests->take();
    if (!request) return std::nullopt;
    return std::visit([this](const auto& one) { return answer(one); }, *request);
}

bool PostgresSource::request_waits() const {
    if (!options_.requests || done_ || assembler_->in_transaction() || assembler_->continues() || replaying_)
        return false;
    return mark_ ? mark_is_due() : !options_.requests->empty();
}

std::optional<Batch> PostgresSource::answer(const std::shared_ptr<ResyncRequest>& request) {
    if (is_refused(*request, [&] { refuse_unfollowed(request->tables); })) return std::nullopt;
    Batch batch;
    batch.oldest = Clock::now();
    for (const TableName& name : request->tables) {
        const bool left = quarantined_.erase(name) > 0;
        if (!left && (!copied_.contains(name) || waiting_.contains(name))) continue;  // its copy is under way already
        copied_.erase(name);
        assembler_->unfollow(name);
        batch.steps.emplace_back(SnapshotDue{name, kAskedFor});
        copy_again_ = true;
        log::info("table {} is to be copied again", to_string(name));
    }
    batch.committed = [request] { request->noted.set_value(); };
    return without_progress(std::move(batch));
}

void PostgresSource::refuse_unfollowed(const std::vector<TableName>& tables) {
    const auto published = published_tables();
    for (const TableName& name : tables) {
        if (!wants(name)) {
            throw Error(ErrorKind::usage,
                        fmt::format("table {} is left out by --tables and --exclude of the pintail that "
                                    "runs: once it is not, it is copied again",
                                    to_string(name)));
        }
        const bool there =
            std::any_of(published.begin(), published.end(), [&](const auto& table) { return table.name == name; });
        const bool followed = copied_.contains(name) || shown_.contains(name) || waiting_.contains(name);
        if (there && followed) continue;
        throw Error(
            ErrorKind::usage,
            fmt::format("table {} is not one that this pintail follows; `pintail status` lists them", to_string(name)));
    }
}

std::optional<Batch> PostgresSource::answer(const std::shared_ptr<ForgetRequest>& request) {
    if (is_refused(*request, [&] { refuse_to_forget(request->tables); })) return std::nullopt;
    Batch batch;
    batch.oldest = Clock::now();
    for (const TableName& name : request->tables) {
        for (auto* tables : {&shown_, &quarantined_, &gone_, &unpublished_}) tables->erase(name);
        batch.steps.emplace_back(TableForget{name});
        log::info("table {} is forgotten", to_string(name));
    }
    batch.committed = [request] { request->noted.set_value(); };
    return without_progress(std::move(batch));
}

void PostgresSource::refuse_to_forget(const std::vector<TableName>& tables) {
    if (copy_) throw Error(ErrorKind::source, "tables are being copied just now: ask again when that is done", true);
    const auto published = published_tables();
    for (const TableName& name : tables) {
        if (!shown_.contains(name)) refuse_unknown_table(name);
        const bool there =
            std::any_of(published.begin(), published.end(), [&](const auto& table) { return table.name == name; });
        if (copied_.contains(name) || (there && wants(name))) refuse_to_forget_followed(name);
    }
}

// --- marks

std::optional<Batch> PostgresSource::answer(const std::shared_ptr<MarkRequest>& request) {
    mark_ = request;
    mark_until_ = Clock::now() + kMarkPatience;
    next_mark_ = Clock::now();
    return std::nullopt;
}

// Not beside copies: their batches have no place in the stream of commits.
bool PostgresSource::mark_is_due() const {
    return mark_->abandoned || (!cut_.active() && stream_ && may_end() && Clock::now() >= next_mark_);
}

std::optional<Batch> PostgresSource::begin_mark() {
    if (mark_->abandoned) {
        mark_.reset();
        cut_.forget();
        return std::nullopt;
    }
    try {
        if (cut_.begin(mark_->take_snapshot())) return std::nullopt;
        next_mark_ = Clock::now() + kNextMark;
        if (Clock::now() < mark_until_) return std::nullopt;
        throw Error(
            ErrorKind::source,
            "transactions that the stream has brought are still not visible at the source (does a synchronous standby "
            "keep their commits waiting?): try again later",
            true);
    } catch (...) {
        fail_mark(std::current_exception());
    }
    return std::nullopt;
}

void PostgresSource::fail_mark(std::exception_ptr problem) {
    mark_->done.set_exception(std::move(problem));
    mark_.reset();
    cut_.forget();
}

// What has been gathered lies behind the cut, and has to be handed out before it is sure: another snapshot, then.
void PostgresSource::give_up_cut() {
    if (cut_.beyond()) cut_.forget();
}

// true: everything before the transaction is to be handed out first.
bool PostgresSource::cut_before(uint32_t xid) {
    if (cut_.is_here(xid) && !assembler_->empty()) return true;
    cut_.note(xid);
    if (cut_.is_crowded()) cut_.forget_seen(snapshot_of(*catalog_));
    return false;
}

bool PostgresSource::cut_is_sure() const {
    return mark_ && cut_.is_sure(reached()) && !assembler_->in_transaction() && !replaying_;
}

// The target stands at what was handed out last; what the assembler has comes behind.
std::optional<Batch> PostgresSource::stand_at_mark() {
    Batch batch;
    batch.oldest = Clock::now();
    try {
        if (mark_->steps) batch.steps = mark_->steps();
    } catch (...) {
        fail_mark(std::current_exception());
        return std::nullopt;
    }
    for (const Step& step : batch.steps) {
        if (const auto* rows = std::get_if<RowBatch>(&step)) batch.rows += rows->rows();
    }
    batch.committed = [request = mark_, at = stored_] {
        request->reached(at);
        request->done.set_value();
    };
    mark_.reset();
    cut_.forget();
    return without_progress(std::move(batch));
}

}  // namespace pintail::source
