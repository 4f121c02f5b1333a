#include "cli/live_target.hpp"

#include <optional>

#include "cli/table_modes.hpp"
#include "core/file_path.hpp"
#include "duck/duck_destination.hpp"
#include "duck/target_options.hpp"
#include "duck/target_reader.hpp"

namespace pintail::cli {
namespace {

duck::TargetOptions target_options(const config::Settings& settings, duck::TypeChanges type_changes) {
    duck::TargetOptions options;
    options.path = without_links(settings.target);  // DuckDB puts its log beside the name that it is given
    options.memory_limit_bytes = settings.memory_limit_bytes;
    options.dropped_columns =
        settings.on_drop_column == config::OnDropColumn::drop ? duck::DroppedColumns::drop : duck::DroppedColumns::keep;
    options.type_changes = type_changes;
    options.mode_of = table_modes(settings);
    return options;
}

}  // namespace

struct LiveTarget::Parts {
    Parts(const config::Settings& settings, duck::TypeChanges type_changes,
          const std::function<Tasks(OpenReader)>& make_tasks)
        : destination(target_options(settings, type_changes)) {
        control.emplace(settings.target, progress, opener(), make_tasks ? make_tasks(opener()) : Tasks{});
    }

    OpenReader opener() {
        return [this] { return destination.reader(); };
    }

    pipeline::Progress progress;
    duck::DuckDestination destination;
    std::optional<ControlService> control;  // goes first: it uses the other two
};

LiveTarget::LiveTarget(const config::Settings& settings, duck::TypeChanges type_changes,
                       const std::function<Tasks(OpenReader)>& make_tasks)
    : parts_(std::make_unique<Parts>(settings, type_changes, make_tasks)) {}
LiveTarget::~LiveTarget() = default;

Destination& LiveTarget::destination() {
    return parts_->destination;
}
pipeline::Progress& LiveTarget::progress() {
    return parts_->progress;
}
void LiveTarget::stop_answering() {
    parts_->control.reset();
}
void LiveTarget::claim(const duck::LoadedBy& by) {
    parts_->destination.claim(by);
}

}  // namespace pintail::cli
