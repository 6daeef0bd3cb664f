// The instructions of one byte: what follows each opcode, and the proposal that introduced it;
// internal.
//
// https://webassembly.github.io/spec/core/appendix/index-instructions.html
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "modulah/wasm/features.h"

namespace modulah::wasm {

/// What follows an opcode.
enum class Immediate : std::uint8_t {
  unknown,  ///< No such instruction.
  none,
  block,  ///< A block's type; an `end` closes it.
  end,    ///< Closes a block; `delegate` does too.
  delegate,
  index,  ///< One index.
  two_indices,
  call_indirect,
  branch_table,
  select_types,
  memory,        ///< Alignment and offset.
  memory_index,  ///< Of memory.size and memory.grow.
  number_32,
  number_64,
  bytes_4,
  bytes_8,
  heap_type,
  try_table,
  resume,
  resume_throw,
  miscellaneous,  ///< More opcode follows.
  garbage_collection,
  vector,
  atomic,
};

inline constexpr std::uint8_t kNoFeature = std::numeric_limits<std::uint8_t>::max();

struct Operation {
  Immediate immediate = Immediate::unknown;
  std::uint8_t feature = kNoFeature;
};

using OperationTable = std::array<Operation, 256>;

constexpr void set(OperationTable& table, unsigned first, unsigned last, Immediate immediate) {
  for (unsigned code = first; code <= last; ++code) table[code].immediate = immediate;
}
constexpr void set(OperationTable& table, unsigned first, unsigned last, Immediate immediate,
                   Feature feature) {
  for (unsigned code = first; code <= last; ++code)
    table[code] = {immediate, static_cast<std::uint8_t>(feature)};
}

constexpr OperationTable make_operations() {
  OperationTable table;
  using enum Immediate;
  set(table, 0x00, 0x01, none);
  set(table, 0x02, 0x04, block);
  set(table, 0x05, 0x05, none);                                // else
  set(table, 0x06, 0x06, block, Feature::legacy_exceptions);   // try
  set(table, 0x07, 0x07, index, Feature::legacy_exceptions);   // catch
  set(table, 0x08, 0x08, index, Feature::exception_handling);  // throw
  set(table, 0x09, 0x09, index, Feature::legacy_exceptions);   // rethrow
  set(table, 0x0A, 0x0A, none, Feature::exception_handling);   // throw_ref
  set(table, 0x0B, 0x0B, end);
  set(table, 0x0C, 0x0D, index);  // br, br_if
  set(table, 0x0E, 0x0E, branch_table);
  set(table, 0x0F, 0x0F, none);   // return
  set(table, 0x10, 0x10, index);  // call
  set(table, 0x11, 0x11, call_indirect);
  set(table, 0x12, 0x12, index, Feature::tail_call);
  set(table, 0x13, 0x13, call_indirect, Feature::tail_call);
  set(table, 0x14, 0x14, index, Feature::function_references);  // call_ref
  set(table, 0x15, 0x15, index, Feature::function_references);  // return_call_ref
  set(table, 0x18, 0x18, delegate, Feature::legacy_exceptions);
  set(table, 0x19, 0x19, none, Feature::legacy_exceptions);  // catch_all
  set(table, 0x1A, 0x1B, none);                              // drop, select
  set(table, 0x1C, 0x1C, select_types, Feature::reference_types);
  set(table, 0x1F, 0x1F, try_table, Feature::exception_handling);
  set(table, 0x20, 0x24, index);                            // local.*, global.*
  set(table, 0x25, 0x26, index, Feature::reference_types);  // table.get, table.set
  set(table, 0x28, 0x3E, memory);
  set(table, 0x3F, 0x40, memory_index);
  set(table, 0x41, 0x41, number_32);
  set(table, 0x42, 0x42, number_64);
  set(table, 0x43, 0x43, bytes_4);
  set(table, 0x44, 0x44, bytes_8);
  set(table, 0x45, 0xBF, none);
  set(table, 0xC0, 0xC4, none, Feature::sign_ext);
  set(table, 0xD0, 0xD0, heap_type, Feature::reference_types);  // ref.null
  set(table, 0xD1, 0xD1, none, Feature::reference_types);       // ref.is_null
  set(table, 0xD2, 0xD2, index, Feature::reference_types);      // ref.func
  set(table, 0xD3, 0xD3, none, Feature::gc);                    // ref.eq
  set(table, 0xD4, 0xD4, none, Feature::function_references);   // ref.as_non_null
  set(table, 0xD5, 0xD6, index, Feature::function_references);  // br_on_null, br_on_non_null
  set(table, 0xE0, 0xE0, index, Feature::stack_switching);      // cont.new
  set(table, 0xE1, 0xE1, two_indices, Feature::stack_switching);
  set(table, 0xE2, 0xE2, index, Feature::stack_switching);  // suspend
  set(table, 0xE3, 0xE3, resume, Feature::stack_switching);
  set(table, 0xE4, 0xE4, resume_throw, Feature::stack_switching);
  set(table, 0xE5, 0xE5, resume, Feature::stack_switching);  // resume_throw_ref
  set(table, 0xE6, 0xE6, two_indices, Feature::stack_switching);
  set(table, 0xFB, 0xFB, garbage_collection, Feature::gc);
  set(table, 0xFC, 0xFC, miscellaneous);
  set(table, 0xFD, 0xFD, vector, Feature::simd128);
  set(table, 0xFE, 0xFE, atomic, Feature::atomics);
  return table;
}

/// By opcode.
inline constexpr OperationTable kOperations = make_operations();

}  // namespace modulah::wasm
