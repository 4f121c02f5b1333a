#include "cli/commands.hpp"

#include "cli/config_command.hpp"
#include "cli/connectors_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/drop_command.hpp"
#include "cli/forget_command.hpp"
#include "cli/quarantine_command.hpp"
#include "cli/query_command.hpp"
#include "cli/resync_command.hpp"
#include "cli/run_command.hpp"
#include "cli/sink_command.hpp"
#include "cli/status_command.hpp"
#include "cli/terminal_log.hpp"
#include "cli/topics_command.hpp"
#include "cli/types_command.hpp"
#include "cli/verify_command.hpp"

namespace pintail::cli {
void add_commands(CLI::App& app, std::function<void()>& chosen) {
    start_terminal_log();
    app.set_version_flag("--version", PINTAIL_VERSION);
    app.get_formatter()->column_width(32);
    add_run_command(app, chosen);
    add_sink_command(app, chosen);
    add_doctor_command(app, chosen);
    add_drop_command(app, chosen);
    add_verify_command(app, chosen);
    add_resync_command(app, chosen);
    add_forget_command(app, chosen);
    add_query_command(app, chosen);
    add_status_command(app, chosen);
    add_topics_command(app, chosen);
    add_quarantine_command(app, chosen);
    add_connectors_command(app, chosen);
    add_config_command(app, chosen);
    add_types_command(app, chosen);
}

}  // namespace pintail::cli
