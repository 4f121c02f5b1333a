#include "cli/verify_sides.hpp"

#include <future>

#include "cli/source_answer.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

// A page of the log begins with a header of one of two sizes; where nothing stands behind it yet, the server may name
// the place behind the header although its log ends before the page.
constexpr uint64_t kShortHeader = 24, kLongHeader = 40;

uint64_t without_header(uint64_t lsn, uint64_t block_bytes) {
    const uint64_t in_page = lsn % block_bytes;
    return in_page == kShortHeader || in_page == kLongHeader ? lsn - in_page : lsn;
}

verify::SourceEncoding encoding_of(std::string_view name) {
    if (name == "UTF8") return verify::SourceEncoding::utf8;
    return name == "SQL_ASCII" ? verify::SourceEncoding::sql_ascii : verify::SourceEncoding::other;
}

}  // namespace

VerifySides::VerifySides(const std::string& source_url)
    : source_(source_url), interrupter_(source_), source_rows_(source_) {
    const auto facts = source_.exec(
        "SELECT pg_is_in_recovery(), current_setting('server_encoding'), current_setting('wal_block_size')");
    if (facts.flag(0, 0)) {
        throw Error(ErrorKind::source,
                    "the source is a standby, which does not say what its snapshots see: verify needs a pintail whose "
                    "--source is the primary");
    }
    encoding_ = encoding_of(facts.text(0, 1));
    block_bytes_ = static_cast<uint64_t>(facts.number(0, 2));
}

source::ServerSnapshot VerifySides::take_snapshot() {
    if (open_) source_.exec("ROLLBACK");
    open_ = true;
    source_.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const auto taken = source_.exec("SELECT pg_current_snapshot()::text, (pg_current_wal_insert_lsn() - '0/0')::text");
    const auto log_end = static_cast<uint64_t>(taken.number(0, 1));
    return source::parse_snapshot(taken.text(0, 0), Lsn{without_header(log_end, block_bytes_)});
}

void VerifySides::pin(duck::TargetReader reader) {
    reader.pin();
    target_rows_.reader.emplace(std::move(reader));
}

void VerifySides::interrupt() {
    interrupter_.interrupt();
    if (target_rows_.reader) target_rows_.reader->interrupt();
}

void VerifySides::SourceRows::read(const std::string& sql, const std::function<void(const verify::Cells&)>& on_row) {
    const auto result = connection.exec(sql);
    verify::Cells cells(static_cast<size_t>(result.columns()));
    for (int row = 0; row < result.rows(); ++row) {
        for (int column = 0; column < result.columns(); ++column)
            cells[static_cast<size_t>(column)] = result.value(row, column);
        on_row(cells);
    }
}

void VerifySides::TargetRows::read(const std::string& sql, const std::function<void(const verify::Cells&)>& on_row) {
    reader->read(sql, on_row);
}

StandingSides stand_together(const std::string& source_url, source::SourceRequests& requests,
                             const OpenReader& open_reader, const StepsAt& steps, const std::stop_token& stop) {
    struct Outcome {
        Lsn at;
        std::exception_ptr problem;  // of the pin
    };
    const auto outcome = std::make_shared<Outcome>();
    const auto sides = std::make_shared<VerifySides>(source_url);
    auto request = std::make_shared<source::MarkRequest>();
    request->take_snapshot = [sides] { return sides->take_snapshot(); };
    if (steps) request->steps = [sides, steps] { return steps(*sides); };
    request->reached = [sides, outcome, open_reader](Lsn at) {
        outcome->at = at;
        try {
            sides->pin(open_reader());
        } catch (...) {
            outcome->problem = std::current_exception();
        }
    };
    auto done = request->done.get_future();
    const std::weak_ptr<source::MarkRequest> posted = request;
    requests.post(std::move(request));
    const auto given_up = [&posted] {
        if (const auto waiting = posted.lock()) waiting->abandoned = true;
        throw Error(ErrorKind::source, "nobody waits for it any more");
    };
    await_source(done, stop, given_up, "meanwhile: try again");
    if (outcome->problem) std::rethrow_exception(outcome->problem);
    return {sides, outcome->at};
}

}  // namespace pintail::cli
