// Decodes instructions, to find the features they need and to check that they end where they
// should.
//
// Instructions are not stored and types are not checked, so this runs at some hundred MB/s.
#pragma once

#include "modulah/wasm/features.h"

#include "reader.h"

namespace modulah::wasm {

class InstructionScanner {
 public:
  /// What the module says before its code.
  struct Context {
    bool is_memory_64 = false;    ///< It has a 64-bit memory: offsets of loads may have 64 bits.
    bool has_data_count = false;  ///< Without it, no instruction may name a data segment.
  };
  /// `features` is added to, and must outlive it.
  InstructionScanner(FeatureSet& features, Context context)
      : features_(features), context_(context) {}

  /// Reads instructions up to the `end` that closes them.
  void expression(Reader& reader);
  /// The same for an initial value or an offset.
  void constant_expression(Reader& reader);

 private:
  void immediates(Reader& reader, std::uint8_t opcode, std::uint64_t start);
  void block_type(Reader& reader);
  void memory_argument(Reader& reader);
  void memory_index(Reader& reader);
  void call_indirect(Reader& reader);
  void branch_table(Reader& reader);
  void catches(Reader& reader);
  void handlers(Reader& reader);
  void data_index(Reader& reader, std::uint64_t start);
  void miscellaneous(Reader& reader, std::uint64_t start);
  void garbage_collection(Reader& reader, std::uint64_t start);
  void vector(Reader& reader, std::uint64_t start);
  void atomic(Reader& reader, std::uint64_t start);

  FeatureSet& features_;
  Context context_;
};

}  // namespace modulah::wasm
