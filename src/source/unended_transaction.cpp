#include "source/unended_transaction.hpp"

#include <utility>

namespace pintail::source {

std::optional<UnendedTransaction::Clock::time_point> UnendedTransaction::in_the_way(int64_t next, int64_t end,
                                                                                    Clock::time_point now) {
    if (end_of_committed_ != next || end <= next) {
        since_.reset();
        return std::nullopt;
    }
    if (std::exchange(stands_at_, next) != next) since_.reset();
    if (!since_) since_ = now;
    return now - *since_ >= kLong ? since_ : std::nullopt;
}

}  // namespace pintail::source
