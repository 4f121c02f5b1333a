#include <fmt/format.h>

#include "duck/copy_merge.hpp"
#include "duck/copy_pairs.hpp"
#include "duck/history_cells.hpp"
#include "duck/mode_columns.hpp"
#include "duck/row_slices.hpp"

namespace pintail::duck {
namespace {

class HistoryMerge {
public:
    HistoryMerge(const Connection& connection, const TargetTable& table)
        : connection_(connection), table_(table), columns_(common_columns(table)) {}

    void run() {
        next_sequence_ = 1 + number("SELECT coalesce(max(" + in_table(ModeColumn::sequence) + "), 0)::VARCHAR FROM " +
                                    table_.visible.sql() + " AS v");
        pair_rows(connection_, table_, {is_open(), fmt::format("{} = '{}'", in_copy(ModeColumn::op), kSnapshotOp)});
        end_vanished();
        end_changed();
        end_same();
        add_copied();
    }

private:
    std::string in_table(ModeColumn role) const { return "v." + name_of(table_.visible, role); }
    std::string in_copy(ModeColumn role) const { return "s." + name_of(*table_.shadow, role); }
    std::string is_open() const { return in_table(ModeColumn::valid_to) + " IS NULL"; }
    int64_t number(const std::string& sql) const { return std::stoll(connection_.texts(sql).at(0).at(0).value()); }

    std::string names(const std::initializer_list<ModeColumn>& roles) const {
        std::string list;
        for (const ModeColumn role : roles) list += (list.empty() ? "" : ", ") + name_of(table_.visible, role);
        return list;
    }

    // Rows that the source has deleted meanwhile: when, nobody knows better than the copy.
    void end_vanished() {
        connection_.run(
            fmt::format("CREATE OR REPLACE TEMP TABLE pintail_vanished AS SELECT v.rowid AS v, row_number() OVER "
                        "(ORDER BY v.rowid) - 1 AS n FROM {} AS v WHERE {} AND v.rowid NOT IN (SELECT v FROM {})",
                        table_.visible.sql(), is_open(), kPairs));
        const int64_t end = number("SELECT count(*)::VARCHAR FROM temp.main.pintail_vanished");
        for (int64_t first = 0; first < end; first += kSliceRows) add_deletes(first);
        close("temp.main.pintail_vanished", taken_at(table_));
        next_sequence_ += end;
    }

    void add_deletes(int64_t first) const {
        const std::string at = fmt::format("greatest({}, {})", in_table(ModeColumn::valid_from), taken_at(table_));
        std::string into, from;
        for (const CommonColumn& column : columns_) {
            if (!table_.key.empty() && !column.is_key) continue;
            into += ", " + column.name;
            from += ", " + column.in_table;
        }
        connection_.run(
            fmt::format("INSERT INTO {} ({}{}) SELECT '{}', {}, {}, {} + p.n, {}, {}{} FROM {} AS v JOIN "
                        "temp.main.pintail_vanished AS p ON v.rowid = p.v "
                        "WHERE p.n >= {} AND p.n < {}",
                        table_.visible.sql(),
                        names({ModeColumn::op, ModeColumn::commit_time, ModeColumn::lsn, ModeColumn::sequence,
                               ModeColumn::valid_from, ModeColumn::valid_to}),
                        into, kDeleteOp, taken_at(table_), table_.snapshot_lsn.value_or(0), next_sequence_, at, at,
                        from, table_.visible.sql(), first, first + kSliceRows));
    }

    // `pairs`: (v, …); `at`: SQL of the time over them.
    void close(const std::string& pairs, const std::string& at) const {
        connection_.run(fmt::format("UPDATE {0} AS v SET {1} = greatest({2}, {3}) FROM {4} AS p WHERE v.rowid = p.v",
                                    table_.visible.sql(), name_of(table_.visible, ModeColumn::valid_to),
                                    in_table(ModeColumn::valid_from), at, pairs));
    }

    void end_changed() const {
        close(fmt::format("(SELECT q.v, {} AS began FROM {} AS q JOIN {} AS s ON s.rowid = q.s WHERE NOT q.same)",
                          in_copy(ModeColumn::valid_from), kPairs, table_.shadow->sql()),
              "p.began");
    }

    // What has not changed goes on, up to where the copy's own row went since.
    void end_same() const {
        close(fmt::format("(SELECT q.v, {0} AS ended FROM {1} AS q JOIN {2} AS s ON s.rowid = q.s WHERE q.same AND {0} "
                          "IS NOT NULL)",
                          in_copy(ModeColumn::valid_to), kPairs, table_.shadow->sql()),
              "p.ended");
    }

    void add_copied() const {
        std::string into, from;
        for (const CommonColumn& column : columns_) {
            into += ", " + column.name;
            from += ", " + column.in_copy;
        }
        for (const int64_t first : row_slices(connection_, table_.shadow->sql())) {
            connection_.run(fmt::format(
                "INSERT INTO {} ({}{}) SELECT {}, {}, {}, {} + {}, greatest({}, q.began), CASE WHEN {} IS NOT NULL "
                "THEN greatest({}, q.began) END{} FROM {} AS s LEFT JOIN "
                "(SELECT p.s, p.same, {} AS began FROM {} AS p JOIN {} AS v ON v.rowid = p.v) AS q ON q.s = s.rowid "
                "WHERE {} AND q.same IS DISTINCT FROM true",
                table_.visible.sql(),
                names({ModeColumn::op, ModeColumn::commit_time, ModeColumn::lsn, ModeColumn::sequence,
                       ModeColumn::valid_from, ModeColumn::valid_to}),
                into, in_copy(ModeColumn::op), in_copy(ModeColumn::commit_time), in_copy(ModeColumn::lsn),
                next_sequence_, in_copy(ModeColumn::sequence), in_copy(ModeColumn::valid_from),
                in_copy(ModeColumn::valid_to), in_copy(ModeColumn::valid_to), from, table_.shadow->sql(),
                in_table(ModeColumn::valid_from), kPairs, table_.visible.sql(), in_slice("s", first)));
        }
    }

    const Connection& connection_;
    const TargetTable& table_;
    std::vector<CommonColumn> columns_;
    int64_t next_sequence_ = 1;
};

}  // namespace

void merge_history(const Connection& connection, const TargetTable& table) {
    HistoryMerge(connection, table).run();
}

}  // namespace pintail::duck
