// --platform, and podman's --os, --arch and --variant, which say the same in parts.
#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "modulah/oci/platform.h"

namespace modulah::cli {

struct PlatformFlags {
  std::string platform;
  std::string os;
  std::string architecture;
  std::string variant;
};

/// Adds the four options. `description` is that of --platform.
void add_platform_flags(CLI::App& app, PlatformFlags& flags, const std::string& description);

/// The platform they name; an OS or architecture that is left out is that of wasi/wasm. Nothing
/// when none is given. Throws Error usage.
[[nodiscard]] std::optional<oci::Platform> platform_of(const PlatformFlags& flags);

}  // namespace modulah::cli
