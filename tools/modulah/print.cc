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

namespace modulah::cli {

namespace {

/// What lays a text out, and stays.
constexpr std::string_view kLayout = "\n\t";

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

void print_failure(const Error& error) noexcept { print_error(failure_text(error)); }

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

std::string human_age(std::string_view created, std::int64_t now) {
  std::tm parts{};
  const char* rest = strptime(std::string(created).c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (created.empty() || rest == nullptr) return "unknown";
  const std::int64_t seconds = now - static_cast<std::int64_t>(timegm(&parts));
  // What reproducible builds write where a time has to be.
  if (timegm(&parts) == 0) return "unknown";
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array kUnits = {Unit{365 * 86400, "year"}, Unit{30 * 86400, "month"},
                                 Unit{86400, "day"}, Unit{3600, "hour"}, Unit{60, "minute"}};
  if (seconds < 0) return "in the future";
  for (const Unit& unit : kUnits) {
    const std::int64_t count = seconds / unit.seconds;
    if (count > 0) return fmt::format("{} {}{} ago", count, unit.name, count == 1 ? "" : "s");
  }
  return "just now";
}

}  // namespace modulah::cli
