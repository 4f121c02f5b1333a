// The plan of a topic's table as of the last message, and what has to happen for it to fit the next one.
//
// With embedded schemas the schema alone decides. Without, the catalog is asked once per table, and again when a
// message contradicts its answer; with neither, and only if the user wants it, the values are looked at.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wire/key_fields.hpp"
#include "wire/plan_builder.hpp"
#include "wire/schema_frame.hpp"

namespace pintail::wire {

class TablePlan {
public:
    explicit TablePlan(std::shared_ptr<const DebeziumOptions> options);

    // What a row message says about its table, valid during the call.
    struct Sight {
        const TableName& table;
        const FramedMessage& framed;  // its value
        std::optional<std::string_view> key;
        const JsonTokens& json;  // its payload
        Token image;             // after, or before where there is no after; 0: neither
        SourceTransaction transaction;
    };

    // Whether plan() is the one for this message.
    bool is_current(const Sight& sight);

    // Makes plan() the one for this message. True when schema() is a new one.
    // Error (schema) when nobody knows the types.
    bool renew(const Sight& sight);

    // For a schemaless message that the plan does not fit, or that has a field which it does not know: looks again.
    enum class Change { none, encoding, shape };
    Change look_again(const Sight& sight);

    // The catalog has no such column any more: the field stays out of the table.
    void ignore(const std::string& raw_field) { ignored_.insert(raw_field); }
    const FieldNames& ignored() const { return ignored_; }
    // Those that stay out of this message's row. A later transaction may have made a column of that name again.
    const FieldNames& ignored_in(const Sight& sight) const;

    const RowPlan& plan() const { return *plan_; }
    const std::shared_ptr<const TableSchema>& schema() const { return schema_; }
    bool has_embedded_schema() const { return kind_ == Kind::embedded; }
    bool is_inferred() const { return kind_ == Kind::inferred; }
    KeyFields& key() { return key_; }
    SchemaFrame& frame() { return frame_; }

private:
    enum class Kind { none, embedded, described, inferred };  // where plan_ comes from

    RowPlan build(const Sight& sight, const std::vector<std::string>& key_fields);
    RowPlan build_schemaless(const Sight& sight, const std::vector<std::string>& key_fields);
    const std::optional<SourceTable>& describe(const Sight& sight);
    bool is_same_table(const TableName& table) const { return schema_ && schema_->name == table; }
    Change install(RowPlan fresh);

    std::shared_ptr<const DebeziumOptions> options_;
    PlanBuilder builder_;
    SchemaFrame frame_;
    KeyFields key_;
    std::map<TableName, std::optional<SourceTable>> catalog_;  // its answers
    std::optional<RowPlan> plan_;
    std::shared_ptr<const TableSchema> schema_;
    FieldNames ignored_;
    uint32_t asked_for_ = 0;  // the transaction that the catalog was last asked for
    Kind kind_ = Kind::none;
};

}  // namespace pintail::wire
