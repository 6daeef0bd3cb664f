// What the first 8 bytes of a binary say: the magic, then version 1 for a module, or version 13 of
// layer 1 for a component.
#include "modulah/wasm/binary.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

namespace modulah::wasm {
namespace {

constexpr std::size_t kPreambleBytes = 8;
constexpr std::array<std::byte, 4> kMagic = {std::byte{0}, std::byte{'a'}, std::byte{'s'},
                                             std::byte{'m'}};

/// "7f 45 4c 46"
std::string hex_of(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned>(b));
  return text;
}

/// A hint for common kinds of files that are not WebAssembly.
std::string hint_for(std::string_view start) {
  if (start.starts_with("\177ELF"))
    return "It is a native program; compile it for a Wasm target such as wasm32-wasip1.";
  if (start.starts_with("#!")) return "It is a script; an engine runs compiled WebAssembly.";
  if (start.starts_with("(module") || start.starts_with("(compon"))
    return "It is WebAssembly text; turn it into a binary with wat2wasm or wasm-tools parse.";
  if (start.starts_with("\x1f\x8b")) return "It is gzip-compressed; unpack it first.";
  return {};
}

}  // namespace

std::string_view to_string(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::module:
      return "module";
    case BinaryKind::component:
      return "component";
  }
  return {};
}

bool is_wasm(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

BinaryKind kind_of_binary(std::span<const std::byte> bytes, std::string_view name) {
  const std::size_t begun = std::min(bytes.size(), kMagic.size());
  if (!std::equal(kMagic.begin(), kMagic.begin() + begun, bytes.begin()))
    throw Error(ErrorKind::invalid,
                fmt::format("{}: byte 0x0: not WebAssembly: begins with {}, not 00 61 73 6d", name,
                            hex_of(bytes.first(begun))),
                hint_for(as_text(bytes.first(std::min(bytes.size(), kPreambleBytes)))));
  if (bytes.size() < kPreambleBytes)
    throw Error(
        ErrorKind::invalid,
        fmt::format("{}: byte {:#x}: ends within the preamble of 8 bytes", name, bytes.size()));
  const std::string version = hex_of(bytes.subspan(4, 4));
  if (version == "01 00 00 00") return BinaryKind::module;
  if (version == "0d 00 01 00") return BinaryKind::component;
  throw Error(ErrorKind::invalid,
              fmt::format("{}: byte 0x4: version {} is neither a module's (01 00 00 00) nor a "
                          "component's (0d 00 01 00)",
                          name, version));
}

}  // namespace modulah::wasm
