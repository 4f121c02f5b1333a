// Messages of pgoutput → batches that end at commits of the source (docs/direct.md).
//
// Knows no connection: PostgresSource feeds it messages and answers its questions about the catalog. Single-threaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/batch.hpp"
#include "core/source_table.hpp"
#include "source/catalog_change.hpp"
#include "source/catalog_entry.hpp"
#include "wire/pg_layout.hpp"
#include "wire/pgoutput.hpp"
#include "wire/pgoutput_rows.hpp"

namespace pintail::source {

// A column whose new type does not hold all that its old one does.
struct TypeChangeRule {
    enum class Answer {
        copy,       // the table is copied again
        keep_old,   // likewise, and the target keeps the old column; where that cannot be, as `quarantine`
        quarantine  // the table is not followed any more
    };
    Answer answer = Answer::copy;
    // Whether every value of the first type is one of the second, with the same text. Empty: never.
    std::function<bool(const ColumnType&, const ColumnType&)> widens;
    // Whether a column of the table that holds a wider type than the source's keeps it whatever is copied, since the
    // target has more than the source's rows. Empty: never.
    std::function<bool(const TableName&)> keeps_wider;
};

// What the stream does not say, asked when a table is announced. The catalog answers as of now, which the stream
// reaches later.
struct CatalogAnswers {
    // Returns once the answers are those of behind this transaction, or when that takes too long. Empty: they are.
    std::function<void(uint32_t xid)> wait_for;
    std::function<SourceType(uint32_t oid, int32_t modifier)> type;
    std::function<bool(const TableName&)> wanted;
    // nullptr: not there any more, or not published.
    std::function<std::shared_ptr<const CatalogEntry>(uint32_t relation_id)> entry;
    // Not the catalog's: what the user wants of values that the columns' types cannot hold.
    ColumnPolicies policies;
    TypeChangeRule type_changes;  // likewise; not of hidden copies
};

// A table as the target has it.
struct KnownTable {
    std::shared_ptr<const TableSchema> schema;
    // The source's catalog that this is in line with; nullptr: from before pintail kept it.
    std::shared_ptr<const CatalogEntry> entry;
};

class PostgresAssembler {
public:
    explicit PostgresAssembler(CatalogAnswers catalog) : catalog_(std::move(catalog)) {}

    // Which tables count, and from which commit on (the LSN where its COMMIT record begins): a table's copy holds all
    // that was committed before. `hidden`: the changes are for a copy that is not shown yet. Not while the batch has
    // rows of it. Behind know(): it may have been announced under another name.
    void follow(const TableName& table, Lsn from, bool hidden = false);
    void unfollow(const TableName& table);
    // What the target has: a change from it is derived, or asks for a copy.
    void know(KnownTable table);

    // Between transactions: the table is as `now` says, and the stream has come to where that was read. Its shape
    // changes without rows, or it is to be copied again.
    void reconcile(const TableName& table, std::shared_ptr<const CatalogEntry> now);
    // Likewise: it is called otherwise now. Nothing else may be known under the new name.
    void rename(const TableName& from, const TableName& to);
    // The same, of what was known before: it is to be copied again.
    void distrust(const TableName& table, const std::string& why);

    enum class Taken {
        yes,
        close_first,  // a table changes its shape and the batch has rows of it, all committed: take() and add again
        rewind        // the same, but rows of other tables from the unfinished transaction are in the batch:
                      // take_committed(), then start the stream again from committed(), with a new assembler
    };
    Taken add(std::string_view message, bool in_stream = false);

    // Instead of a message, for transactions that come by a spool.
    void begin(Lsn commit_lsn, int64_t commit_time_us, uint32_t xid);
    void commit(Lsn end_lsn);

    // Tables whose new shape cannot be derived from the old one (a renamed column, another type): they are not
    // followed any more until they have been copied again and follow() is called; the batch says so to the target
    // (SnapshotDue). Given once.
    std::vector<TableName> take_unproven() { return take_settled(unproven_, unproven_before_); }

    // Tables that are not followed any more because of a column's new type; the batch says so to the target
    // (TableQuarantine). Given once.
    std::vector<TableName> take_left() { return take_settled(left_, left_before_); }

    // Tables that have another name now. Given once, in the order in which it happened.
    std::vector<TableRename> take_renamed() { return take_settled(renamed_, renamed_before_); }

    bool has_unproven() const { return !unproven_.empty(); }

    bool in_transaction() const { return in_transaction_; }
    bool empty() const { return batch_.steps.empty() && !ended_; }  // nothing that the target has to be given
    // Rows and bytes of the transaction that runs; an end of a transaction of which parts were taken already.
    size_t transaction_rows() const { return batch_.rows - rows_before_; }
    size_t transaction_bytes() const { return pending_bytes_ - bytes_before_; }
    bool ends_parts() const { return ended_; }
    bool continues() const { return continued_; }  // parts of the transaction were taken, more is to come
    const std::map<TableName, KnownTable>& known() const { return known_; }
    const Batch& pending() const { return batch_; }
    size_t pending_bytes() const { return pending_bytes_; }  // as received: a measure of the batch's memory
    Lsn committed() const { return committed_; }             // end of the last commit, or where the stream started
    int64_t commit_time_us() const { return commit_time_us_; }
    // Of the transaction that is being read, or of the last one.
    int64_t read_time_us() const { return in_transaction_ ? transaction_time_us_ : commit_time_us_; }
    void start_at(Lsn lsn) { committed_ = lsn; }

    Batch take();            // what there is; inside a transaction: the first part of it (transaction_continues)
    Batch take_committed();  // without the unfinished transaction's rows

private:
    static constexpr Lsn kNever{~uint64_t{0}};  // no commit lies behind it
    struct Followed {
        Lsn from = kNever;
        bool hidden = false;
    };
    struct Table {
        wire::PgRelation relation;  // its last announcement, but with the name that it is followed by
        wire::PgLayout layout;
        Followed followed;
        Lsn weighed;            // the commit of that announcement
        size_t step = kNoStep;  // its RowBatch in the batch
        uint64_t marked = 0;    // the last transaction that changed it; `rows_before` is from its start
        size_t step_before = kNoStep;
        size_t rows_before = 0;
    };
    static constexpr size_t kNoStep = ~size_t{0};

    // What the unfinished transaction has brought may still be taken back by a rewind.
    template <typename Note>
    std::vector<Note> take_settled(std::vector<Note>& notes, size_t& before) const {
        if (!in_transaction_) return std::exchange(notes, {});
        const auto end = notes.begin() + static_cast<std::ptrdiff_t>(std::exchange(before, 0));
        std::vector<Note> settled(notes.begin(), end);
        notes.erase(notes.begin(), end);
        return settled;
    }

    Taken change(const wire::PgMessage& message);
    Taken announce(const wire::PgMessage& message);
    void truncate(const wire::PgMessage& message);
    Table& table(uint32_t relation_id);
    bool counts(const Table& of) const { return commit_lsn_ >= of.followed.from; }
    bool counts(const TableName& name) const;
    RowBatch& rows_of(Table& table);
    void mark(Table& table);
    wire::PgLayout layout_of(const wire::PgRelation& relation, const CatalogEntry* entry) const;
    wire::PgLayout announced_layout(const wire::PgRelation& relation) const;
    Taken close_before(uint32_t relation_id) const;
    Taken follow_name(const wire::PgRelation& relation);
    uint32_t known_oid(const TableName& name) const;     // 0: not known
    const TableName* followed_name(uint32_t oid) const;  // nullptr: none has the oid
    const TableName* followed_name(const wire::PgRelation& relation) const;
    Table* announced(const TableName& name);  // nullptr: it was not yet
    bool is_as_known(const wire::PgRelation& relation) const;
    bool is_repeated(const wire::PgRelation& relation) const;
    bool is_weighed(const Table& of) const;
    static void call(Table& of, const TableName& name, wire::PgLayout layout);
    void rename_announced(uint32_t oid, const TableName& to);
    bool is_followed(const TableName& name) const;
    void follow_change(const wire::PgRelation& relation, wire::PgLayout& layout);
    const ColumnSchema* retyped_column(const KnownTable& known, const TableSchema& wanted,
                                       const CatalogEntry* now) const;
    void distrust_or_leave(const TableName& name, const std::string& why, const TableSchema& wanted,
                           const CatalogEntry* now);
    void derive(const TableName& name, const CatalogChange& change, std::shared_ptr<const CatalogEntry> now,
                wire::PgLayout& layout);
    void push(Step step);
    void remember(const TableName& name, KnownTable table);
    void roll_back();
    void reset();

    CatalogAnswers catalog_;
    std::map<TableName, Followed> followed_;
    std::map<TableName, KnownTable> known_;
    std::vector<TableName> unproven_;
    std::vector<TableName> left_;
    std::vector<TableRename> renamed_;
    std::unordered_map<uint32_t, Table> tables_;
    uint32_t last_relation_ = 0;
    Table* last_table_ = nullptr;  // changes come in runs of one table
    wire::PgMessage message_;
    wire::PgRowDecoder decoder_;

    Batch batch_;
    size_t pending_bytes_ = 0;
    bool ended_ = false;
    bool continued_ = false;  // an earlier part of this transaction was taken
    bool in_transaction_ = false;
    bool has_changes_ = false;  // of the transaction, in the batch
    uint64_t transaction_ = 0;  // counts them
    size_t steps_before_ = 0;
    size_t rows_before_ = 0;
    size_t bytes_before_ = 0;
    size_t unproven_before_ = 0;
    size_t left_before_ = 0;
    size_t renamed_before_ = 0;
    std::optional<std::map<TableName, Followed>> followed_before_;  // nullopt: the transaction has renamed no table
    std::map<TableName, std::optional<KnownTable>>
        known_before_;  // where the transaction has changed it; nullopt: none
    Lsn commit_lsn_;
    int64_t commit_time_us_ = 0;
    int64_t transaction_time_us_ = 0;
    uint32_t xid_ = 0;
    Lsn committed_;
};

}  // namespace pintail::source
