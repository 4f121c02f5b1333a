#include "cli/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/text_width.hpp"
#include "serve/result_lines.hpp"

namespace pintail::cli {
namespace {

using serve::Cell;
using serve::ResultColumn;
using serve::ResultEnd;

bool is_numeric(std::string_view type) {
    constexpr std::string_view kNumeric[] = {"TINYINT",   "SMALLINT", "INTEGER", "BIGINT",   "HUGEINT", "UTINYINT",
                                             "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT",   "DOUBLE"};
    if (type.ends_with("]")) return false;
    return type.starts_with("DECIMAL(") ||
           std::find(std::begin(kNumeric), std::end(kNumeric), type) != std::end(kNumeric);
}

class TableRenderer : public serve::ResultSink {
public:
    explicit TableRenderer(Output& output) : output_(output) {}

    void columns(const std::vector<ResultColumn>& columns) override {
        for (const ResultColumn& column : columns) {
            names_.push_back(printable(column.name));
            numeric_.push_back(is_numeric(column.type));
            widths_.push_back(display_width(names_.back()));
        }
    }

    bool row(std::span<const Cell> cells) override {
        std::vector<std::string> shown;
        for (const Cell& cell : cells) shown.push_back(show(cell));
        if (headed_) return output_.write(line(shown));
        for (size_t i = 0; i < shown.size(); ++i) widths_[i] = std::max(widths_[i], display_width(shown[i]));
        first_rows_.push_back(std::move(shown));
        return first_rows_.size() < kRowsForWidths || write_head();
    }

    void finish(const ResultEnd& end) override {
        write_head();
        output_.write(fmt::format("({} {}{})\n", end.rows, end.rows == 1 ? "row" : "rows",
                                  end.truncated ? ", there are more: --max-rows 0 shows all" : ""));
        output_.flush();
    }

private:
    static constexpr size_t kRowsForWidths = 1000;

    // The text NULL is quoted, so that NULL without quotes is always SQL's.
    static std::string show(const Cell& cell) {
        if (!cell) return "NULL";
        return *cell == "NULL" ? "'NULL'" : printable(*cell);
    }

    bool write_head() {
        if (std::exchange(headed_, true)) return true;
        std::string head = line(names_);
        std::string rule;
        for (size_t i = 0; i < widths_.size(); ++i) rule += (i > 0 ? "+" : "") + std::string(widths_[i] + 2, '-');
        bool open = output_.write(head + rule + "\n");
        for (const auto& cells : first_rows_) open = open && output_.write(line(cells));
        first_rows_.clear();
        return open;
    }

    std::string line(const std::vector<std::string>& cells) const {
        std::string text;
        for (size_t i = 0; i < cells.size(); ++i)
            text += fmt::format("{} {} ", i > 0 ? "|" : "", padded(cells[i], widths_[i], numeric_[i]));
        text.erase(text.find_last_not_of(' ') + 1);
        return text + "\n";
    }

    Output& output_;
    std::vector<std::string> names_;
    std::vector<bool> numeric_;
    std::vector<size_t> widths_;
    std::vector<std::vector<std::string>> first_rows_;
    bool headed_ = false;
};

// RFC 4180 with \n; NULL is an empty field, the empty text is "".
class CsvRenderer : public serve::ResultSink {
public:
    explicit CsvRenderer(Output& output) : output_(output) {}

    void columns(const std::vector<ResultColumn>& columns) override {
        std::vector<Cell> names;
        for (const ResultColumn& column : columns) names.emplace_back(column.name);
        row(names);
    }

    bool row(std::span<const Cell> cells) override {
        std::string line;
        for (size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) line += ',';
            if (cells[i]) append_field(line, *cells[i]);
        }
        return output_.write(line + "\n");
    }

    void finish(const ResultEnd&) override { output_.flush(); }

private:
    static void append_field(std::string& line, std::string_view text) {
        if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
            line += text;
            return;
        }
        line += '"';
        for (const char c : text) {
            if (c == '"') line += '"';
            line += c;
        }
        line += '"';
    }

    Output& output_;
};

// One object per row: in an array, or each on a line of its own.
class JsonRenderer : public serve::ResultSink {
public:
    JsonRenderer(Output& output, bool lines) : output_(output), lines_(lines) {}

    void columns(const std::vector<ResultColumn>& columns) override {
        columns_ = columns;
        for (const std::string& name : unique_names(columns)) {
            std::string& key = keys_.emplace_back();
            serve::append_json_string(key, name);
        }
        if (!lines_) output_.write("[");
    }

    bool row(std::span<const Cell> cells) override {
        std::string object = lines_ ? "{" : first_ ? "\n  {" : ",\n  {";
        first_ = false;
        for (size_t i = 0; i < cells.size(); ++i) {
            object += (i > 0 ? ", " : "") + keys_[i] + ": ";
            append_json_value(object, columns_[i].type, cells[i]);
        }
        return output_.write(object + (lines_ ? "}\n" : "}"));
    }

    void finish(const ResultEnd&) override {
        if (!lines_) output_.write(first_ ? "]\n" : "\n]\n");
        output_.flush();
    }

private:
    Output& output_;
    const bool lines_;
    std::vector<ResultColumn> columns_;
    std::vector<std::string> keys_;
    bool first_ = true;
};

}  // namespace

std::unique_ptr<serve::ResultSink> make_renderer(Format format, Output& output) {
    if (format == Format::csv) return std::make_unique<CsvRenderer>(output);
    if (format == Format::table) return std::make_unique<TableRenderer>(output);
    return std::make_unique<JsonRenderer>(output, format == Format::jsonl);
}

void append_json_value(std::string& out, std::string_view type, const Cell& cell) {
    if (!cell) {
        out += "null";
        return;
    }
    // "inf" and "nan" are no JSON numbers, and a document may be stored as a source wrote it: those stay strings.
    const bool literal = is_numeric(type) || type == "BOOLEAN" || type == "JSON";
    if (literal && nlohmann::json::accept(*cell)) out += *cell;
    else serve::append_json_string(out, *cell);
}

std::vector<std::string> unique_names(const std::vector<ResultColumn>& columns) {
    std::set<std::string> taken;
    std::vector<std::string> names;
    for (const ResultColumn& column : columns) {
        std::string name = column.name;
        for (int suffix = 2; !taken.insert(name).second; ++suffix) name = fmt::format("{}_{}", column.name, suffix);
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace pintail::cli
