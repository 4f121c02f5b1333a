// Is the file that was opened still the one that its name leads to?
//
// An open file goes on without its name: what is written to one that was deleted or replaced is lost with the process.
#pragma once

#include <sys/types.h>

#include <string>

namespace pintail::duck {

class FileIdentity {
public:
    // Of the file at `path`, which has just been opened.
    explicit FileIdentity(std::string path);

    // Throws Error(destination), not transient, when it is not.
    void check() const;

private:
    const std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace pintail::duck
