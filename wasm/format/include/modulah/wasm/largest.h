// Which functions and data segments of a binary are the largest.
//
// A summary tells where the sections are; only the sizes of bodies and segments are read here, and
// of the names those that are shown. So it takes milliseconds for a module of 100 MB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/wasm/summary.h"

namespace modulah::wasm {

struct FunctionSize {
  std::uint32_t module = 0;  ///< Of a component: which of its core modules, from 0.
  std::uint32_t index = 0;   ///< In its module, imported functions first.
  /// As it is in the section "name", else the one it is exported by, else empty. Bytes from
  /// outside, perhaps mangled.
  std::string name;
  std::uint64_t offset = 0;  ///< Of its body, from the binary's start.
  std::uint64_t size = 0;    ///< Of its body, in bytes.
};

struct SegmentSize {
  std::uint32_t module = 0;  ///< As of a function.
  std::uint32_t index = 0;
  std::string name;                      ///< From the section "name", or empty.
  std::uint64_t offset = 0;              ///< Of its bytes, from the binary's start.
  std::uint64_t size = 0;                ///< In bytes.
  bool is_passive = false;               ///< Copied by instructions, not when the module begins.
  std::uint32_t memory = 0;              ///< Of one that is not passive.
  std::optional<std::uint64_t> address;  ///< Where it is put, when that is a constant.
};

/// The largest first, equally large ones in the order of the file.
struct Largest {
  std::vector<FunctionSize> functions;
  std::vector<SegmentSize> segments;
};

/// Finds at most `count` of each. `summary` is that of `bytes`, `name` is what messages call them.
/// Of a component, the core modules in `Summary::nested` are read. Throws Error invalid where
/// `bytes` are malformed, but not for the section "name".
[[nodiscard]] Largest find_largest(std::span<const std::byte> bytes, const Summary& summary,
                                   std::string_view name, std::size_t count);

}  // namespace modulah::wasm
