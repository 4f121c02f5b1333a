#include "core/error.hpp"

namespace pintail {

const char* to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage: return "usage";
        case ErrorKind::config: return "config";
        case ErrorKind::source: return "source";
        case ErrorKind::destination: return "destination";
        case ErrorKind::data: return "data";
        case ErrorKind::schema: return "schema";
        case ErrorKind::internal: return "internal";
    }
    return "unknown";
}

}  // namespace pintail
