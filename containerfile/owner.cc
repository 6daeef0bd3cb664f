// --chown's owner.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

constexpr const char* kHint = "Write numbers, e.g. 1000:1000.";

std::uint32_t parse_id(std::string_view id, std::string_view what, std::string_view text) {
  if (id.empty())
    throw Error(ErrorKind::invalid, fmt::format("owner {} has no {}", in_quotes(text), what),
                kHint);
  std::uint32_t value = 0;
  const char* end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data(), end, value);
  if (!std::all_of(id.begin(), id.end(), is_digit))
    throw Error(
        ErrorKind::invalid,
        fmt::format("owner {} has the name {} as {}, and an image made from scratch has "
                    "no /etc/{} that says its number",
                    in_quotes(text), in_quotes(id), what, what == "user" ? "passwd" : "group"),
        kHint);
  // The largest number means "leave it as it is" to the system.
  if (parsed.ec != std::errc() || value == 0xFFFFFFFF)
    throw Error(
        ErrorKind::invalid,
        fmt::format("owner {} has {} as {}, more than 4294967294", in_quotes(text), id, what),
        kHint);
  return value;
}

}  // namespace

Owner parse_owner(std::string_view text) {
  const std::size_t colon = text.find(':');
  Owner owner;
  owner.user = parse_id(text.substr(0, colon), "user", text);
  owner.group = colon == std::string_view::npos ? owner.user
                                                : parse_id(text.substr(colon + 1), "group", text);
  return owner;
}

}  // namespace modulah::containerfile
