// What is shown on stderr while a command works.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "modulah/base/reporter.h"

#include "world.h"

namespace modulah::cli {

enum class LogLevel { error, warn, info, debug };

/// Reads "error", "warn", "info" or "debug"; empty is info.
[[nodiscard]] LogLevel parse_log_level(std::string_view text);

/// A piece of work under way, as it is drawn.
struct ProgressState {
  std::string_view what;
  std::uint64_t done = 0;   ///< In bytes.
  std::uint64_t total = 0;  ///< 0: nobody knows.
  double seconds = 0;       ///< Since it began.
};

/// Its line, always shorter than `columns`: a terminal that wraps it could not be wiped. On a
/// narrow one there is no bar.
[[nodiscard]] std::string progress_line(const ProgressState& state, unsigned columns);

/// How many rows lines of these lengths take at a terminal of at least one column.
[[nodiscard]] std::size_t rows_of(std::span<const std::size_t> lengths, unsigned columns);

/// A Reporter on stderr. On a terminal, work under way is a line with a bar, bytes and rate that is
/// drawn again a few times a second; elsewhere each piece of work is one plain line at its end.
[[nodiscard]] std::unique_ptr<Reporter> make_terminal_reporter(const World& world, LogLevel level);

}  // namespace modulah::cli
