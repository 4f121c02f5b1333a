#include "duck/mirror_writer.hpp"

namespace pintail::duck {

void MirrorWriter::write(const RowBatch& rows, ApplyResult& result) {
    const WriteJob job = job_for(place_, inserter_, rows, result);
    if (rows.schema->has_key()) write_keyed(job, keys_);
    else write_multiset(job);
}

void MirrorWriter::truncate(const RowOrigin&, ApplyResult& result) {
    result.rows_removed += place_.connection.run("DELETE FROM " + place_.relation.sql());
}

}  // namespace pintail::duck
