// https://webassembly.github.io/spec/core/binary/modules.html
#include "module.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "custom.h"
#include "instructions.h"
#include "types.h"

namespace modulah::wasm {
namespace {

// As engines have them.
constexpr std::uint32_t kMaxItems = 1'000'000;
constexpr std::uint32_t kMaxFunctionBytes = 7'654'321;

/// By their ids.
enum class SectionId : std::uint8_t {
  custom,
  type,
  import,
  function,
  table,
  memory,
  global,
  exports,
  start,
  element,
  code,
  data,
  data_count,
  tag,
};

struct SectionInfo {
  std::string_view name;
  int rank;  ///< They must be in this order; 0 for custom ones, which may be anywhere.
};

constexpr std::array<SectionInfo, 14> kSections = {{{"custom", 0},
                                                    {"type", 1},
                                                    {"import", 2},
                                                    {"function", 3},
                                                    {"table", 4},
                                                    {"memory", 5},
                                                    {"global", 7},
                                                    {"export", 8},
                                                    {"start", 9},
                                                    {"element", 10},
                                                    {"code", 12},
                                                    {"data", 13},
                                                    {"data count", 11},
                                                    {"tag", 6}}};

class ModuleReader {
 public:
  ModuleReader(Reader reader, Depth depth, Summary& summary)
      : reader_(reader), depth_(depth), summary_(summary) {}

  void read() {
    while (!reader_.at_end()) read_section();
    if (defined_functions() != body_count_)
      reader_.fail(reader_.offset(),
                   fmt::format("function and code section differ in length: {} and {}",
                               defined_functions(), body_count_));
    if (data_count_ && *data_count_ != data_segments_)
      reader_.fail(reader_.offset(), fmt::format("data count and data section differ: {} and {}",
                                                 *data_count_, data_segments_));
    summary_.function_count = static_cast<std::uint32_t>(defined_functions());
    summary_.imported_function_count = static_cast<std::uint32_t>(imported_functions_);
    summary_.global_count = static_cast<std::uint32_t>(globals_.size());
    if (summary_.memories.size() > 1) need(Feature::multimemory);
    if (summary_.tables.size() > 1) need(Feature::reference_types);
  }

 private:
  void read_section();
  void note_section(SectionId id, std::uint64_t start, Reader content);
  void read_content(SectionId section, Reader& content);
  void read_imports(Reader& content);
  std::string read_import_type(Reader& content, ExternKind kind);
  void read_functions(Reader& content);
  void read_tables(Reader& content);
  void read_memories(Reader& content);
  void read_tags(Reader& content);
  void read_globals(Reader& content);
  void read_exports(Reader& content);
  std::string export_type(const Reader& content, std::uint64_t start, ExternKind kind,
                          std::uint32_t index);
  void note_export(std::string_view name, ExternKind kind, std::uint32_t index);
  void read_start(Reader& content);
  void read_elements(Reader& content);
  void read_element(Reader& content);
  void read_code(Reader& content);
  void read_body(Reader body);
  void read_data(Reader& content);
  void read_segment(Reader& content);

  std::uint32_t read_function_type(Reader& content);
  std::uint32_t read_tag_type(Reader& content);
  Memory read_memory_type(Reader& content);
  ExternKind read_kind(Reader& content);
  InstructionScanner scanner() {
    return {summary_.used_features, {has_memory_64_, data_count_.has_value()}};
  }
  void need(Feature feature) { summary_.used_features.insert(feature); }
  [[nodiscard]] std::size_t defined_functions() const {
    return functions_.size() - imported_functions_;
  }

  Reader reader_;
  Depth depth_;
  Summary& summary_;
  int last_rank_ = 0;
  std::string_view last_name_;

  TypeTable types_;
  // The index spaces that the summary does not have, imported ones first.
  std::vector<std::uint32_t> functions_;  ///< Indices of types.
  std::size_t imported_functions_ = 0;
  std::vector<GlobalType> globals_;
  std::vector<std::uint32_t> tags_;  ///< Indices of types.
  bool has_memory_64_ = false;

  std::uint32_t body_count_ = 0;
  std::uint32_t data_segments_ = 0;
  std::optional<std::uint32_t> data_count_;
};

void ModuleReader::read_section() {
  const std::uint64_t start = reader_.offset();
  const std::uint8_t id = reader_.u8();
  if (id >= kSections.size()) reader_.fail(start, fmt::format("unknown section {}", id));
  const SectionInfo& info = kSections[id];
  const std::uint32_t size = reader_.u32();
  Reader content = reader_.window(size, fmt::format("{} section", info.name));
  if (id == 0) {
    read_custom_section(content, start, summary_);
    return;
  }
  if (info.rank <= last_rank_)
    reader_.fail(start, fmt::format("{} section after the {} section", info.name, last_name_));
  last_rank_ = info.rank;
  last_name_ = info.name;
  note_section(static_cast<SectionId>(id), start, content);
  read_content(static_cast<SectionId>(id), content);
}

/// Keeps where a section is. `content` is at its start.
void ModuleReader::note_section(SectionId id, std::uint64_t start, Reader content) {
  wasm::Section section;
  section.name = kSections[static_cast<std::size_t>(id)].name;
  section.offset = start;
  section.size = content.offset() + content.left() - start;
  const bool is_list = id != SectionId::start && id != SectionId::data_count;
  section.count = is_list ? content.u32() : 1;
  summary_.sections.push_back(std::move(section));
}

void ModuleReader::read_content(SectionId section, Reader& content) {
  switch (section) {
    case SectionId::custom:
      return;
    case SectionId::type:
      types_.read(content, summary_.used_features);
      break;
    case SectionId::import:
      read_imports(content);
      break;
    case SectionId::function:
      read_functions(content);
      break;
    case SectionId::table:
      read_tables(content);
      break;
    case SectionId::memory:
      read_memories(content);
      break;
    case SectionId::global:
      read_globals(content);
      break;
    case SectionId::exports:
      read_exports(content);
      break;
    case SectionId::start:
      read_start(content);
      break;
    case SectionId::element:
      if (depth_ == Depth::headers) return;
      read_elements(content);
      break;
    case SectionId::code:
      summary_.code_size = content.left();
      body_count_ = content.count("function bodies", kMaxItems);
      if (depth_ == Depth::headers) return;
      read_code(content);
      break;
    case SectionId::data:
      summary_.data_size = content.left();
      data_segments_ = content.count("data segments", kMaxItems);
      if (depth_ == Depth::headers) return;
      read_data(content);
      break;
    case SectionId::data_count:
      data_count_ = content.u32();
      need(Feature::bulk_memory);
      break;
    case SectionId::tag:
      read_tags(content);
      break;
  }
  content.require_end(fmt::format("{} section", kSections[static_cast<std::size_t>(section)].name));
}

ExternKind ModuleReader::read_kind(Reader& content) {
  const std::uint64_t start = content.offset();
  switch (const std::uint8_t code = content.u8()) {
    case 0:
      return ExternKind::function;
    case 1:
      return ExternKind::table;
    case 2:
      return ExternKind::memory;
    case 3:
      return ExternKind::global;
    case 4:
      return ExternKind::tag;
    default:
      content.fail(start, fmt::format("unknown kind {:#04x}", code));
  }
}

std::uint32_t ModuleReader::read_function_type(Reader& content) {
  const std::uint64_t start = content.offset();
  const std::uint32_t index = content.u32();
  types_.require_function(content, start, index);
  return index;
}

std::uint32_t ModuleReader::read_tag_type(Reader& content) {
  const std::uint64_t start = content.offset();
  if (content.u8() != 0) content.fail(start, "unknown attribute of a tag");
  need(Feature::exception_handling);
  return read_function_type(content);
}

Memory ModuleReader::read_memory_type(Reader& content) {
  const Limits limits = read_limits(content, summary_.used_features, true);
  has_memory_64_ = has_memory_64_ || limits.is_64;
  Memory memory;
  memory.minimum = limits.minimum;
  memory.maximum = limits.maximum;
  memory.page_bytes = limits.page_bytes;
  memory.is_shared = limits.is_shared;
  memory.is_64 = limits.is_64;
  return memory;
}

std::string text_of(const Memory& memory) {
  return text_of(
      Limits{memory.minimum, memory.maximum, memory.page_bytes, memory.is_shared, memory.is_64});
}

void ModuleReader::read_imports(Reader& content) {
  const std::uint32_t count = content.count("imports", kMaxItems);
  for (std::uint32_t i = 0; i < count; ++i) {
    Import import;
    import.module = content.name();
    import.name = content.name();
    import.kind = read_kind(content);
    import.type = read_import_type(content, import.kind);
    summary_.imports.push_back(std::move(import));
  }
  imported_functions_ = functions_.size();
}

std::string ModuleReader::read_import_type(Reader& content, ExternKind kind) {
  if (kind == ExternKind::function) {
    functions_.push_back(read_function_type(content));
    return types_.text_of_function(functions_.back());
  }
  if (kind == ExternKind::table) {
    summary_.tables.push_back(
        {text_of(read_table_type(content, summary_.used_features)), true, false});
    return summary_.tables.back().type;
  }
  if (kind == ExternKind::memory) {
    summary_.memories.push_back(read_memory_type(content));
    summary_.memories.back().is_imported = true;
    return text_of(summary_.memories.back());
  }
  if (kind == ExternKind::global) {
    globals_.push_back(read_global_type(content, summary_.used_features));
    if (globals_.back().is_mutable) need(Feature::mutable_globals);
    return text_of(globals_.back());
  }
  tags_.push_back(read_tag_type(content));
  return types_.text_of_function(tags_.back());
}

void ModuleReader::read_functions(Reader& content) {
  const std::uint32_t count = content.count("functions", kMaxItems);
  functions_.reserve(functions_.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) functions_.push_back(read_function_type(content));
}

void ModuleReader::read_tables(Reader& content) {
  constexpr std::uint8_t kHasInitialValue = 0x40;
  for (std::uint32_t left = content.count("tables", kMaxItems); left != 0; --left) {
    const bool has_value = content.peek() == kHasInitialValue;
    if (has_value) {
      const std::uint64_t start = content.offset();
      content.skip(1);
      if (content.u8() != 0) content.fail(start, "unknown form of table");
      need(Feature::function_references);
    }
    summary_.tables.push_back(
        {text_of(read_table_type(content, summary_.used_features)), false, false});
    if (has_value) scanner().constant_expression(content);
  }
}

void ModuleReader::read_memories(Reader& content) {
  for (std::uint32_t left = content.count("memories", kMaxItems); left != 0; --left)
    summary_.memories.push_back(read_memory_type(content));
}

void ModuleReader::read_tags(Reader& content) {
  for (std::uint32_t left = content.count("tags", kMaxItems); left != 0; --left)
    tags_.push_back(read_tag_type(content));
}

void ModuleReader::read_globals(Reader& content) {
  for (std::uint32_t left = content.count("globals", kMaxItems); left != 0; --left) {
    globals_.push_back(read_global_type(content, summary_.used_features));
    scanner().constant_expression(content);
  }
}

void ModuleReader::read_exports(Reader& content) {
  for (std::uint32_t left = content.count("exports", kMaxItems); left != 0; --left) {
    Export exported;
    exported.name = content.name();
    exported.kind = read_kind(content);
    const std::uint64_t start = content.offset();
    const std::uint32_t index = content.u32();
    exported.type = export_type(content, start, exported.kind, index);
    exported.index = index;
    note_export(exported.name, exported.kind, index);
    summary_.exports.push_back(std::move(exported));
  }
}

/// The type of the thing that is exported; throws when there is none with that index.
std::string ModuleReader::export_type(const Reader& content, std::uint64_t start, ExternKind kind,
                                      std::uint32_t index) {
  const auto require = [&](std::size_t count) {
    if (index >= count)
      content.fail(start, fmt::format("export of {} {} of {}", to_string(kind), index, count));
  };
  switch (kind) {
    case ExternKind::function:
      require(functions_.size());
      return types_.text_of_function(functions_[index]);
    case ExternKind::table:
      require(summary_.tables.size());
      return summary_.tables[index].type;
    case ExternKind::memory:
      require(summary_.memories.size());
      return text_of(summary_.memories[index]);
    case ExternKind::global:
      require(globals_.size());
      return text_of(globals_[index]);
    case ExternKind::tag:
      require(tags_.size());
      return types_.text_of_function(tags_[index]);
    case ExternKind::module:
    case ExternKind::component:
    case ExternKind::instance:
    case ExternKind::type:
    case ExternKind::value:
      break;
  }
  return {};
}

/// Keeps what an export says about the whole module.
void ModuleReader::note_export(std::string_view name, ExternKind kind, std::uint32_t index) {
  if (kind == ExternKind::function && name == "_start") {
    summary_.has_start_export = true;
    summary_.is_start_callable = types_.is_empty_function(functions_[index]);
  }
  if (kind == ExternKind::function && name == "_initialize") summary_.has_initialize_export = true;
  if (kind == ExternKind::memory) summary_.memories[index].is_exported = true;
  if (kind == ExternKind::table) summary_.tables[index].is_exported = true;
  if (kind == ExternKind::global && globals_[index].is_mutable) need(Feature::mutable_globals);
}

void ModuleReader::read_start(Reader& content) {
  const std::uint64_t start = content.offset();
  const std::uint32_t index = content.u32();
  if (index >= functions_.size())
    content.fail(start, fmt::format("start function {} of {}", index, functions_.size()));
  summary_.start_function = index;
}

void ModuleReader::read_elements(Reader& content) {
  for (std::uint32_t left = content.count("element segments", kMaxItems); left != 0; --left)
    read_element(content);
}

void ModuleReader::read_element(Reader& content) {
  constexpr unsigned kIsPassive = 1;  // Or declared, with the next bit.
  constexpr unsigned kHasTable = 2;   // When it is not passive.
  constexpr unsigned kHasExpressions = 4;
  const std::uint64_t start = content.offset();
  const std::uint32_t flags = content.u32();
  if (flags > 7) content.fail(start, fmt::format("unknown form of element segment {}", flags));
  if ((flags & kIsPassive) != 0) {
    need((flags & kHasTable) != 0 ? Feature::reference_types : Feature::bulk_memory);
  } else {
    if ((flags & kHasTable) != 0 && content.u32() != 0) need(Feature::reference_types);
    scanner().constant_expression(content);
  }
  const bool has_kind = (flags & (kIsPassive | kHasTable)) != 0;
  if ((flags & kHasExpressions) == 0) {
    const std::uint64_t kind_start = content.offset();
    if (has_kind && content.u8() != 0) content.fail(kind_start, "unknown kind of elements");
    for (std::uint32_t left = content.count("elements", 10'000'000); left != 0; --left)
      (void)content.u32();
    return;
  }
  need(Feature::bulk_memory);
  if (has_kind) (void)read_table_element(content, summary_.used_features);
  for (std::uint32_t left = content.count("elements", 10'000'000); left != 0; --left)
    scanner().constant_expression(content);
}

void ModuleReader::read_code(Reader& content) {
  for (std::uint32_t i = 0; i < body_count_; ++i) {
    const std::uint64_t start = content.offset();
    const std::uint32_t size = content.u32();
    if (size > kMaxFunctionBytes)
      content.fail(start,
                   fmt::format("function of {} bytes, more than {}", size, kMaxFunctionBytes));
    read_body(content.window(size, "function body"));
  }
}

void ModuleReader::read_body(Reader body) {
  std::uint64_t locals = 0;
  for (std::uint32_t left = body.count("groups of locals", kMaxItems); left != 0; --left) {
    const std::uint64_t start = body.offset();
    locals += body.u32();
    if (locals > 0xFFFF'FFFFU) body.fail(start, fmt::format("{} locals", locals));
    (void)read_value_type(body, summary_.used_features);
  }
  scanner().expression(body);
  body.require_end("function body");
}

void ModuleReader::read_data(Reader& content) {
  for (std::uint32_t i = 0; i < data_segments_; ++i) read_segment(content);
}

void ModuleReader::read_segment(Reader& content) {
  constexpr std::uint32_t kPassive = 1;
  constexpr std::uint32_t kHasMemory = 2;
  const std::uint64_t start = content.offset();
  const std::uint32_t flags = content.u32();
  if (flags > kHasMemory)
    content.fail(start, fmt::format("unknown form of data segment {}", flags));
  if (flags == kPassive) need(Feature::bulk_memory);
  if (flags == kHasMemory && content.u32() != 0) need(Feature::multimemory);
  if (flags != kPassive) scanner().constant_expression(content);
  const std::uint64_t size_start = content.offset();
  const std::uint32_t size = content.u32();
  if (size > content.left())
    content.fail(size_start,
                 fmt::format("data segment of {} bytes, but only {} remain", size, content.left()));
  content.skip(size);
}

}  // namespace

void read_module(Reader reader, Depth depth, Summary& summary) {
  ModuleReader(reader, depth, summary).read();
}

}  // namespace modulah::wasm
