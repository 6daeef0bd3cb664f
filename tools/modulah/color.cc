// Colours lines by their form.
#include "color.h"

#include <algorithm>

#include <fmt/format.h>

namespace modulah::cli {

namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kGreen = "\x1b[1;32m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kCyan = "\x1b[1;36m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kProgram = "modulah: ";

std::string in(std::string_view color, std::string_view text) {
  return fmt::format("{}{}{}", color, text, kReset);
}

struct Label {
  std::string_view text;
  std::string_view color;
};
constexpr Label kLabels[] = {
    {"error: ", kRed}, {"internal error: ", kRed}, {"warning: ", kYellow}, {"debug: ", kDim}};

/// The words in double quotes are names of the user's: bold.
std::string with_names(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find('"');
    const std::size_t close = open == std::string_view::npos ? open : text.find('"', open + 1);
    if (close == std::string_view::npos) return out += text;
    out += text.substr(0, open);
    out += in(kBold, text.substr(open, close + 1 - open));
    text.remove_prefix(close + 1);
  }
}

/// "     |    ^^^^" below a line of source.
bool is_caret_line(std::string_view line) {
  const std::size_t bar = line.find_first_not_of(' ');
  if (bar == std::string_view::npos || line[bar] != '|') return false;
  const std::size_t caret = line.find_first_not_of(" \t", bar + 1);
  return caret != std::string_view::npos &&
         line.find_first_not_of('^', caret) == std::string_view::npos;
}

std::string colored_line(std::string_view line) {
  std::string_view rest = line;
  std::string out;
  if (rest.starts_with(kProgram)) {
    out = in(kBold, "modulah:") + " ";
    rest.remove_prefix(kProgram.size());
  }
  for (const Label& label : kLabels) {
    // "Containerfile:3:1: warning: …" has its place before the label.
    const std::size_t at = rest.find(label.text);
    if (at == std::string_view::npos) continue;
    const bool is_label = at == 0 || (rest.substr(0, at).ends_with(": ") && out.empty());
    if (!is_label || (at == 0 && out.empty())) continue;
    if (at != 0) out += in(kBold, rest.substr(0, at));
    out += in(label.color, label.text.substr(0, label.text.size() - 1)) + " ";
    return out + with_names(rest.substr(at + label.text.size()));
  }
  if (line.starts_with("hint: ")) return in(kCyan, "hint:") + " " + with_names(line.substr(6));
  if (is_caret_line(line)) {
    const std::size_t caret = line.find('^');
    return std::string(line.substr(0, caret)) + in(kGreen, line.substr(caret));
  }
  if (const std::size_t colon = line.find(": ");
      line.starts_with("STEP ") && colon != std::string_view::npos)
    return in(kBold, line.substr(0, colon + 1)) + std::string(line.substr(colon + 1));
  return std::string(line);
}

template <typename Color>
std::string each_line(std::string_view text, Color&& color) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += color(text.substr(0, end));
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

ColorMode parse_color_mode(std::string_view text) {
  if (text == "always") return ColorMode::always;
  return text == "never" ? ColorMode::never : ColorMode::automatic;
}

bool wants_color(const World& world, ColorMode mode, bool is_terminal) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  if (!world.env("NO_COLOR").empty()) return false;
  const std::string force = world.env("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && world.env("CLICOLOR") != "0" && world.env("TERM") != "dumb";
}

std::string colored_messages(std::string_view text) { return each_line(text, colored_line); }

std::string colored_help(std::string_view text) {
  return each_line(text, [](std::string_view line) {
    if (line.starts_with("Usage: ")) return in(kBold, "Usage:") + std::string(line.substr(6));
    const bool is_heading = !line.empty() && line.front() != ' ' && line.back() == ':';
    return is_heading ? in(kBold, line) : std::string(line);
  });
}

}  // namespace modulah::cli
