// Types as a module writes them down: read, turned into text, and the features that they need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modulah/wasm/features.h"
#include "modulah/wasm/summary.h"

#include "reader.h"

namespace modulah::wasm {

inline constexpr std::uint32_t kMaxTypes = 1'000'000;  ///< As engines have it; so are the others.

/// The type of a value, a field or a table's elements.
struct ValueType {
  std::uint8_t code = 0;   ///< Its first byte: 0x7F is i32; 0x63 and 0x64 have a heap type.
  std::int64_t heap = 0;   ///< Of 0x63 and 0x64: an index, or a negative number.
  bool is_shared = false;  ///< Of an abstract heap type.
};

/// "i32", "funcref", "(ref null 3)".
[[nodiscard]] std::string text_of(const ValueType& type);
/// Reads one and adds what it needs to `features`.
[[nodiscard]] ValueType read_value_type(Reader& reader, FeatureSet& features);
/// The same for one that must be a reference; an MVP table's funcref needs no feature.
[[nodiscard]] ValueType read_table_element(Reader& reader, FeatureSet& features);
/// Reads a heap type: an index, or a negative number.
void read_heap_type(Reader& reader, FeatureSet& features);

struct Limits {
  std::uint64_t minimum = 0;
  std::optional<std::uint64_t> maximum;
  std::uint64_t page_bytes = 65'536;
  bool is_shared = false;
  bool is_64 = false;
};
[[nodiscard]] Limits read_limits(Reader& reader, FeatureSet& features, bool is_memory);
/// "1 2 shared", as in the text format.
[[nodiscard]] std::string text_of(const Limits& limits);

struct GlobalType {
  ValueType type;
  bool is_mutable = false;
};
[[nodiscard]] GlobalType read_global_type(Reader& reader, FeatureSet& features);
[[nodiscard]] std::string text_of(const GlobalType& type);

struct TableType {
  ValueType element;
  Limits limits;
};
/// Reads the type alone, not the first byte 0x40 of a table with an initial value.
[[nodiscard]] TableType read_table_type(Reader& reader, FeatureSet& features);
[[nodiscard]] std::string text_of(const TableType& type);

/// The types of a module. Only the position of each is kept: most are never shown.
class TypeTable {
 public:
  /// Reads a type section's content.
  void read(Reader& section, FeatureSet& features);

  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(types_.size());
  }
  [[nodiscard]] bool is_function(std::uint32_t index) const {
    return index < types_.size() && types_[index].is_function;
  }
  /// Throws unless `index`, which stood at `offset`, is a function type.
  void require_function(const Reader& reader, std::uint64_t offset, std::uint32_t index) const;
  /// "(i32, i32) -> i32", cut at 16 of each; `index` is a function type.
  [[nodiscard]] std::string text_of_function(std::uint32_t index) const;
  /// Whether it is () -> ().
  [[nodiscard]] bool is_empty_function(std::uint32_t index) const;

 private:
  struct Type {
    std::uint32_t place = 0;  ///< Of what follows its first byte, in the section.
    bool is_function = false;
  };
  /// At the number of parameters of a function.
  [[nodiscard]] Reader body_of(std::uint32_t index) const;
  void read_rec_group(Reader& section, FeatureSet& features);
  void read_sub_type(Reader& section, FeatureSet& features);
  void read_composite(Reader& section, FeatureSet& features);
  std::vector<Type> types_;
  std::optional<Reader> section_;  ///< At its start.
};

}  // namespace modulah::wasm
