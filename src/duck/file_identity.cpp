#include "duck/file_identity.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "core/error.hpp"

namespace pintail::duck {

FileIdentity::FileIdentity(std::string path) : path_(std::move(path)) {
    struct stat found {};
    if (stat(path_.c_str(), &found) != 0) return;
    device_ = found.st_dev;
    inode_ = found.st_ino;
}

// Whatever else keeps the name from being looked up (a folder without rights) says nothing of the file.
void FileIdentity::check() const {
    struct stat found {};
    const bool gone = stat(path_.c_str(), &found) != 0;
    if (gone && errno != ENOENT && errno != ENOTDIR) return;
    if (!gone && found.st_dev == device_ && found.st_ino == inode_) return;
    throw Error(ErrorKind::destination,
                fmt::format("target {0} {1}: it was {2} while pintail wrote to it. Nothing that it lacks was confirmed "
                            "to the source. Where the file was moved away, put it back, leave {0}.wal as it is, and "
                            "start again. Otherwise begin anew: remove {0}, then `pintail drop` for a run, a --group "
                            "of its own for a sink, and start again",
                            path_, gone ? "is gone" : "is another file now", gone ? "deleted or moved" : "replaced"));
}

}  // namespace pintail::duck
