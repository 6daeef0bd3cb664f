// Platforms as people write them: "os/architecture[/variant]".
#include "modulah/oci/platform.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::oci {

namespace {

bool is_platform_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

void check_part(std::string_view part, std::string_view what, std::string_view text) {
  if (part.empty())
    throw Error(ErrorKind::invalid, fmt::format("platform \"{}\" has no {}", text, what),
                "A platform is os/architecture[/variant], e.g. wasi/wasm or linux/arm64/v8.");
  if (!std::all_of(part.begin(), part.end(), is_platform_character))
    throw Error(ErrorKind::invalid,
                fmt::format("platform \"{}\" has the {} \"{}\", which has other "
                            "characters than letters, digits, '_', '-' and '.'",
                            text, what, part));
}

}  // namespace

Platform Platform::parse(std::string_view text) {
  Platform platform;
  std::string_view rest = text;
  const auto next = [&rest] {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    return std::string(part);
  };
  const auto slashes = std::count(text.begin(), text.end(), '/');
  platform.os = next();
  platform.architecture = next();
  check_part(platform.os, "operating system", text);
  check_part(platform.architecture, "architecture", text);
  if (slashes == 0) return platform;
  if (slashes > 2)
    throw Error(ErrorKind::invalid, fmt::format("platform \"{}\" has more than three parts", text),
                "A platform is os/architecture[/variant], e.g. wasi/wasm or linux/arm64/v8.");
  if (slashes == 2) {
    platform.variant = next();
    check_part(platform.variant, "variant", text);
  }
  return platform;
}

std::string Platform::text() const {
  if (variant.empty()) return fmt::format("{}/{}", os, architecture);
  return fmt::format("{}/{}/{}", os, architecture, variant);
}

}  // namespace modulah::oci
