// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
//
// A component is a tree: core modules and further components are sections of it. Imports and
// exports are read off the outermost one; the rest of its sections (types, instances, aliases)
// would tell what its interfaces look like inside, which their names tell well enough.
#include "component.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/io.h"

#include "custom.h"
#include "module.h"

namespace modulah::wasm {
namespace {

constexpr std::uint32_t kMaxItems = 1'000'000;
/// By their ids.
constexpr std::array<std::string_view, 13> kSections = {
    "custom", "core module", "core instance", "core type", "component", "instance", "alias",
    "type",   "function",    "start",         "import",    "export",    "value"};
constexpr unsigned kMaxDepth = 64;

class ComponentReader {
 public:
  ComponentReader(Reader reader, Depth depth, unsigned level, Summary& summary)
      : reader_(reader), depth_(depth), level_(level), summary_(summary) {}

  void read() {
    while (!reader_.at_end()) read_section();
  }

 private:
  void read_section();
  void note_section(std::uint8_t id, std::uint64_t start, Reader content);
  NestedBinary* note_nested(BinaryKind kind, const Reader& content);
  void read_core_module(Reader content);
  void read_nested(Reader content);
  void read_imports(Reader content);
  void read_exports(Reader content);
  static std::string_view read_name(Reader& content);
  static ExternKind read_description(Reader& content);
  static ExternKind read_sort(Reader& content);
  /// Whether imports, exports and custom sections are the whole binary's.
  [[nodiscard]] bool is_outermost() const { return level_ == 0; }

  Reader reader_;
  Depth depth_;
  unsigned level_;
  Summary& summary_;
};

/// Steps over the preamble of a nested binary, which must be of `kind`.
void read_preamble(Reader& content, BinaryKind kind) {
  const std::uint64_t start = content.offset();
  const std::string_view wanted = kind == BinaryKind::module
                                      ? std::string_view("\0asm\1\0\0\0", 8)
                                      : std::string_view("\0asm\x0d\0\1\0", 8);
  if (!as_text(content.rest()).starts_with(wanted))
    content.fail(start, fmt::format("not the preamble of a {}", to_string(kind)));
  content.skip(wanted.size());
}

void ComponentReader::read_section() {
  const std::uint64_t start = reader_.offset();
  const std::uint8_t id = reader_.u8();
  if (id >= kSections.size()) reader_.fail(start, fmt::format("unknown section {}", id));
  const std::uint32_t size = reader_.u32();
  const Reader content = reader_.window(size, fmt::format("{} section", kSections[id]));
  if (is_outermost() && id != 0) note_section(id, start, content);
  switch (id) {
    case 0:
      if (is_outermost()) read_custom_section(content, start, summary_);
      return;
    case 1:
      read_core_module(content);
      return;
    case 4:
      read_nested(content);
      return;
    case 10:
      if (is_outermost()) read_imports(content);
      return;
    case 11:
      if (is_outermost()) read_exports(content);
      return;
    default:
      return;
  }
}

/// Adds a section to those of its kind: there may be hundreds. `content` is at its start.
void ComponentReader::note_section(std::uint8_t id, std::uint64_t start, Reader content) {
  constexpr std::uint8_t kCoreModule = 1;
  constexpr std::uint8_t kComponent = 4;
  constexpr std::uint8_t kStart = 9;
  const bool is_one = id == kCoreModule || id == kComponent || id == kStart;
  auto found =
      std::find_if(summary_.sections.begin(), summary_.sections.end(),
                   [&](const Section& one) { return !one.is_custom && one.name == kSections[id]; });
  if (found == summary_.sections.end())
    found = summary_.sections.insert(found, {std::string(kSections[id]), false, start, 0, 0});
  found->size += content.offset() + content.left() - start;
  found->count += is_one ? 1 : content.u32();
}

/// Keeps where a nested binary is; null when there are too many.
NestedBinary* ComponentReader::note_nested(BinaryKind kind, const Reader& content) {
  if (summary_.nested.size() == kMaxNestedBinaries) return nullptr;
  summary_.nested.push_back({kind, level_, content.offset(), content.left(), {}, 0});
  return &summary_.nested.back();
}

void ComponentReader::read_core_module(Reader content) {
  NestedBinary* const nested = note_nested(BinaryKind::module, content);
  read_preamble(content, BinaryKind::module);
  Summary inner;
  read_module(content, depth_, inner);
  if (nested != nullptr) {
    nested->name = inner.module_name;
    nested->function_count = inner.function_count;
  }
  ++summary_.core_module_count;
  summary_.function_count += inner.function_count;
  summary_.imported_function_count += inner.imported_function_count;
  summary_.global_count += inner.global_count;
  summary_.memories.insert(summary_.memories.end(), inner.memories.begin(), inner.memories.end());
  std::move(inner.tables.begin(), inner.tables.end(), std::back_inserter(summary_.tables));
  summary_.code_size += inner.code_size;
  summary_.data_size += inner.data_size;
  summary_.custom_size += inner.custom_size;
  summary_.declared_features = summary_.declared_features | inner.declared_features;
  summary_.used_features = summary_.used_features | inner.used_features;
  summary_.has_features_section |= inner.has_features_section;
  summary_.has_debug_info |= inner.has_debug_info;
}

void ComponentReader::read_nested(Reader content) {
  if (level_ + 1 == kMaxDepth)
    content.fail(content.offset(), fmt::format("components nested {} deep", kMaxDepth));
  (void)note_nested(BinaryKind::component, content);
  read_preamble(content, BinaryKind::component);
  ComponentReader(content, depth_, level_ + 1, summary_).read();
}

std::string_view ComponentReader::read_name(Reader& content) {
  const std::uint64_t start = content.offset();
  if (const std::uint8_t form = content.u8(); form > 1)
    content.fail(start, fmt::format("unknown form of name {:#04x}", form));
  return content.name();
}

/// The sort of a thing, in an export.
ExternKind ComponentReader::read_sort(Reader& content) {
  const std::uint64_t start = content.offset();
  const std::uint8_t sort = content.u8();
  switch (sort) {
    case 0:  // Of core items, only modules can be exported.
      if (content.u8() != 0x11) content.fail(start, "export of a core item that is not a module");
      return ExternKind::module;
    case 1:
      return ExternKind::function;
    case 2:
      return ExternKind::value;
    case 3:
      return ExternKind::type;
    case 4:
      return ExternKind::component;
    case 5:
      return ExternKind::instance;
    default:
      content.fail(start, fmt::format("unknown sort {:#04x}", sort));
  }
}

/// The sort of a thing with its type, of which only the sort is kept.
ExternKind ComponentReader::read_description(Reader& content) {
  const ExternKind kind = read_sort(content);
  const std::uint64_t start = content.offset();
  if (kind == ExternKind::type || kind == ExternKind::value) {
    const std::uint8_t bound = content.u8();
    if (bound > 1) content.fail(start, fmt::format("unknown bound {:#04x}", bound));
    if (bound == 1) {
      // A new resource has nothing more; a value has its type, an index or a primitive one.
      if (kind == ExternKind::value) (void)content.s33();
      return kind;
    }
  }
  (void)content.u32();
  return kind;
}

void ComponentReader::read_imports(Reader content) {
  for (std::uint32_t left = content.count("imports", kMaxItems); left != 0; --left) {
    Import import;
    import.name = read_name(content);
    import.kind = read_description(content);
    summary_.imports.push_back(std::move(import));
  }
  content.require_end("import section");
}

void ComponentReader::read_exports(Reader content) {
  for (std::uint32_t left = content.count("exports", kMaxItems); left != 0; --left) {
    Export exported;
    exported.name = read_name(content);
    exported.kind = read_sort(content);
    exported.index = content.u32();
    const std::uint64_t start = content.offset();
    const std::uint8_t has_type = content.u8();
    if (has_type > 1) content.fail(start, "the flag for an export's type is neither 0 nor 1");
    if (has_type == 1) (void)read_description(content);
    summary_.exports.push_back(std::move(exported));
  }
  content.require_end("export section");
}

}  // namespace

void read_component(Reader reader, Depth depth, Summary& summary) {
  ComponentReader(reader, depth, 0, summary).read();
  // Several sections may have imports and exports; there is still a bound.
  if (summary.imports.size() > kMaxItems || summary.exports.size() > kMaxItems)
    reader.fail(reader.offset(), fmt::format("more than {} imports or exports", kMaxItems));
}

}  // namespace modulah::wasm
