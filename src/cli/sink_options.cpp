#include "cli/sink_options.hpp"

#include <memory>
#include <string>
#include <vector>

#include "cli/column_policies.hpp"
#include "source/catalog_lookup.hpp"
#include "source/topic_pattern.hpp"

namespace pintail::cli {
namespace {

wire::DecimalHandling schemaless_decimals(config::DecimalHandling handling) {
    switch (handling) {
        case config::DecimalHandling::precise: return wire::DecimalHandling::precise;
        case config::DecimalHandling::floating: return wire::DecimalHandling::floating;
        case config::DecimalHandling::automatic:  // pintail's own connectors write strings where schemas are off
        case config::DecimalHandling::string: break;
    }
    return wire::DecimalHandling::string;
}

std::shared_ptr<wire::DebeziumOptions> debezium_options(const config::Settings& settings) {
    auto options = std::make_shared<wire::DebeziumOptions>();
    options->decimal_handling = schemaless_decimals(settings.decimal_handling);
    options->infer_types = settings.infer;
    options->policies = column_policies(settings);
    if (!settings.source.empty()) {
        auto catalog = std::make_shared<source::CatalogLookup>(settings.source);
        options->describe_table = [catalog](const TableName& name, const SourceTransaction& behind) {
            return catalog->describe(name, behind);
        };
        options->is_described_behind = [catalog](const TableName& name, const SourceTransaction& transaction) {
            return catalog->is_described_behind(name, transaction);
        };
    }
    return options;
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
    for (const std::string& pattern : patterns) {
        if (source::glob_matches(pattern, name)) return true;
    }
    return false;
}

std::function<bool(const TableName&)> table_filter(const config::Settings& settings) {
    if (settings.tables.empty() && settings.exclude.empty()) return {};
    return [tables = settings.tables, exclude = settings.exclude](const TableName& table) {
        const std::string name = to_string(table);
        return (tables.empty() || matches_any(tables, name)) && !matches_any(exclude, name);
    };
}

}  // namespace

source::AssemblerOptions assembler_options(const config::Settings& settings) {
    source::AssemblerOptions options;
    options.debezium = debezium_options(settings);
    options.on_error = settings.on_error == config::OnError::stop ? source::OnError::stop : source::OnError::quarantine;
    options.wants_table = table_filter(settings);
    return options;
}

}  // namespace pintail::cli
