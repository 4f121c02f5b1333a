#include "serve/socket_address.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"
#include "core/file_path.hpp"

namespace pintail::serve {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostPathBytes = sizeof(sockaddr_un::sun_path) - 1;  // and a NUL

[[noreturn]] void fail(const std::string& path, const std::string& why) {
    throw Error(ErrorKind::destination, fmt::format("control socket {}: {}", path, why));
}

// Every name of one file must lead to one socket.
fs::path real_path(const std::string& target) {
    std::error_code failed;
    const fs::path resolved = fs::weakly_canonical(without_links(target), failed);
    return failed ? fs::absolute(target) : resolved;
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

// 0, or what connect() says.
int try_connect(const std::string& bindable) {
    const Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    bindable.copy(address.sun_path, kMostPathBytes);
    const int state = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    return state == 0 ? 0 : errno;
}

}  // namespace

SocketAddress::SocketAddress(const std::string& target_path) {
    path_ = real_path(target_path).string() + ".sock";
    bindable_ = path_;
    if (path_.size() <= kMostPathBytes) return;
    const fs::path whole(path_);
    folder_ = open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_ < 0) fail(path_, std::strerror(errno));
    bindable_ = fmt::format("/proc/self/fd/{}/{}", folder_, whole.filename().string());
    if (bindable_.size() <= kMostPathBytes) return;
    close(folder_);
    fail(path_, "the target's file name is too long for a socket beside it; use one of 80 bytes or less");
}

SocketAddress::~SocketAddress() {
    if (folder_ >= 0) close(folder_);
}

Listening probe(const SocketAddress& address) {
    struct stat info {};
    if (lstat(address.path().c_str(), &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Listening::nobody;
        fail(address.path(), std::strerror(errno));
    }
    if (!S_ISSOCK(info.st_mode)) fail(address.path(), "is no socket; move that file away");
    switch (const int code = try_connect(address.bindable())) {
        case 0:
        case EAGAIN:  // its queue is full: somebody listens
            return Listening::somebody;
        case ECONNREFUSED:
        case ENOENT: return Listening::nobody;
        default: fail(address.path(), std::strerror(code));
    }
}

}  // namespace pintail::serve
