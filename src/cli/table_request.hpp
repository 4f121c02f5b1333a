// What is asked of tables by their names (`pintail resync`, `pintail forget`), of a running pintail or of the file
// alone. No state.
#pragma once

#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/batch.hpp"
#include "core/stored_state.hpp"
#include "core/table_schema.hpp"

namespace pintail::cli {

// "orders" is public.orders.
TableName parse_table_name(const std::string& text);
std::vector<TableName> parse_table_names(const std::vector<std::string>& texts);

// Of {"tables":["public.orders"]}; at least one.
std::vector<TableName> tables_of_request(const std::string& task, const std::string& request);

// Until the source has answered; its Error, or one (transient) when the stop or a lost connection comes first.
void wait_until_noted(std::future<void>& noted, const std::stop_token& stop);

// No pintail runs for the target: what `steps` answers is applied by this process, the position stays. Errors as
// duck::DuckDestination's; what `steps` throws leaves the target as it is.
void change_at_rest(const config::Settings& settings,
                    const std::function<std::vector<Step>(const StoredState&)>& steps);

}  // namespace pintail::cli
