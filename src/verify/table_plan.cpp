#include "verify/table_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace pintail::verify {
namespace {

// Postgres takes 100 arguments.
constexpr size_t kMostArguments = 90;

std::string concatenated(const std::vector<std::string>& texts) {
    if (texts.size() <= kMostArguments) return fmt::format("concat_ws(',', {})", fmt::join(texts, ", "));
    std::vector<std::string> groups;
    for (size_t at = 0; at < texts.size(); at += kMostArguments) {
        const size_t end = std::min(at + kMostArguments, texts.size());
        groups.push_back(concatenated(
            {texts.begin() + static_cast<std::ptrdiff_t>(at), texts.begin() + static_cast<std::ptrdiff_t>(end)}));
    }
    return concatenated(groups);
}

std::string from(const std::string& relation, const std::string& filter) {
    return relation + (filter.empty() ? "" : fmt::format(" WHERE ({})", filter));
}

template <typename Columns, typename Of>
auto find(const Columns& columns, const std::string& name, Of name_of) {
    return std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return name_of(column) == name; });
}

}  // namespace

std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + "\"";
}

TablePlan::TablePlan(const SourceSide& source, const TargetSide& target)
    : source_from_(from(source.relation, source.filter)),
      target_from_(from(target.relation, target.filter)),
      encoding_(source.encoding) {
    for (const SourceColumn& column : source.table.columns) {
        if (column.is_generated) continue;  // never in the stream
        if (!source.published.empty() &&
            std::find(source.published.begin(), source.published.end(), column.name) == source.published.end())
            continue;
        const auto there = find(target.columns, column.name, [](const TargetColumn& c) { return c.source_name; });
        if (there == target.columns.end()) left_out_.push_back({column.name, "the target does not have it yet"});
        else add(column, *there, source.encoding);
    }
    if (names_.empty())
        throw Error(ErrorKind::schema,
                    fmt::format("table {}: no column can be compared", to_string(source.table.name)));
    take_key(source.table.key);
}

// A key of which a column cannot be compared tells no rows apart.
void TablePlan::take_key(const std::vector<std::string>& key) {
    for (const std::string& name : key) {
        const auto column = std::find(names_.begin(), names_.end(), name);
        if (column == names_.end()) return key_columns_.clear();
        key_columns_.push_back(static_cast<size_t>(column - names_.begin()));
    }
    key_ = key;
}

void TablePlan::add(const SourceColumn& column, const TargetColumn& target, SourceEncoding encoding) {
    const std::string source_sql = "s." + quoted(column.name);
    const std::string target_sql = "t." + quoted(target.name);
    const std::string exact_sql = target.exact.empty() ? "" : "t." + quoted(target.exact);
    const auto pair = canonical({column.type, source_sql, target.type, target_sql, exact_sql}, encoding);
    if (!pair) {
        left_out_.push_back(
            {column.name, fmt::format("{} and {} have no form in common", column.type.formatted, target.type)});
        return;
    }
    names_.push_back(column.name);
    source_forms_.push_back(pair->source);
    target_forms_.push_back(pair->target);
    source_texts_.push_back(shown_text(column.type, source_sql, encoding));
    const std::string text = target_text(column.type, target.type, target_sql);
    target_texts_.push_back(exact_sql.empty() ? text : fmt::format("coalesce({}, {})", exact_sql, text));
}

// OFFSET 0 keeps Postgres from computing the hash wherever it is named.
TablePlan::Statement TablePlan::selected(const std::string& more_source, const std::string& more_target) const {
    const std::string row = concatenated(source_forms_);
    return {fmt::format("(SELECT ('x0' || left(md5({}), 15))::bit(64)::int8 AS h{} FROM {} OFFSET 0) AS r",
                        encoding_ != SourceEncoding::other ? row : fmt::format("convert_to({}, 'UTF8')", row),
                        more_source, source_from_),
            fmt::format("(SELECT ('0x' || left(md5({}), 15))::UBIGINT AS h{} FROM {}) AS r",
                        concatenated(target_forms_), more_target, target_from_)};
}

TablePlan::Statement TablePlan::chunk_sums(uint64_t chunks) const {
    const Statement rows = selected("", "");
    return {fmt::format("SELECT h & {}, count(*), sum(h) FROM {} GROUP BY 1", chunks - 1, rows.source),
            fmt::format("SELECT (h & {})::VARCHAR, count(*)::VARCHAR, sum(h)::VARCHAR FROM {} GROUP BY 1", chunks - 1,
                        rows.target)};
}

TablePlan::Statement TablePlan::rows_of(const std::vector<uint64_t>& some, uint64_t chunks) const {
    std::string more_source = ", NULL AS k", more_target = ", NULL::VARCHAR AS k", texts;
    std::vector<std::string> source_key, target_key;
    for (const size_t column : key_columns_) {
        source_key.push_back(source_forms_[column]);
        target_key.push_back(target_forms_[column]);
    }
    if (!key_columns_.empty()) {
        more_source = fmt::format(", {} AS k", concatenated(source_key));
        more_target = fmt::format(", {} AS k", concatenated(target_key));
    }
    for (const size_t column : key_columns_) {
        more_source += fmt::format(", {} AS k{}", source_texts_[column], column);
        more_target += fmt::format(", {} AS k{}", target_texts_[column], column);
        texts += fmt::format(", k{}", column);
    }
    const Statement rows = selected(more_source, more_target);
    return {fmt::format("SELECT h, k{} FROM {} WHERE h & {} = ANY ('{{{}}}')", texts, rows.source, chunks - 1,
                        fmt::join(some, ",")),
            fmt::format("SELECT h::VARCHAR, k{} FROM {} WHERE h & {} IN ({})", texts, rows.target, chunks - 1,
                        fmt::join(some, ","))};
}

TablePlan::Statement TablePlan::cells_of(const std::vector<uint64_t>& hashes) const {
    std::string more_source, more_target, cells;
    for (size_t column = 0; column < names_.size(); ++column) {
        more_source +=
            fmt::format(", {} AS c{}, {} AS v{}", source_forms_[column], column, source_texts_[column], column);
        more_target +=
            fmt::format(", {} AS c{}, {} AS v{}", target_forms_[column], column, target_texts_[column], column);
        cells += fmt::format(", c{0}, v{0}", column);
    }
    const Statement rows = selected(more_source, more_target);
    return {fmt::format("SELECT h{} FROM {} WHERE h = ANY ('{{{}}}')", cells, rows.source, fmt::join(hashes, ",")),
            fmt::format("SELECT h::VARCHAR{} FROM {} WHERE h IN ({})", cells, rows.target, fmt::join(hashes, ","))};
}

}  // namespace pintail::verify
