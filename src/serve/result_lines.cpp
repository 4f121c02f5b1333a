#include "serve/result_lines.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace pintail::serve {
namespace {

using nlohmann::json;

ErrorKind kind_named(const std::string& name) {
    using enum ErrorKind;
    for (const ErrorKind kind : {usage, config, source, destination, data, schema}) {
        if (name == to_string(kind)) return kind;
    }
    return internal;
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

std::vector<ResultColumn> columns_of(const json& list) {
    std::vector<ResultColumn> columns;
    for (const json& column : list) columns.push_back({column.at("name"), column.at("type")});
    return columns;
}

bool replay_row(const json& row, ResultSink& sink) {
    std::vector<Cell> cells;
    cells.reserve(row.size());
    for (const json& cell : row) {
        if (cell.is_null()) cells.emplace_back();
        else cells.emplace_back(cell.get_ref<const std::string&>());
    }
    return sink.row(cells);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    size_t plain = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        append_escaped(out, c);
        plain = i + 1;
    }
    out.append(text, plain);
    out += '"';
}

std::string columns_line(const std::vector<ResultColumn>& columns) {
    json list = json::array();
    for (const ResultColumn& column : columns) list.push_back({{"name", column.name}, {"type", column.type}});
    return json{{"columns", std::move(list)}}.dump() + "\n";
}

void append_row_line(std::string& out, std::span<const Cell> cells) {
    out += '[';
    for (size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += ',';
        if (cells[i]) append_json_string(out, *cells[i]);
        else out += "null";
    }
    out += "]\n";
}

std::string end_line(const ResultEnd& end) {
    return json{{"end", {{"rows", end.rows}, {"truncated", end.truncated}}}}.dump() + "\n";
}

std::string error_line(const Error& error) {
    const json line{
        {"error", {{"kind", to_string(error.kind())}, {"message", error.what()}, {"transient", error.transient()}}}};
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool ResultReader::take(std::string_view bytes) {
    while (!complete_) {
        const size_t newline = bytes.find('\n');
        if (newline == std::string_view::npos) {
            partial_ += bytes;
            return true;
        }
        partial_ += bytes.substr(0, newline);
        bytes.remove_prefix(newline + 1);
        const bool more = take_line(partial_);
        partial_.clear();
        if (!more) return false;
    }
    return true;
}

bool ResultReader::take_line(std::string_view line) {
    if (line.empty()) return true;
    const json value = json::parse(line);
    if (value.is_array()) {
        if (replay_row(value, sink_)) return true;
        complete_ = true;
        return false;
    }
    if (const auto found = value.find("columns"); found != value.end()) {
        sink_.columns(columns_of(*found));
        return true;
    }
    complete_ = true;
    if (const auto found = value.find("error"); found != value.end())
        throw Error(kind_named(found->at("kind")), found->at("message"), found->at("transient"));
    const json& end = value.at("end");
    sink_.finish({end.at("rows"), end.at("truncated")});
    return true;
}

}  // namespace pintail::serve
