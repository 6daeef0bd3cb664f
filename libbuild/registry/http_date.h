// Points in time as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT".
// https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace modulah::registry {

/// Nothing for a malformed date, and for the two obsolete formats.
/// The weekday is not compared with the date.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace modulah::registry
