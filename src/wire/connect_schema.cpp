#include "wire/connect_schema.hpp"

namespace pintail::wire {
namespace {

constexpr int kDeepest = 32;  // structs in arrays in structs: real ones have 4

class SchemaReader {
public:
    explicit SchemaReader(const JsonTokens& json) : json_(json) {}

    Token read(Token at, ConnectSchema& schema, int depth) {
        if (depth > kDeepest) throw JsonTokens::malformed("the schema is nested too deeply");
        return json_.each_field(at, [&](std::string_view key, Token value) {
            if (key == "type") return text(value, schema.type);
            if (key == "name") return text(value, schema.name);
            if (key == "field") return text(value, schema.field);
            if (key == "parameters") return parameters(value, schema);
            if (key == "fields") return fields(value, schema, depth);
            if (key == "items" || key == "keys") return child(value, schema, 0, depth);
            if (key == "values") return child(value, schema, 1, depth);
            if (key == "optional") schema.optional = json_.scalar(value) == "true";
            if (key == "default" && !json_.is_null(value)) schema.default_value = value;
            return json_.skip(value);
        });
    }

private:
    Token text(Token value, std::string& to) {
        if (!json_.is_null(value)) to = json_.string(value, scratch_);
        return value + 1;
    }

    Token parameters(Token value, ConnectSchema& schema) {
        if (json_.is_null(value)) return value + 1;
        return json_.each_field(value, [&](std::string_view key, Token parameter) {
            schema.parameters.emplace_back(std::string(key), "");
            return text(parameter, schema.parameters.back().second);
        });
    }

    Token fields(Token value, ConnectSchema& schema, int depth) {
        return json_.each_element(value, [&](Token field) {
            schema.fields.emplace_back();
            return read(field, schema.fields.back(), depth + 1);
        });
    }

    Token child(Token value, ConnectSchema& schema, size_t index, int depth) {
        if (schema.fields.size() <= index) schema.fields.resize(index + 1);
        return read(value, schema.fields[index], depth + 1);
    }

    const JsonTokens& json_;
    std::string scratch_;
};

}  // namespace

const ConnectSchema* ConnectSchema::find(std::string_view field_name) const {
    for (const ConnectSchema& candidate : fields) {
        if (candidate.field == field_name) return &candidate;
    }
    return nullptr;
}

const std::string* ConnectSchema::parameter(std::string_view parameter_name) const {
    for (const auto& [key, value] : parameters) {
        if (key == parameter_name) return &value;
    }
    return nullptr;
}

ConnectSchema read_connect_schema(const JsonTokens& json, Token schema) {
    ConnectSchema tree;
    SchemaReader(json).read(schema, tree, 0);
    return tree;
}

}  // namespace pintail::wire
