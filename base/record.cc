// Fields with their length in front.
#include "modulah/base/record.h"

#include <cstddef>

#include <fmt/format.h>

#include "modulah/base/ascii.h"

namespace modulah {

void add_field(std::string& record, std::string_view field) {
  record += fmt::format("{}:", field.size());
  record += field;
}

std::optional<std::string_view> take_field(std::string_view& record) {
  const std::size_t colon = record.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = parse_number<std::size_t>(record.substr(0, colon));
  if (!size || *size > record.size() - colon - 1) return std::nullopt;
  const std::string_view field = record.substr(colon + 1, *size);
  record.remove_prefix(colon + 1 + *size);
  return field;
}

}  // namespace modulah
