// Durations as Go's time.ParseDuration reads them, and seconds since 1970.
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

constexpr double kMaxNanoseconds = 9.2e18;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("duration {} {}", in_quotes(text), why),
              "Write a number with a unit, e.g. 500ms, 30s or 1m30s.");
}

/// The nanoseconds of the unit at the start of `text`, which is taken away.
std::optional<double> take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  // A name comes before the names that are a prefix of it.
  constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3},
                             {"ms", 1e6}, {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}};
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.nanoseconds;
  }
  return std::nullopt;
}

/// The number at the start of `text`, which is taken away.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  bool has_digit = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), has_digit = true)
    value = value * 10 + (text.front() - '0');
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    double scale = 0.1;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), has_digit = true) {
      value += scale * (text.front() - '0');
      scale /= 10;
    }
  }
  if (!has_digit) return std::nullopt;
  return value;
}

}  // namespace

std::chrono::nanoseconds parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) refuse(text, "has no number");
  double total = 0;
  while (!rest.empty()) {
    const std::optional<double> number = take_number(rest);
    if (!number) refuse(text, "is missing a number");
    const std::optional<double> unit = take_unit(rest);
    if (!unit) refuse(text, "is missing a unit (ns, us, ms, s, m or h)");
    total += *number * *unit;
    if (total > kMaxNanoseconds) refuse(text, "is longer than 290 years");
  }
  const auto nanoseconds = static_cast<std::int64_t>(std::llround(total));
  return std::chrono::nanoseconds(is_negative ? -nanoseconds : nanoseconds);
}

std::int64_t parse_epoch(std::string_view text) {
  // The last second of the year 9999, which RFC 3339 can still write.
  constexpr std::int64_t kLast = 253402300799;
  std::int64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0 || seconds > kLast)
    throw Error(
        ErrorKind::invalid,
        fmt::format("SOURCE_DATE_EPOCH is {}, not a number of seconds since 1970", in_quotes(text)),
        fmt::format("Write a number from 0 to {}.", kLast));
  return seconds;
}

}  // namespace modulah::containerfile
