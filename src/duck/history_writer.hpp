// Mode history: every change of every row is a row of the target, a version, with the time in which it was valid
// (docs/modes.md, docs/decisions/0007).
//
// Versions are only added; of those that are there, just the end of the open one changes. Nothing is compacted away.
#pragma once

#include <optional>
#include <vector>

#include "duck/multiset.hpp"
#include "duck/row_finder.hpp"
#include "duck/row_writer.hpp"
#include "duck/table_writer.hpp"
#include "duck/unchanged_cells.hpp"
#include "duck/version_chain.hpp"

namespace pintail::duck {

class HistoryWriter : public TableWriter {
public:
    explicit HistoryWriter(const WriterPlace& place);

    void write(const RowBatch& rows, ApplyResult& result) override;
    void truncate(const RowOrigin& origin, ApplyResult& result) override;

private:
    void write_copied(const WriteJob& job);
    void write_keyed(const WriteJob& job);
    void write_multiset(const WriteJob& job);
    void pass_over_repeated(const WriteJob& job, const std::vector<int64_t>& open_rows,
                            std::vector<uint32_t>& first_versions, std::vector<uint32_t>& versions,
                            Predecessors& before) const;
    // `versions`: rows of the batch; `open_rows`: by number of the key, where its open version stands, or kNoRowId.
    void append(const WriteJob& job, const VersionChain& chain, const std::vector<uint32_t>& versions,
                const std::vector<int64_t>& open_rows);
    void append_merged(const WriteJob& job, const VersionChain& chain, const std::vector<uint32_t>& versions,
                       const std::vector<int64_t>& open_rows);
    std::string closing() const;
    int64_t take_sequence(size_t count);

    WriterPlace place_;
    RowInserter inserter_;
    RowFinder finder_;
    std::optional<int64_t> next_sequence_;
};

}  // namespace pintail::duck
