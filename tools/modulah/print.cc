// Writing to stdout and stderr, tables, and sizes for people.
#include "print.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/text.h"

#include "color.h"

namespace modulah::cli {

namespace {

/// What lays a text out, and stays.
constexpr std::string_view kLayout = "\n\t";

bool is_stderr_colored = false;
bool is_help_colored = false;

[[noreturn]] void output_failed() {
  if (errno == EPIPE) throw OutputGone();
  throw_system_error("write to standard output", errno);
}

}  // namespace

void print(std::string_view text) {
  const std::string shown = isatty(STDOUT_FILENO) == 1 ? printable(text, kLayout) : std::string();
  if (!shown.empty()) text = shown;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_failed();
}

void print_error(std::string_view text) noexcept {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

void use_colors(bool is_error_colored, bool is_output_colored) {
  is_stderr_colored = is_error_colored;
  is_help_colored = is_output_colored;
}

void print_message(std::string_view text) {
  if (is_stderr_colored)
    print_error(colored_messages(text));
  else
    print_error(text);
}

void print_help(std::string_view text) {
  // Not by print(), which would show the escapes of colours to a terminal instead of obeying them.
  const std::string shown = is_help_colored ? colored_help(text) : std::string(text);
  if (std::fwrite(shown.data(), 1, shown.size(), stdout) != shown.size()) output_failed();
}

void print_failure(const Error& error) { print_message(failure_text(error)); }

std::string failure_text(const Error& error) {
  std::string text = fmt::format("modulah: error: {}\n", printable(error.message()));
  if (!error.excerpt().empty()) {
    text += printable(error.excerpt(), kLayout);
    if (text.back() != '\n') text += '\n';
  }
  if (!error.hint().empty()) text += fmt::format("hint: {}\n", printable(error.hint()));
  return text;
}

void flush_output() {
  if (std::fflush(stdout) != 0) output_failed();
}

std::string table(std::vector<std::vector<std::string>> rows) {
  std::vector<std::size_t> widths;
  for (auto& row : rows) {
    for (std::string& cell : row) cell = printable(cell);
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      out += is_last ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out += '\n';
  }
  return out;
}

std::string json_text(const nlohmann::ordered_json& json, int indent) {
  const std::string text =
      json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  // JSON's own escapes are only of characters below 0x20; they are never left in the text, but to
  // lay it out.
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    if (c.code >= 0x20 && is_unprintable(c.code))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
    else
      out += std::string_view(text).substr(at, c.length);
    at += c.length;
  }
  return out;
}

std::optional<std::int64_t> unix_time(std::string_view rfc3339) {
  std::tm parts{};
  const char* rest = strptime(std::string(rfc3339).c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rfc3339.empty() || rest == nullptr) return std::nullopt;
  return static_cast<std::int64_t>(timegm(&parts));
}

std::string rfc3339(std::int64_t unix_time) {
  if (unix_time == 0) return {};
  const auto seconds = static_cast<std::time_t>(unix_time);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string human_age(std::string_view created, std::int64_t now) {
  const auto time = unix_time(created);
  // 0 is what reproducible builds write where a time has to be.
  if (!time || *time == 0) return "unknown";
  return human_ago(now - *time);
}

std::string human_ago(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array kUnits = {Unit{365 * 86400, "year"}, Unit{30 * 86400, "month"},
                                 Unit{86400, "day"}, Unit{3600, "hour"}, Unit{60, "minute"}};
  if (seconds < 0) return seconds > -60 ? "just now" : "in the future";
  for (const Unit& unit : kUnits) {
    const std::int64_t count = seconds / unit.seconds;
    if (count > 0) return fmt::format("{} {}{} ago", count, unit.name, count == 1 ? "" : "s");
  }
  return "just now";
}

}  // namespace modulah::cli
