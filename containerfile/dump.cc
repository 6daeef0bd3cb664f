// The low tree as s-expressions.
#include <fmt/format.h>

#include "modulah/containerfile/printer.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// Does Go print this character as itself? All but controls, formats, separators and what is no
/// character; of these only the common ranges are known here.
bool is_printed(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0xAD) return false;
  if (code >= 0x2000 && code <= 0x200F) return false;
  if (code >= 0x2028 && code <= 0x202F) return false;
  if (code >= 0x205F && code <= 0x206F) return false;
  if (code == 0x3000 || code == 0xFEFF) return false;
  return code < 0xE000 || code > 0xF8FF;
}

std::string escape_of(char32_t code) {
  switch (code) {
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\v':
      return "\\v";
    default:
      break;
  }
  const auto number = static_cast<unsigned>(code >= kRawByte ? code - kRawByte : code);
  if (code >= kRawByte || code < 0x80) return fmt::format("\\x{:02x}", number);
  return code < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
}

/// As Go's %q.
std::string quote(std::string_view text) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    if (c.code == '"' || c.code == '\\') {
      result += '\\';
      result += static_cast<char>(c.code);
    } else if (c.code < kRawByte && is_printed(c.code)) {
      result += text.substr(at, c.length);
    } else {
      result += escape_of(c.code);
    }
    at += c.length;
  }
  return result + "\"";
}

std::string dump_node(const Node& node) {
  std::string result = "(" + node.keyword;
  for (std::size_t i = 0; i < node.flags.size(); ++i)
    result += (i == 0 ? " [" : " ") + quote(node.flags[i].text);
  if (!node.flags.empty()) result += ']';
  for (const Text& arg : node.args) result += " " + quote(arg.text);
  for (const Node& inner : node.inner) result += " " + dump_node(inner);
  return result + ")";
}

}  // namespace

std::string dump(const Nodes& nodes) {
  std::string result;
  for (const Node& node : nodes.nodes) result += dump_node(node) + "\n";
  return result;
}

}  // namespace modulah::containerfile
