// Rust's scheme up to 2025: the form of a C++ name, "_ZN" (<length> <part>)... "E", whose last part
// is "h" and a hash of 16 hex digits. What C++ cannot have in a name is escaped: "$LT$" is "<",
// ".." is
// "::".
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "modulah/base/text.h"
#include "modulah/wasm/demangle.h"

#include "rust_symbol.h"

namespace modulah::wasm {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 8> kEscapes = {{{"SP", '@'},
                                                                        {"BP", '*'},
                                                                        {"RF", '&'},
                                                                        {"LT", '<'},
                                                                        {"GT", '>'},
                                                                        {"LP", '('},
                                                                        {"RP", ')'},
                                                                        {"C", ','}}};

bool is_hash(std::string_view part) {
  return part.size() == 17 && part[0] == 'h' &&
         part.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

/// The character that is written "$`word`$".
std::optional<char32_t> unescaped(std::string_view word) {
  for (const auto& [escape, character] : kEscapes)
    if (word == escape) return static_cast<char32_t>(character);
  if (!word.starts_with('u') || word.size() > 7) return std::nullopt;
  std::uint32_t code = 0;
  const char* const end = word.data() + word.size();
  const auto [next, error] = std::from_chars(word.data() + 1, end, code, 16);
  const bool is_character = code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (error != std::errc() || next != end || !is_character) return std::nullopt;
  return code;
}

void append_part(std::string_view part, std::string& out) {
  // A part must begin with a letter in C++, so "$LT$" becomes "_$LT$".
  if (part.starts_with("_$")) part.remove_prefix(1);
  while (!part.empty()) {
    if (part.starts_with("..")) {
      out += "::";
      part.remove_prefix(2);
      continue;
    }
    if (part.front() == '$') {
      const std::size_t end = part.find('$', 1);
      const auto code =
          end == std::string_view::npos ? std::nullopt : unescaped(part.substr(1, end - 1));
      if (code) {
        encode(*code, out);
        part.remove_prefix(end + 1);
        continue;
      }
    }
    out += part.front();
    part.remove_prefix(1);
  }
}

std::string joined(const std::vector<std::string_view>& parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += "::";
    append_part(part, out);
    if (out.size() > kMaxDemangledBytes) break;
  }
  cut_demangled(out);
  return out;
}

}  // namespace

std::optional<std::string> demangle_rust_legacy(std::string_view symbol) {
  if (!symbol.starts_with("_ZN")) return std::nullopt;
  symbol.remove_prefix(3);
  std::vector<std::string_view> parts;
  while (!symbol.starts_with('E')) {
    std::size_t size = 0;
    const auto [next, error] =
        std::from_chars(symbol.data(), symbol.data() + symbol.size(), size, 10);
    if (error != std::errc()) return std::nullopt;
    symbol.remove_prefix(static_cast<std::size_t>(next - symbol.data()));
    if (size == 0 || size > symbol.size()) return std::nullopt;
    parts.push_back(symbol.substr(0, size));
    symbol.remove_prefix(size);
  }
  // What follows the "E" was added by an optimiser, e.g. ".llvm.123".
  symbol.remove_prefix(1);
  const bool is_whole = symbol.empty() || symbol.front() == '.';
  if (!is_whole || parts.size() < 2 || !is_hash(parts.back())) return std::nullopt;
  parts.pop_back();
  return joined(parts);
}

std::optional<std::string> demangle_split_rust_legacy(std::string_view name) {
  constexpr std::string_view kSeparator = "::";
  std::vector<std::string_view> parts;
  for (std::size_t end = name.find(kSeparator); end != std::string_view::npos;
       end = name.find(kSeparator)) {
    parts.push_back(name.substr(0, end));
    name.remove_prefix(end + kSeparator.size());
  }
  if (parts.empty() || !is_hash(name)) return std::nullopt;
  return joined(parts);
}

}  // namespace modulah::wasm
