#include "cli/source_answer.hpp"

#include <chrono>

#include "cli/stop_signal.hpp"
#include "core/error.hpp"

namespace pintail::cli {

void await_source(std::future<void>& done, const std::stop_token& stop, const std::function<void()>& given_up,
                  const std::string& and_now) {
    constexpr std::chrono::milliseconds kLook{50};  // at the stop
    while (done.wait_for(kLook) != std::future_status::ready) {
        if (stop.stop_requested()) given_up();
    }
    try {
        done.get();
    } catch (const std::future_error&) {
        if (is_stop_requested()) throw Error(ErrorKind::source, "pintail is stopping", true);
        throw Error(ErrorKind::source, "pintail lost its connection to the source " + and_now, true);
    }
}

}  // namespace pintail::cli
