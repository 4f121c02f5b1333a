#include "replay.hpp"

#include <algorithm>
#include <stdexcept>

#include "cell_text.hpp"

namespace pintail::wire {
namespace {

TextRow text_row(const RowBatch& batch, size_t row) {
    TextRow texts;
    for (size_t i = 0; i < batch.columns.size(); ++i) {
        const ColumnSchema& column = batch.schema->columns[i];
        texts[column.name] = cell_text(batch.columns[i], column.type, row);
    }
    return texts;
}

bool same_key(const TableSchema& schema, const TextRow& a, const TextRow& b) {
    return std::all_of(schema.key.begin(), schema.key.end(), [&](uint32_t column) {
        const std::string& name = schema.columns[column].name;
        return a.at(name) == b.at(name);
    });
}

void remove_row(ReplayedTable& table, const TableSchema& schema, const TextRow& gone) {
    const auto found = std::find_if(table.rows.begin(), table.rows.end(), [&](const TextRow& row) {
        return schema.has_key() ? same_key(schema, row, gone) : row == gone;
    });
    if (found == table.rows.end()) throw std::runtime_error("a remove found nothing");
    table.rows.erase(found);
}

// An update's unchanged cells keep what is there.
void upsert(ReplayedTable& table, const TableSchema& schema, TextRow row) {
    for (TextRow& there : table.rows) {
        if (!schema.has_key() || !same_key(schema, there, row)) continue;
        for (auto& [name, text] : row) {
            if (text != "<unchanged>") there[name] = text;
        }
        return;
    }
    table.rows.push_back(std::move(row));
}

// ADD COLUMN with its default, DROP COLUMN.
void reshape(ReplayedTable& table, const std::shared_ptr<const TableSchema>& schema) {
    for (TextRow& row : table.rows) {
        TextRow reshaped;
        for (const ColumnSchema& column : schema->columns) {
            const auto found = row.find(column.name);
            if (found != row.end()) reshaped[column.name] = found->second;
            else
                reshaped[column.name] =
                    column.default_cell ? cell_text(*column.default_cell, column.type, 0) : std::nullopt;
        }
        row = std::move(reshaped);
    }
    table.schema = schema;
}

}  // namespace

const TextRow* ReplayedTable::find(const std::string& column, const std::string& text) const {
    for (const TextRow& row : rows) {
        if (row.at(column) == text) return &row;
    }
    return nullptr;
}

DebeziumDecoder& Replay::decoder(const std::string& topic) {
    return decoders_.try_emplace(topic, options_).first->second;
}

Event Replay::apply(const GoldenMessage& message) {
    DebeziumDecoder& of_topic = decoder(message.topic);
    std::unique_ptr<RowBatch>& batch = batches_[message.topic];
    Event event;
    while (of_topic.decode(message.view(), batch.get(), after_key_change_, event) ==
           DebeziumDecoder::Outcome::shape_changed) {
        batch = std::make_unique<RowBatch>(of_topic.schema());
        reshape(tables_[of_topic.schema()->name.table], of_topic.schema());
        ++shapes;
    }
    if (event.kind == EventKind::row) {
        after_key_change_ = event.op == Op::remove && event.key_change;
        apply_rows(*batch);
    }
    if (event.kind == EventKind::truncate) tables_[of_topic.table()->table].rows.clear();
    others += event.kind == EventKind::other;
    tombstones += event.kind == EventKind::tombstone;
    truncates += event.kind == EventKind::truncate;
    if (batch) batch->truncate(0);
    return event;
}

void Replay::apply_all(const std::vector<GoldenMessage>& messages) {
    for (const GoldenMessage& message : messages) apply(message);
}

void Replay::apply_rows(const RowBatch& batch) {
    ReplayedTable& table = tables_[batch.schema->name.table];
    for (size_t row = 0; row < batch.rows(); ++row) {
        if (batch.ops[row] == Op::remove) remove_row(table, *batch.schema, text_row(batch, row));
        else upsert(table, *batch.schema, text_row(batch, row));
    }
}

const ReplayedTable& Replay::table(const std::string& name) const {
    return tables_.at(name);
}

}  // namespace pintail::wire
