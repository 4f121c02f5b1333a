// Taking connectors away, with their offsets and, when asked for, what they use at the source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connect/client.hpp"

namespace pintail::cli {

// `source`: drop slots and publications there, unless other connectors use them. Whether that can be done is looked at
// first: then nothing has been deleted when the Error (source) comes. A failure later on leaves the connector stopped,
// so that the same command goes on from there.
void remove_connectors(connect::Client& client, const std::vector<connect::ConnectorInfo>& chosen,
                       const std::optional<std::string>& source, const connect::Patience& patience);

}  // namespace pintail::cli
