// Source and target as `pintail verify` reads them: both pinned at one place of the stream of commits.
//
// Made by one thread; while the place is looked for, the pipeline's threads use it in turn (source::MarkRequest). Holds
// a transaction on both sides, which keeps old row versions alive there: do not keep it longer than is needed.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/control_service.hpp"
#include "core/batch.hpp"
#include "duck/target_reader.hpp"
#include "postgres/connection.hpp"
#include "source/source_requests.hpp"
#include "verify/canonical.hpp"
#include "verify/snapshot.hpp"

namespace pintail::cli {

class VerifySides {
public:
    explicit VerifySides(const std::string& source_url);

    // A new snapshot of the source; its transaction is open from here on.
    source::ServerSnapshot take_snapshot();
    // The target as it is now.
    void pin(duck::TargetReader reader);

    postgres::Connection& source() { return source_; }
    verify::Snapshot& source_snapshot() { return source_rows_; }
    verify::Snapshot& target_snapshot() { return target_rows_; }
    verify::SourceEncoding encoding() const { return encoding_; }
    // Ends what runs on either side. Any thread.
    void interrupt();

private:
    struct SourceRows : verify::Snapshot {
        explicit SourceRows(postgres::Connection& of) : connection(of) {}
        void read(const std::string& sql, const std::function<void(const verify::Cells&)>& on_row) override;
        postgres::Connection& connection;
    };
    struct TargetRows : verify::Snapshot {
        void read(const std::string& sql, const std::function<void(const verify::Cells&)>& on_row) override;
        std::optional<duck::TargetReader> reader;
    };

    postgres::Connection source_;
    postgres::Interrupter interrupter_;
    SourceRows source_rows_;
    TargetRows target_rows_;
    verify::SourceEncoding encoding_ = verify::SourceEncoding::utf8;
    bool open_ = false;
    uint64_t block_bytes_ = 0;  // of the source's log
};

// What else happens there: steps that the target is given as of the source's snapshot.
using StepsAt = std::function<std::vector<Step>(VerifySides&)>;

// Has the running pipeline stop for a moment where the target holds what a snapshot of the source sees. Waits until
// that is so. `at`: the last commit that both sides hold.
struct StandingSides {
    std::shared_ptr<VerifySides> sides;
    Lsn at;
};
StandingSides stand_together(const std::string& source_url, source::SourceRequests& requests,
                             const OpenReader& open_reader, const StepsAt& steps, const std::stop_token& stop);

}  // namespace pintail::cli
