// Paths of entries: relative to the root, "/" between names, "." for the root itself.
#pragma once

#include <string_view>

namespace modulah::layer {

/// The directory that `path` is in: "usr" of "usr/bin", "." of "usr".
[[nodiscard]] constexpr std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view(".") : path.substr(0, slash);
}

/// The last name of `path`: "bin" of "usr/bin".
[[nodiscard]] constexpr std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace modulah::layer
