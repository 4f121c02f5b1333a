// Reads one setting's text as its kind. Pure; nullopt for anything that does not fit.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace pintail::config {

std::optional<size_t> parse_count(std::string_view text);  // 1 or more
std::optional<int> parse_port(std::string_view text);      // 1..65535
std::optional<size_t> parse_bytes(std::string_view text);  // k, M, G, T with B (1000) or iB (1024); 1 or more
// Of DuckDB, whose smallest targets cannot be opened with some hundred KiB, nor loaded with a few MiB.
inline constexpr size_t kLeastMemory = size_t{16} << 20;
std::optional<size_t> parse_memory(std::string_view text);  // as parse_bytes(), kLeastMemory or more
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);  // ms, s, m, h
std::optional<bool> parse_boolean(std::string_view text);
std::optional<WalBudget> parse_wal_budget(std::string_view text);  // bytes, :warn (default), :stop or :drop-slot
std::optional<std::vector<ColumnRule>> parse_column_rules(
    const std::vector<std::string>& items);  // "public.t.price=varchar"
std::optional<std::vector<TableModeRule>> parse_table_mode_rules(
    const std::vector<std::string>& items);  // "public.orders=history"
std::optional<Until> parse_until(std::string_view text);

// The URL without a trailing /; nullopt unless it reads http(s)://host[:port][/path].
std::optional<std::string> parse_http_url(std::string_view text);

// A pattern of names as Postgres writes these: what stands in double quotes is one name, of commas, too, and "" in it
// is a double quote. The text without the quotes; nullopt: one is not closed.
std::optional<std::string> parse_pattern(std::string_view text);

// Splits at commas outside double quotes, trims, drops empty items; quotes stay.
std::vector<std::string> split_list(std::string_view text);

}  // namespace pintail::config
