// https://webassembly.github.io/spec/core/binary/types.html, and the proposals' overviews.
#include "types.h"

#include <fmt/format.h>

namespace modulah::wasm {
namespace {

constexpr std::uint32_t kMaxParameters = 1'000;
constexpr std::uint32_t kMaxFields = 10'000;
constexpr std::uint32_t kMaxSupertypes = 1;
constexpr std::uint32_t kMaxShownTypes = 16;

constexpr std::uint8_t kRefNull = 0x63;
constexpr std::uint8_t kRef = 0x64;
constexpr std::uint8_t kShared = 0x65;
constexpr std::uint8_t kFunctionReference = 0x70;

/// What is known of an abstract heap type, which is also the short form of a reference to it.
struct HeapType {
  std::uint8_t code;
  std::string_view heap;       ///< "func"
  std::string_view reference;  ///< "funcref"
  std::optional<Feature> feature;
};

constexpr HeapType kHeapTypes[] = {
    {kFunctionReference, "func", "funcref", std::nullopt},
    {0x6F, "extern", "externref", std::nullopt},
    {0x6E, "any", "anyref", Feature::gc},
    {0x6D, "eq", "eqref", Feature::gc},
    {0x6C, "i31", "i31ref", Feature::gc},
    {0x6B, "struct", "structref", Feature::gc},
    {0x6A, "array", "arrayref", Feature::gc},
    {0x69, "exn", "exnref", Feature::exception_handling},
    {0x68, "cont", "contref", Feature::stack_switching},
    {0x67, "string", "stringref", Feature::strings},
    {0x71, "none", "nullref", Feature::gc},
    {0x72, "noextern", "nullexternref", Feature::gc},
    {0x73, "nofunc", "nullfuncref", Feature::gc},
    {0x74, "noexn", "nullexnref", Feature::exception_handling},
    {0x75, "nocont", "nullcontref", Feature::stack_switching},
};

const HeapType* heap_type_of(std::uint8_t code) {
  for (const HeapType& type : kHeapTypes)
    if (type.code == code) return &type;
  return nullptr;
}

/// The byte that stands for a negative heap type.
std::uint8_t code_of(std::int64_t heap) { return static_cast<std::uint8_t>(heap & 0x7F); }

void add(const HeapType& type, FeatureSet& features) {
  features.insert(Feature::reference_types);
  if (type.feature) features.insert(*type.feature);
}

/// Reads the heap type of a reference; nothing for a shared one's prefix.
std::int64_t read_heap(Reader& reader, FeatureSet& features, bool& is_shared) {
  if (reader.peek() == kShared) {
    (void)reader.u8();
    is_shared = true;
    features.insert(Feature::shared_everything);
  }
  const std::uint64_t start = reader.offset();
  const std::int64_t heap = reader.s33();
  if (heap >= 0) {
    features.insert(Feature::function_references);
    return heap;
  }
  const HeapType* type = heap >= -64 ? heap_type_of(code_of(heap)) : nullptr;
  if (type == nullptr) reader.fail(start, fmt::format("unknown heap type {}", heap));
  add(*type, features);
  return heap;
}

std::string heap_text(const ValueType& type) {
  if (type.heap >= 0) return fmt::format("{}", type.heap);
  const HeapType* known = heap_type_of(code_of(type.heap));
  return fmt::format("{}{}", type.is_shared ? "shared " : "", known->heap);
}

/// A field's type may also be packed.
void read_field(Reader& reader, FeatureSet& features) {
  const std::uint8_t code = reader.peek();
  if (code == 0x78 || code == 0x77)
    (void)reader.u8();
  else
    (void)read_value_type(reader, features);
  const std::uint64_t start = reader.offset();
  if (reader.u8() > 1) reader.fail(start, "the field is neither const nor mut");
}

void read_value_types(Reader& reader, FeatureSet& features, std::string_view what,
                      std::uint32_t& count) {
  count = reader.count(what, kMaxParameters);
  for (std::uint32_t i = 0; i < count; ++i) (void)read_value_type(reader, features);
}

}  // namespace

ValueType read_value_type(Reader& reader, FeatureSet& features) {
  const std::uint64_t start = reader.offset();
  ValueType type;
  type.code = reader.u8();
  switch (type.code) {
    case 0x7F:
    case 0x7E:
    case 0x7D:
    case 0x7C:
      return type;
    case 0x7B:
      features.insert(Feature::simd128);
      return type;
    case kRef:
      // MVP has no reference that cannot be null.
      features.insert(Feature::function_references);
      [[fallthrough]];
    case kRefNull:
      type.heap = read_heap(reader, features, type.is_shared);
      return type;
    default:
      break;
  }
  if (type.code == kShared) {
    type.is_shared = true;
    features.insert(Feature::shared_everything);
    type.code = reader.u8();
  }
  const HeapType* known = heap_type_of(type.code);
  if (known == nullptr) reader.fail(start, fmt::format("unknown type {:#04x}", type.code));
  add(*known, features);
  return type;
}

void read_heap_type(Reader& reader, FeatureSet& features) {
  bool is_shared = false;
  (void)read_heap(reader, features, is_shared);
}

ValueType read_table_element(Reader& reader, FeatureSet& features) {
  if (reader.peek() == kFunctionReference) return {reader.u8(), 0, false};
  const std::uint64_t start = reader.offset();
  const ValueType type = read_value_type(reader, features);
  if (type.code >= 0x7B)
    reader.fail(start, fmt::format("{} is not a reference type", text_of(type)));
  return type;
}

std::string text_of(const ValueType& type) {
  switch (type.code) {
    case 0x7F:
      return "i32";
    case 0x7E:
      return "i64";
    case 0x7D:
      return "f32";
    case 0x7C:
      return "f64";
    case 0x7B:
      return "v128";
    case kRef:
      return fmt::format("(ref {})", heap_text(type));
    case kRefNull:
      return fmt::format("(ref null {})", heap_text(type));
    default:
      break;
  }
  return fmt::format("{}{}", type.is_shared ? "shared " : "", heap_type_of(type.code)->reference);
}

Limits read_limits(Reader& reader, FeatureSet& features, bool is_memory) {
  constexpr unsigned kHasMaximum = 1;
  constexpr unsigned kIsShared = 2;
  constexpr unsigned kIs64 = 4;
  constexpr unsigned kHasPageSize = 8;
  const std::uint64_t start = reader.offset();
  const unsigned flags = reader.u8();
  const unsigned known = is_memory ? 0x0FU : kHasMaximum | kIsShared | kIs64;
  if ((flags & ~known) != 0) reader.fail(start, fmt::format("unknown limits {:#04x}", flags));
  Limits limits;
  limits.is_shared = (flags & kIsShared) != 0;
  limits.is_64 = (flags & kIs64) != 0;
  if (limits.is_shared) features.insert(is_memory ? Feature::atomics : Feature::shared_everything);
  if (limits.is_64) features.insert(Feature::memory64);
  limits.minimum = limits.is_64 ? reader.u64() : reader.u32();
  if ((flags & kHasMaximum) != 0) limits.maximum = limits.is_64 ? reader.u64() : reader.u32();
  if ((flags & kHasPageSize) != 0) {
    const std::uint64_t size_start = reader.offset();
    const std::uint32_t exponent = reader.u32();
    if (exponent > 16) reader.fail(size_start, fmt::format("pages of 2^{} bytes", exponent));
    limits.page_bytes = std::uint64_t{1} << exponent;
    features.insert(Feature::custom_page_sizes);
  }
  return limits;
}

std::string text_of(const Limits& limits) {
  std::string text = limits.is_64 ? "i64 " : "";
  text += std::to_string(limits.minimum);
  if (limits.maximum) text += fmt::format(" {}", *limits.maximum);
  if (limits.is_shared) text += " shared";
  if (limits.page_bytes != 65'536) text += fmt::format(" (pagesize {})", limits.page_bytes);
  return text;
}

GlobalType read_global_type(Reader& reader, FeatureSet& features) {
  GlobalType global;
  global.type = read_value_type(reader, features);
  const std::uint64_t start = reader.offset();
  const unsigned flags = reader.u8();
  if (flags > 3) reader.fail(start, "the global is neither const nor mut");
  if ((flags & 2U) != 0) features.insert(Feature::shared_everything);
  global.is_mutable = (flags & 1U) != 0;
  return global;
}

std::string text_of(const GlobalType& type) {
  return fmt::format("{}{}", type.is_mutable ? "mut " : "", text_of(type.type));
}

TableType read_table_type(Reader& reader, FeatureSet& features) {
  TableType table;
  table.element = read_table_element(reader, features);
  table.limits = read_limits(reader, features, false);
  return table;
}

std::string text_of(const TableType& type) {
  return fmt::format("{} {}", text_of(type.limits), text_of(type.element));
}

void TypeTable::read(Reader& section, FeatureSet& features) {
  section_ = section;
  const std::uint32_t count = section.count("types", kMaxTypes);
  types_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) read_rec_group(section, features);
}

void TypeTable::read_rec_group(Reader& section, FeatureSet& features) {
  constexpr std::uint8_t kRecursive = 0x4E;
  std::uint32_t count = 1;
  if (section.peek() == kRecursive) {
    (void)section.u8();
    features.insert(Feature::gc);
    count = section.count("types in a group", kMaxTypes);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (types_.size() == kMaxTypes)
      section.fail(section.offset(), fmt::format("more than {} types", kMaxTypes));
    read_sub_type(section, features);
  }
}

void TypeTable::read_sub_type(Reader& section, FeatureSet& features) {
  constexpr std::uint8_t kSub = 0x50;
  constexpr std::uint8_t kSubFinal = 0x4F;
  const std::uint8_t first = section.peek();
  if (first == kSub || first == kSubFinal) {
    (void)section.u8();
    features.insert(Feature::gc);
    const std::uint32_t supers = section.count("supertypes", kMaxSupertypes);
    for (std::uint32_t i = 0; i < supers; ++i) (void)section.u32();
  }
  if (section.peek() == kShared) {
    (void)section.u8();
    features.insert(Feature::shared_everything);
  }
  read_composite(section, features);
}

void TypeTable::read_composite(Reader& section, FeatureSet& features) {
  const std::uint64_t start = section.offset();
  const std::uint8_t form = section.u8();
  types_.push_back(
      {static_cast<std::uint32_t>(section.offset() - section_->offset()), form == 0x60});
  std::uint32_t count = 0;
  switch (form) {
    case 0x60:
      read_value_types(section, features, "parameters", count);
      read_value_types(section, features, "results", count);
      if (count > 1) features.insert(Feature::multivalue);
      return;
    case 0x5F:
      features.insert(Feature::gc);
      count = section.count("fields", kMaxFields);
      for (std::uint32_t i = 0; i < count; ++i) read_field(section, features);
      return;
    case 0x5E:
      features.insert(Feature::gc);
      read_field(section, features);
      return;
    case 0x5D:
      features.insert(Feature::stack_switching);
      read_heap_type(section, features);
      return;
    default:
      section.fail(start, fmt::format("unknown form of type {:#04x}", form));
  }
}

void TypeTable::require_function(const Reader& reader, std::uint64_t offset,
                                 std::uint32_t index) const {
  if (index >= types_.size())
    reader.fail(offset, fmt::format("type {} of {}", index, types_.size()));
  if (!types_[index].is_function)
    reader.fail(offset, fmt::format("type {} is not a function type", index));
}

Reader TypeTable::body_of(std::uint32_t index) const {
  Reader body = *section_;
  body.skip(types_[index].place);
  return body;
}

std::string TypeTable::text_of_function(std::uint32_t index) const {
  Reader body = body_of(index);
  FeatureSet ignored;
  const auto list = [&](std::uint32_t count) {
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) {
      const ValueType type = read_value_type(body, ignored);
      if (i < kMaxShownTypes)
        text += (i == 0 ? "" : ", ") + text_of(type);
      else if (i == kMaxShownTypes)
        text += ", …";
    }
    return text;
  };
  const std::string parameters = list(body.u32());
  const std::uint32_t count = body.u32();
  const std::string results = list(count);
  return count == 1 ? fmt::format("({}) -> {}", parameters, results)
                    : fmt::format("({}) -> ({})", parameters, results);
}

bool TypeTable::is_empty_function(std::uint32_t index) const {
  Reader body = body_of(index);
  return body.u32() == 0 && body.u32() == 0;
}

}  // namespace modulah::wasm
