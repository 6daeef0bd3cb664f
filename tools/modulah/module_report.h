// What `inspect` finds in a module or component: read once, shown as text or as a record.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "modulah/wasm/largest.h"
#include "modulah/wasm/summary.h"

namespace modulah::cli {

struct ModuleReport {
  std::string path;  ///< As the user named it, or in its image.
  wasm::Summary summary;
  wasm::Largest largest;
};

/// Reads a binary; `top` is how many functions and data segments are kept. Throws Error invalid.
[[nodiscard]] ModuleReport make_module_report(std::span<const std::byte> bytes, std::string path,
                                              std::size_t top);

/// The report as a record with all keys always there. Sizes are in bytes.
[[nodiscard]] nlohmann::ordered_json module_record(const ModuleReport& report);

/// The bytes of the sections ".debug_*".
[[nodiscard]] std::uint64_t dwarf_bytes(const wasm::Summary& summary);
/// The bytes of the custom sections with this name.
[[nodiscard]] std::uint64_t custom_bytes(const wasm::Summary& summary, std::string_view name);
/// The source languages that the section "producers" names.
[[nodiscard]] std::vector<std::string> languages_of(const wasm::Summary& summary);

}  // namespace modulah::cli
