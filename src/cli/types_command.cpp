#include "cli/types_command.hpp"

#include <fmt/format.h>

#include "duck/sql_name.hpp"
#include "wire/pg_type_map.hpp"

namespace pintail::cli {
namespace {

std::string column_of(const wire::PgType& type) {
    if (type.name == "numeric") return "DECIMAL(p,s) for numeric(p,s) with p ≤ 38 and 0 ≤ s, else VARCHAR";
    SourceType source;
    source.name = type.name;
    return duck::sql_type(wire::column_type_for(source));
}

void print_types() {
    fmt::print("| Postgres | column | values that stand beside it in COLUMN__exact |\n|---|---|---|\n");
    for (const wire::PgType& type : wire::pg_types()) {
        fmt::print("| {} | {} | {} |\n", type.name, column_of(type), type.beside.empty() ? "–" : type.beside);
    }
    fmt::print("| T[] of any of these | LIST of T's column | {}; those of T |\n", wire::kBesideLists);
    fmt::print("| enums, composites, ranges and multiranges of one's own, types of extensions | VARCHAR | – |\n");
    fmt::print("| domains | what they stand for | those of that |\n");
}

}  // namespace

CLI::App* add_types_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command =
        parent.add_subcommand("types", "Print how each type of Postgres is kept in the target, in Markdown");
    command->callback([&chosen] { chosen = print_types; });
    return command;
}

}  // namespace pintail::cli
