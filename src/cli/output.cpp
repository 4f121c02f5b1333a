#include "cli/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/error.hpp"

namespace pintail::cli {

Output::Output(std::FILE* file) : file_(file) {
    std::signal(SIGPIPE, SIG_IGN);
}

bool Output::write(std::string_view bytes) {
    if (!open_) return false;
    errno = 0;
    return check(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
}

bool Output::flush() {
    if (!open_) return false;
    errno = 0;
    return check(std::fflush(file_) == 0);
}

bool Output::check(bool written) {
    if (written) return true;
    open_ = false;
    if (errno == EPIPE) return false;
    throw Error(ErrorKind::usage, fmt::format("the output cannot be written: {}", std::strerror(errno)));
}

}  // namespace pintail::cli
