// Sections, put together by what people call them.
#include "modulah/wasm/size_changes.h"

#include <algorithm>
#include <array>

namespace modulah::wasm {
namespace {

enum class Purpose : std::uint8_t { code, data, debug_info, names, other };

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> kNames = {"code", "data", "debug information", "names",
                                                    "other sections"};

Purpose purpose_of(const Section& section) {
  const std::string_view name = section.name;
  if (!section.is_custom) {
    if (name == "code") return Purpose::code;
    return name == "data" ? Purpose::data : Purpose::other;
  }
  if (name.starts_with(".debug_") || name == "sourceMappingURL" || name == "external_debug_info")
    return Purpose::debug_info;
  return name == "name" ? Purpose::names : Purpose::other;
}

std::uint64_t difference(const SizeChange& change) {
  return std::max(change.before, change.after) - std::min(change.before, change.after);
}

}  // namespace

std::vector<SizeChange> size_changes(const Summary& before, const Summary& after) {
  std::vector<SizeChange> changes;
  for (const std::string_view name : kNames) changes.push_back({name, 0, 0});
  for (const Section& section : before.sections)
    changes[static_cast<std::size_t>(purpose_of(section))].before += section.size;
  for (const Section& section : after.sections)
    changes[static_cast<std::size_t>(purpose_of(section))].after += section.size;
  std::erase_if(changes, [](const SizeChange& one) { return one.before == one.after; });
  std::stable_sort(changes.begin(), changes.end(), [](const SizeChange& a, const SizeChange& b) {
    return difference(a) > difference(b);
  });
  return changes;
}

}  // namespace modulah::wasm
