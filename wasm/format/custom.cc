// https://github.com/WebAssembly/tool-conventions: ProducersSection.md, Linking.md; and the
// specification's appendix for names.
#include "custom.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::wasm {
namespace {

// Bounds on what is kept; what compilers write is far below them.
constexpr std::size_t kMaxSections = 10'000;
constexpr std::size_t kMaxProducers = 1'000;
constexpr std::size_t kMaxUnknownFeatures = 1'000;

/// The names of a module or component: the first subsection is its own name.
void read_names(Reader& section, Summary& summary) {
  constexpr std::uint8_t kOwnName = 0;
  while (!section.at_end()) {
    const std::uint8_t id = section.u8();
    Reader subsection = section.window(section.u32(), "subsection");
    if (id != kOwnName) continue;
    summary.module_name = subsection.name();
    return;
  }
}

void read_producers(Reader& section, Summary& summary) {
  for (std::uint32_t fields = section.count("fields", kMaxProducers); fields != 0; --fields) {
    const std::string_view field = section.name();
    for (std::uint32_t values = section.count("values", kMaxProducers); values != 0; --values) {
      const std::string_view name = section.name();
      const std::string_view version = section.name();
      if (summary.producers.size() == kMaxProducers)
        section.fail(section.offset(), fmt::format("more than {} producers", kMaxProducers));
      summary.producers.push_back({std::string(field), std::string(name), std::string(version)});
    }
  }
  section.require_end("section");
}

void read_target_features(Reader& section, Summary& summary) {
  summary.has_features_section = true;
  for (std::uint32_t left = section.count("features", kMaxUnknownFeatures); left != 0; --left) {
    const std::uint8_t prefix = section.u8();
    const std::string_view name = section.name();
    if (prefix == '-') continue;
    if (prefix != '+' && prefix != '=') section.fail(section.offset(), "unknown prefix");
    if (const auto feature = parse_feature(name))
      summary.declared_features.insert(*feature);
    else if (std::find(summary.unknown_features.begin(), summary.unknown_features.end(), name) ==
             summary.unknown_features.end())
      summary.unknown_features.emplace_back(name);
  }
  section.require_end("section");
}

void read_content(std::string_view name, Reader& section, Summary& summary) {
  if (name == "name" || name == "component-name")
    read_names(section, summary);
  else if (name == "producers")
    read_producers(section, summary);
  else if (name == "target_features")
    read_target_features(section, summary);
  else if (name == "sourceMappingURL")
    summary.source_map_url = section.name();
  else if (name == "external_debug_info")
    summary.debug_info_url = section.name();
}

}  // namespace

void note_custom_section(CustomSection section, Summary& summary) {
  summary.custom_size += section.size;
  if (section.name.starts_with(".debug_")) summary.has_debug_info = true;
  summary.sections.push_back({section.name, true, section.offset, section.size, 0});
  summary.custom_sections.push_back(std::move(section));
}

void read_custom_section(Reader section, std::uint64_t start, Summary& summary) {
  CustomSection custom;
  custom.offset = start;
  custom.size = section.offset() + section.left() - start;
  custom.name = section.name();
  if (summary.custom_sections.size() == kMaxSections)
    section.fail(start, fmt::format("more than {} custom sections", kMaxSections));
  try {
    read_content(custom.name, section, summary);
  } catch (const Error&) {
    custom.is_malformed = true;  // By the specification this does not make the module invalid.
  }
  note_custom_section(std::move(custom), summary);
}

}  // namespace modulah::wasm
