// The tables that the tests of soft-delete and history write.
#pragma once

#include "target_test.hpp"

namespace pintail::duck::testing {

using Rows = std::vector<std::string>;

constexpr int64_t kSecond = 1'000'000;

inline SchemaPointer items() {
    return make_table("public.items",
                      {column("id", TypeKind::int32), column("v", TypeKind::varchar), column("big", TypeKind::varchar)},
                      {"id"});
}

inline SchemaPointer bag() {
    return make_table("public.bag", {column("a", TypeKind::int32), column("b", TypeKind::varchar)}, {});
}

}  // namespace pintail::duck::testing
