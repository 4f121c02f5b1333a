#include "postgres/wake_up.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/error.hpp"

namespace pintail::postgres {

WakeUp::WakeUp() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0)
        throw Error(ErrorKind::internal, "the system gives no event descriptor: raise the limit of open files");
}

WakeUp::~WakeUp() {
    close(descriptor_);
}

void WakeUp::ring() {
    eventfd_write(descriptor_, 1);
}

bool WakeUp::answer() {
    eventfd_t rings;
    return eventfd_read(descriptor_, &rings) == 0;
}

}  // namespace pintail::postgres
