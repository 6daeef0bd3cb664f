// What is shown on stderr while a command works.
#pragma once

#include <memory>

#include "modulah/base/reporter.h"

#include "world.h"

namespace modulah::cli {

enum class LogLevel { error, warn, info, debug };

/// Reads "error", "warn", "info" or "debug"; empty is info.
[[nodiscard]] LogLevel parse_log_level(std::string_view text);

/// A Reporter on stderr. On a terminal, work under way is a line with a bar, bytes and rate that is
/// drawn again a few times a second; elsewhere each piece of work is one plain line at its end.
[[nodiscard]] std::unique_ptr<Reporter> make_terminal_reporter(const World& world, LogLevel level);

}  // namespace modulah::cli
