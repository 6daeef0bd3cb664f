// Binaries of WebAssembly made by hand, byte by byte.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace modulah::test {

/// A number in LEB128.
inline std::string leb(std::uint64_t value) {
  std::string text;
  for (;;) {
    const auto part = static_cast<char>(value & 0x7FU);
    value >>= 7U;
    if (value == 0) return text + part;
    text += static_cast<char>(static_cast<unsigned char>(part) | 0x80U);
  }
}

inline std::string bytes(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text += static_cast<char>(value);
  return text;
}

/// A text behind its length: a name, or a function's body.
inline std::string sized(std::string_view text) { return leb(text.size()) + std::string(text); }

/// Several things behind their number.
inline std::string list(std::initializer_list<std::string> items) {
  std::string text = leb(items.size());
  for (const std::string& item : items) text += item;
  return text;
}

inline std::string section(unsigned id, const std::string& content) {
  return bytes({id}) + sized(content);
}
inline std::string custom(std::string_view name, const std::string& content) {
  return section(0, sized(name) + content);
}

/// A module of these sections.
inline std::string module_of(std::initializer_list<std::string> sections) {
  std::string text("\0asm\1\0\0\0", 8);
  for (const std::string& one : sections) text += one;
  return text;
}
inline std::string component_of(std::initializer_list<std::string> sections) {
  std::string text("\0asm\x0d\0\1\0", 8);
  for (const std::string& one : sections) text += one;
  return text;
}

/// Section 1 with () -> () as type 0 and (i32) -> i32 as type 1.
inline std::string two_types() {
  return section(1, list({bytes({0x60, 0, 0}), bytes({0x60, 1, 0x7F, 1, 0x7F})}));
}
/// A function's body: no locals, `code` and `end`.
inline std::string body(const std::string& code) {
  return sized(bytes({0}) + code + bytes({0x0B}));
}
inline std::string import_function(std::string_view module, std::string_view name, unsigned type) {
  return sized(module) + sized(name) + bytes({0, type});
}
inline std::string export_function(std::string_view name, unsigned index) {
  return sized(name) + bytes({0, index});
}
/// A module with one function of type 0 that has this code.
inline std::string module_with_code(const std::string& code) {
  return module_of({two_types(), section(3, list({bytes({0})})), section(10, list({body(code)}))});
}
/// A WASI command that does nothing.
inline std::string command_module() {
  return module_of(
      {two_types(), section(2, list({import_function("wasi_snapshot_preview1", "fd_close", 1)})),
       section(3, list({bytes({0})})), section(5, list({bytes({0, 1})})),
       section(7, list({export_function("_start", 1), sized("memory") + bytes({2, 0})})),
       section(10, list({body("")}))});
}

}  // namespace modulah::test
