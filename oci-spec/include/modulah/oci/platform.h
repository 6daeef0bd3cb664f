// The platform an image is for: operating system, architecture, variant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::oci {

/// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md (platform).
/// Empty `variant`, `os_version` and `os_features` are not written.
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string os_version;
  std::vector<std::string> os_features;

  /// Reads "os/architecture[/variant]", e.g. "wasi/wasm", "linux/arm64/v8".
  /// Throws Error invalid, naming what is missing.
  [[nodiscard]] static Platform parse(std::string_view text);
  /// "os/architecture[/variant]".
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

}  // namespace modulah::oci
