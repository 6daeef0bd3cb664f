// Chooses the sections to drop. This is done before Binaryen reads the module: it would keep what
// it does not know, and takes longer when there is DWARF.
#include "strip.h"

#include "modulah/base/io.h"

namespace modulah::wasm {
namespace {

bool is_dropped(std::string_view name, const OptimizeOptions& options) {
  const bool is_code_kept = options.level == OptimizeLevel::o0;
  if (name.starts_with("metadata.code.") || name == "build_id") return !is_code_kept;
  if (name.starts_with(".debug_") || name == "sourceMappingURL" || name == "external_debug_info")
    return options.debug_info == Keep::drop;
  if (name == "name") return options.names == Keep::drop;
  if (name == "producers") return options.producers == Keep::drop;
  return false;
}

}  // namespace

void append_without_dropped(std::span<const std::byte> module, const Summary& summary,
                            const OptimizeOptions& options, std::string& to) {
  std::size_t done = 0;
  for (const CustomSection& section : summary.custom_sections) {
    if (!is_dropped(section.name, options)) continue;
    to += as_text(module.subspan(done, section.offset - done));
    done = section.offset + section.size;
  }
  to += as_text(module.subspan(done));
}

}  // namespace modulah::wasm
