// Waiting for what a running source was asked (source/source_requests.hpp).
#pragma once

#include <functional>
#include <future>
#include <stop_token>
#include <string>

namespace pintail::cli {

// Returns when the source has done it, or throws its Error. `given_up` throws, and is called when whoever asked has
// gone. Error (transient) when the request is lost: pintail stops, or its connection to the source broke; `and_now`
// says what then, behind "pintail lost its connection to the source".
void await_source(std::future<void>& done, const std::stop_token& stop, const std::function<void()>& given_up,
                  const std::string& and_now);

}  // namespace pintail::cli
