// JSON from outside, parsed only when it is not nested too deeply.
//
// nlohmann::json parses any depth, but copies and prints values recursively: a text of some hundred
// thousand brackets would end the process. So every text that others wrote passes through here.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace modulah {

/// Deeper than any document that we read, and far from where recursion hurts.
inline constexpr int kMaxJsonNesting = 32;

/// The offset of the first bracket that is nested deeper than kMaxJsonNesting, or nothing. The text
/// need not be JSON.
[[nodiscard]] std::optional<std::size_t> find_deep_json(std::string_view text);

/// The value of a JSON text; discarded (`is_discarded()`) when it is not JSON or nested deeper than
/// kMaxJsonNesting. `Json` is nlohmann::json or nlohmann::ordered_json.
template <typename Json>
[[nodiscard]] Json parse_json(std::string_view text) {
  if (find_deep_json(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

}  // namespace modulah
