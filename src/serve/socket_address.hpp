// Where the control socket of a target is: `<target>.sock`, beside the file itself (symbolic links resolved).
//
// The kernel takes at most 107 bytes of path (unix(7)). A longer one is reached through a descriptor of its folder,
// /proc/self/fd/<n>/<name>, so that only a very long file name is refused.
#pragma once

#include <string>

namespace pintail::serve {

class SocketAddress {
public:
    // The folder must exist. Throws Error(destination) when the name alone is too long.
    explicit SocketAddress(const std::string& target_path);
    ~SocketAddress();
    SocketAddress(const SocketAddress&) = delete;
    SocketAddress& operator=(const SocketAddress&) = delete;

    const std::string& path() const { return path_; }          // for people and for unlink()
    const std::string& bindable() const { return bindable_; }  // for bind() and connect(), as long as this object lives

private:
    std::string path_;
    std::string bindable_;
    int folder_ = -1;
};

// Nobody: there is no socket, or its process is gone. Throws Error(destination) when it may not be used, or when the
// path is something else than a socket.
enum class Listening { nobody, somebody };
Listening probe(const SocketAddress& address);

}  // namespace pintail::serve
