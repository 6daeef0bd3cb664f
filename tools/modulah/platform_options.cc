// Reads the platform that an image is to be for.
#include "platform_options.h"

#include "modulah/base/error.h"
#include "modulah/images/names.h"

namespace modulah::cli {

void add_platform_flags(CLI::App& app, PlatformFlags& flags, const std::string& description) {
  app.add_option("--platform", flags.platform, description)->option_text("OS/ARCH[/VARIANT]");
  app.add_option("--os", flags.os, "The same, operating system only")->option_text("OS");
  app.add_option("--arch", flags.architecture, "The same, architecture only")->option_text("ARCH");
  app.add_option("--variant", flags.variant, "The same, variant only")->option_text("VARIANT");
}

std::optional<oci::Platform> platform_of(const PlatformFlags& flags) {
  const bool has_parts = !flags.os.empty() || !flags.architecture.empty() || !flags.variant.empty();
  if (!flags.platform.empty()) {
    if (has_parts)
      throw Error(ErrorKind::usage,
                  "--platform cannot be used together with --os, --arch or --variant");
    return images::parse_platform(flags.platform, "--platform");
  }
  if (!has_parts) return std::nullopt;
  // podman's defaults would be the machine's; ours is what this tool is for.
  return oci::Platform{flags.os.empty() ? "wasi" : flags.os,
                       flags.architecture.empty() ? "wasm" : flags.architecture,
                       flags.variant,
                       {},
                       {}};
}

}  // namespace modulah::cli
