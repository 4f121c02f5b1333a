#include "source/source_requests.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/shell_word.hpp"

namespace pintail::source {

void refuse_to_forget_followed(const TableName& table) {
    const std::string name = to_string(table);
    throw Error(
        ErrorKind::usage,
        fmt::format("table {} is followed, or would be copied again at once: first start pintail with --exclude {} "
                    "added to its flags, or drop the table at the source",
                    name, shell_word(name)));
}

void SourceRequests::post(SourceRequest request) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
}

std::optional<SourceRequest> SourceRequests::take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    SourceRequest first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
}

bool SourceRequests::empty() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
}

}  // namespace pintail::source
