// The proposals of WebAssembly that a module may use, as a set.
//
// A tool chain records what it was allowed to use in the section "target_features", with the
// names of the tool conventions. A stripped module (and each of Go's) has no such section, so what
// is actually used is determined from the instructions and types as well. An engine or an optimizer
// must support both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::wasm {

/// One proposal. The order is the order of messages.
enum class Feature : std::uint8_t {
  mutable_globals,
  sign_ext,
  nontrapping_fptoint,
  bulk_memory,
  bulk_memory_opt,         ///< Of bulk_memory, memory.copy and memory.fill alone.
  call_indirect_overlong,  ///< The table index of call_indirect in more bytes than it needs.
  multivalue,
  reference_types,
  simd128,
  relaxed_simd,
  tail_call,
  extended_const,
  exception_handling,  ///< As standardised: try_table and exnref.
  legacy_exceptions,   ///< As browsers had it before: try, catch, delegate.
  function_references,
  gc,
  multimemory,
  memory64,
  atomics,
  custom_page_sizes,
  wide_arithmetic,
  stack_switching,
  strings,
  shared_everything,
  fp16,
};

inline constexpr unsigned kFeatureCount = static_cast<unsigned>(Feature::fp16) + 1;

/// The name in the section "target_features" where the tool conventions give one ("simd128"), else
/// one of the same form.
[[nodiscard]] std::string_view to_string(Feature feature);
/// The feature with a name of the section "target_features", or nothing.
[[nodiscard]] std::optional<Feature> parse_feature(std::string_view name);

/// A set of features; a value.
class FeatureSet {
 public:
  [[nodiscard]] constexpr bool contains(Feature feature) const noexcept {
    return (bits_ & bit(feature)) != 0;
  }
  constexpr void insert(Feature feature) noexcept { bits_ |= bit(feature); }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  /// In the order of `Feature`.
  [[nodiscard]] std::vector<std::string_view> names() const;

  friend constexpr FeatureSet operator|(FeatureSet a, FeatureSet b) noexcept {
    a.bits_ |= b.bits_;
    return a;
  }
  /// What is in `a` and not in `b`.
  friend constexpr FeatureSet operator-(FeatureSet a, FeatureSet b) noexcept {
    a.bits_ &= ~b.bits_;
    return a;
  }
  friend constexpr bool operator==(FeatureSet, FeatureSet) noexcept = default;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(Feature feature) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(feature);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace modulah::wasm
