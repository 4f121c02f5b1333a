// Mode soft-delete: rows that the source has deleted stay and are marked; an insert under the key revives them.
//
// What stands in the target does not depend on where batches end: the last image of a row is kept even if it came and
// went within one.
#pragma once

#include <vector>

#include "duck/compaction.hpp"
#include "duck/row_finder.hpp"
#include "duck/row_writer.hpp"
#include "duck/table_writer.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {

class SoftDeleteWriter : public TableWriter {
public:
    explicit SoftDeleteWriter(const WriterPlace& place);

    void write(const RowBatch& rows, ApplyResult& result) override;
    void truncate(const RowOrigin& origin, ApplyResult& result) override;

private:
    // A row as it is to stand: its cells are those of `row`; deleted at `deleted_at_us`, or not (kNotDeleted).
    struct Image {
        uint32_t row = 0;
        int64_t deleted_at_us = 0;
        int64_t replaces = 0;  // row number in the target, or kNoRowId
    };
    struct Standing {
        int64_t rowid = 0;
        bool deleted = false;
    };

    void write_copied(const WriteJob& job);
    void write_keyed(const WriteJob& job);
    void write_multiset(const WriteJob& job);
    std::vector<Standing> standing(const RowBatch& rows, const KeyRows& keys);
    void write_images(const WriteJob& job, const std::vector<Image>& images);
    void write_merged(const WriteJob& job, const std::vector<Image>& images, const std::vector<Standing>& before);
    std::string marking() const;

    WriterPlace place_;
    RowInserter inserter_;
    RowFinder finder_;
};

}  // namespace pintail::duck
