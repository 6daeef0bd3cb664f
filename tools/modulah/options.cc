// Reads sizes and durations as podman does, and accepts or refuses its other options.
#include "options.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"

namespace modulah::cli {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

/// `text` as a number of the first of `units` that has its unit; nothing when malformed.
template <std::size_t Count>
std::optional<std::uint64_t> scaled(std::string_view text, const std::array<Unit, Count>& units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string unit = lower(std::string_view(end, text.data() + text.size()));
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    const double value = number * known.factor;
    if (value >= 9e18) return std::nullopt;
    return static_cast<std::uint64_t>(value);
  }
  return std::nullopt;
}

}  // namespace

CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& description) {
  // Without `allow_extra_args(false)`, "-e A=1 IMAGE" would take IMAGE for another value.
  return app.add_option(names, values, description)->allow_extra_args(false);
}

void accept_silently(CLI::App& app, std::initializer_list<const char*> flags,
                     std::initializer_list<const char*> with_value) {
  for (const char* names : flags) app.add_flag(names)->group("");
  for (const char* names : with_value)
    app.add_option_function<std::vector<std::string>>(names, [](const auto&) {})
        ->allow_extra_args(false)
        ->group("");
}

void refuse(CLI::App& app, const char* names, std::string_view why, std::string_view hint) {
  const std::string last = CLI::detail::split(names, ',').back();
  app.add_option_function<std::vector<std::string>>(
         names, [message = fmt::format("option \"{}\" {}", last, why), advice = std::string(hint)](
                    const auto&) { throw Error(ErrorKind::usage, message, advice); })
      ->allow_extra_args(false)
      ->expected(0, 1)
      ->group("");
}

std::uint64_t parse_bytes(std::string_view text, std::string_view option) {
  constexpr double kKib = 1024;
  constexpr std::array<Unit, 14> kUnits = {{{"", 1},
                                            {"b", 1},
                                            {"k", kKib},
                                            {"kb", kKib},
                                            {"kib", kKib},
                                            {"m", kKib * kKib},
                                            {"mb", kKib * kKib},
                                            {"mib", kKib * kKib},
                                            {"g", kKib * kKib * kKib},
                                            {"gb", kKib * kKib * kKib},
                                            {"gib", kKib * kKib * kKib},
                                            {"t", kKib * kKib * kKib * kKib},
                                            {"tb", kKib * kKib * kKib * kKib},
                                            {"tib", kKib * kKib * kKib * kKib}}};
  if (const auto bytes = scaled(text, kUnits)) return *bytes;
  throw Error(ErrorKind::usage, fmt::format("{} \"{}\" is not a size", option, text),
              "Give a number of bytes, optionally with the unit k, m or g, e.g. 64m.");
}

std::chrono::milliseconds parse_duration(std::string_view text, std::string_view option) {
  constexpr std::array<Unit, 5> kUnits = {
      {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  const auto count = scaled(text, kUnits);
  if (!count)
    throw Error(ErrorKind::usage, fmt::format("{} \"{}\" is not a duration", option, text),
                "Give a number of seconds, or one with the unit ms, s, m or h, e.g. 500ms.");
  return std::chrono::milliseconds(*count);
}

}  // namespace modulah::cli
