// https://webassembly.github.io/spec/core/binary/modules.html, and the appendix on names.
#include "modulah/wasm/largest.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

#include "instructions.h"
#include "reader.h"

namespace modulah::wasm {
namespace {

/// Keeps the largest `limit` of the things that are put in, as a heap with the smallest on top.
template <typename Thing>
class Top {
 public:
  explicit Top(std::size_t limit) : limit_(limit) {}

  void put(Thing thing) {
    if (limit_ == 0) return;
    if (kept_.size() == limit_) {
      if (!is_before(thing, kept_.front())) return;
      std::pop_heap(kept_.begin(), kept_.end(), is_before);
      kept_.pop_back();
    }
    kept_.push_back(std::move(thing));
    std::push_heap(kept_.begin(), kept_.end(), is_before);
  }
  [[nodiscard]] std::vector<Thing> take() {
    std::sort_heap(kept_.begin(), kept_.end(), is_before);
    return std::move(kept_);
  }

 private:
  static bool is_before(const Thing& a, const Thing& b) {
    return std::tie(b.size, a.module, a.index) < std::tie(a.size, b.module, b.index);
  }
  std::size_t limit_;
  std::vector<Thing> kept_;
};

/// A core module: the whole binary, or one in a component.
struct CoreModule {
  std::uint32_t number = 0;
  std::uint64_t base = 0;  ///< Of its first byte in the whole binary.
  std::span<const std::byte> bytes;
  const Summary* summary;  ///< Never null; outlives this.
};

/// The content of a section, or nothing when the module does not have it (or `bytes` do not).
std::optional<Reader> content_of(const CoreModule& module, std::string_view section, bool is_custom,
                                 std::string_view file) {
  for (const Section& one : module.summary->sections) {
    if (one.is_custom != is_custom || one.name != section) continue;
    if (one.offset + one.size > module.bytes.size()) continue;
    Reader reader(module.bytes.subspan(static_cast<std::size_t>(one.offset),
                                       static_cast<std::size_t>(one.size)),
                  module.base + one.offset, file);
    (void)reader.u8();
    (void)reader.u32();
    if (is_custom) (void)reader.name();
    return reader;
  }
  return std::nullopt;
}

void read_functions(const CoreModule& module, std::string_view file, Top<FunctionSize>& top) {
  auto content = content_of(module, "code", false, file);
  if (!content) return;
  const std::uint32_t count = content->u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    FunctionSize function;
    function.module = module.number;
    function.index = module.summary->imported_function_count + i;
    function.size = content->u32();
    function.offset = content->offset();
    content->skip(function.size);
    top.put(std::move(function));
  }
}

/// Reads where a segment is put; steps over an expression that is more than a number.
std::optional<std::uint64_t> read_address(Reader& reader) {
  constexpr std::uint8_t kI32Const = 0x41;
  constexpr std::uint8_t kI64Const = 0x42;
  constexpr std::uint8_t kEnd = 0x0B;
  Reader ahead = reader;
  const std::uint8_t opcode = ahead.u8();
  if (opcode == kI32Const || opcode == kI64Const) {
    const std::uint64_t address = opcode == kI32Const ? static_cast<std::uint32_t>(ahead.s32())
                                                      : static_cast<std::uint64_t>(ahead.s64());
    if (ahead.u8() == kEnd) {
      reader = ahead;
      return address;
    }
  }
  FeatureSet ignored;
  InstructionScanner(ignored, {}).constant_expression(reader);
  return std::nullopt;
}

void read_segments(const CoreModule& module, std::string_view file, Top<SegmentSize>& top) {
  constexpr std::uint32_t kPassive = 1;
  constexpr std::uint32_t kHasMemory = 2;
  auto content = content_of(module, "data", false, file);
  if (!content) return;
  const std::uint32_t count = content->u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    SegmentSize segment;
    segment.module = module.number;
    segment.index = i;
    const std::uint32_t flags = content->u32();
    segment.is_passive = flags == kPassive;
    if (flags == kHasMemory) segment.memory = content->u32();
    if (!segment.is_passive) segment.address = read_address(*content);
    segment.size = content->u32();
    segment.offset = content->offset();
    content->skip(segment.size);
    top.put(std::move(segment));
  }
}

/// The names that are wanted, by index.
using Names = std::unordered_map<std::uint32_t, std::string*>;

/// Reads a subsection that lists indices with names.
void read_name_map(Reader& subsection, const Names& wanted) {
  const std::uint32_t count = subsection.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t index = subsection.u32();
    const std::uint32_t size = subsection.u32();
    const Reader name = subsection.window(size, "name");
    if (const auto found = wanted.find(index); found != wanted.end())
      *found->second = as_text(name.rest());
  }
}

void read_name_section(const CoreModule& module, std::string_view file, const Names& functions,
                       const Names& segments) {
  constexpr std::uint8_t kFunctions = 1;
  constexpr std::uint8_t kSegments = 9;
  auto content = content_of(module, "name", true, file);
  while (content && !content->at_end()) {
    const std::uint8_t id = content->u8();
    Reader subsection = content->window(content->u32(), "subsection");
    if (id == kFunctions) read_name_map(subsection, functions);
    if (id == kSegments) read_name_map(subsection, segments);
  }
}

/// Where the names of those of `module` go.
template <typename Thing>
Names names_in(const CoreModule& module, std::vector<Thing>& things) {
  Names names;
  for (Thing& thing : things)
    if (thing.module == module.number) names.emplace(thing.index, &thing.name);
  return names;
}

void read_names(const CoreModule& module, std::string_view file, Largest& largest) {
  const Names functions = names_in(module, largest.functions);
  for (const Export& exported : module.summary->exports) {
    const auto found = functions.find(exported.index);
    if (exported.kind == ExternKind::function && found != functions.end() && found->second->empty())
      *found->second = exported.name;
  }
  try {
    read_name_section(module, file, functions, names_in(module, largest.segments));
  } catch (const Error&) {
    // By the specification this does not make the module invalid; the names before it are kept.
  }
}

/// The core modules in a component. Their summaries are put into `summaries`.
std::vector<CoreModule> nested_modules(std::span<const std::byte> bytes, const Summary& component,
                                       std::string_view file, std::vector<Summary>& summaries) {
  summaries.reserve(component.nested.size());
  std::vector<CoreModule> modules;
  for (const NestedBinary& nested : component.nested) {
    if (nested.kind != BinaryKind::module) continue;
    const auto part = bytes.subspan(static_cast<std::size_t>(nested.offset),
                                    static_cast<std::size_t>(nested.size));
    summaries.push_back(summarize(part, file, Depth::headers));
    modules.push_back(
        {static_cast<std::uint32_t>(modules.size()), nested.offset, part, &summaries.back()});
  }
  return modules;
}

}  // namespace

Largest find_largest(std::span<const std::byte> bytes, const Summary& summary,
                     std::string_view name, std::size_t count) {
  std::vector<Summary> summaries;
  std::vector<CoreModule> modules;
  if (summary.kind == BinaryKind::component)
    modules = nested_modules(bytes, summary, name, summaries);
  else
    modules.push_back({0, 0, bytes, &summary});
  Top<FunctionSize> functions(count);
  Top<SegmentSize> segments(count);
  for (const CoreModule& module : modules) {
    read_functions(module, name, functions);
    read_segments(module, name, segments);
  }
  Largest largest{functions.take(), segments.take()};
  for (const CoreModule& module : modules) read_names(module, name, largest);
  return largest;
}

}  // namespace modulah::wasm
