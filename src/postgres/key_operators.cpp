#include "postgres/key_operators.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace pintail::postgres {
namespace {

// Strategy 3 is a btree's equality, and only btrees are unique.
constexpr const char* kOperators = R"sql(
SELECT format('OPERATOR(%I.%s)', home.nspname, o.oprname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END
CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS k(place)
JOIN pg_opclass class ON class.oid = i.indclass[k.place]
JOIN pg_amop member ON member.amopfamily = class.opcfamily AND member.amopstrategy = 3
                   AND member.amoplefttype = class.opcintype AND member.amoprighttype = class.opcintype
JOIN pg_operator o ON o.oid = member.amopopr JOIN pg_namespace home ON home.oid = o.oprnamespace
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY k.place
)sql";

}  // namespace

std::vector<std::string> key_operators(Connection& connection, const SourceTable& table) {
    const auto result = connection.exec(kOperators, {table.name.schema, table.name.table});
    if (static_cast<size_t>(result.rows()) != table.key.size())
        throw Error(ErrorKind::schema,
                    fmt::format("table {} got another key meanwhile: verify again", to_string(table.name)));
    std::vector<std::string> operators;
    for (int row = 0; row < result.rows(); ++row) operators.emplace_back(result.text(row, 0));
    return operators;
}

}  // namespace pintail::postgres
