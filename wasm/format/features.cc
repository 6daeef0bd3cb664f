// The names of features.
#include "modulah/wasm/features.h"

#include <algorithm>
#include <array>

namespace modulah::wasm {
namespace {

// In the order of the enumerators.
// https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md#target-features-section
constexpr std::array<std::string_view, kFeatureCount> kNames = {
    "mutable-globals",
    "sign-ext",
    "nontrapping-fptoint",
    "bulk-memory",
    "bulk-memory-opt",
    "call-indirect-overlong",
    "multivalue",
    "reference-types",
    "simd128",
    "relaxed-simd",
    "tail-call",
    "extended-const",
    "exception-handling",
    "legacy-exceptions",
    "function-references",
    "gc",
    "multimemory",
    "memory64",
    "atomics",
    "custom-page-sizes",
    "wide-arithmetic",
    "stack-switching",
    "strings",
    "shared-everything",
    "fp16",
};

}  // namespace

std::string_view to_string(Feature feature) { return kNames[static_cast<std::size_t>(feature)]; }

std::optional<Feature> parse_feature(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Feature>(found - kNames.begin());
}

std::vector<std::string_view> FeatureSet::names() const {
  std::vector<std::string_view> names;
  for (unsigned i = 0; i < kFeatureCount; ++i)
    if (contains(static_cast<Feature>(i))) names.push_back(kNames[i]);
  return names;
}

}  // namespace modulah::wasm
