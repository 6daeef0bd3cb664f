// What a template computes with: JSON, read as Go reads its values.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "modulah/base/error.h"

namespace modulah::cli::templates {

using Json = nlohmann::ordered_json;

/// A value, or a part of one that it keeps alive; never null. Shared, so that a field of the record
/// is not copied when it is handed on.
using Value = std::shared_ptr<const Json>;

/// The longest text that a template may make.
inline constexpr std::size_t kMaxTextBytes = 16 << 20;

[[nodiscard]] Value make_value(Json json);
/// The part `json` of `whole`.
[[nodiscard]] Value part_of(const Value& whole, const Json& json);
/// What stands for a key that a map does not have.
[[nodiscard]] Value no_value();

/// Whether {{if}} takes it: anything but false, 0, nil, and an empty text, list or map.
[[nodiscard]] bool is_true(const Json& value);

/// "a text", "a number": what an error calls it.
[[nodiscard]] std::string_view kind_of(const Json& value);

/// Appends `text`. Throws Error usage beyond kMaxTextBytes.
void append(std::string& out, std::string_view text);

/// As Go prints it: texts as they are, lists as "[a b]", maps sorted as "map[k:v]", nil as "<no
/// value>". Throws Error usage beyond kMaxTextBytes.
[[nodiscard]] std::string go_text(const Json& value);

}  // namespace modulah::cli::templates
