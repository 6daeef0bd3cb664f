// https://webassembly.github.io/spec/core/binary/instructions.html, and the proposals' overviews.
#include "instructions.h"

#include <fmt/format.h>

#include "operations.h"
#include "types.h"

namespace modulah::wasm {
namespace {

/// The numbers of vector instructions below 0x100 that nothing has.
constexpr bool is_vector_gap(std::uint32_t code) {
  constexpr std::uint8_t kGaps[] = {0x9A, 0xA2, 0xA5, 0xA6, 0xAF, 0xB0, 0xB2, 0xB3, 0xB4, 0xBB,
                                    0xC2, 0xC5, 0xC6, 0xCF, 0xD0, 0xD2, 0xD3, 0xD4, 0xE2, 0xEE};
  for (const std::uint8_t gap : kGaps)
    if (gap == code) return true;
  return false;
}

[[noreturn]] void fail_unknown(const Reader& reader, std::uint64_t start, unsigned prefix,
                               std::uint32_t code) {
  reader.fail(start, fmt::format("unknown instruction {:#04x} {:#04x}", prefix, code));
}

}  // namespace

void InstructionScanner::expression(Reader& reader) {
  std::uint64_t depth = 1;  // Each level takes a byte, so this is bounded by the size.
  while (depth != 0) {
    const std::uint64_t start = reader.offset();
    const std::uint8_t opcode = reader.u8();
    const Operation operation = kOperations[opcode];
    if (operation.feature != kNoFeature) features_.insert(static_cast<Feature>(operation.feature));
    switch (operation.immediate) {
      case Immediate::none:
        break;
      case Immediate::index:
        (void)reader.u32();
        break;
      case Immediate::memory:
        memory_argument(reader);
        break;
      case Immediate::number_32:
        (void)reader.s32();
        break;
      case Immediate::block:
        block_type(reader);
        ++depth;
        break;
      case Immediate::try_table:
        block_type(reader);
        catches(reader);
        ++depth;
        break;
      case Immediate::end:
        --depth;
        break;
      case Immediate::delegate:
        (void)reader.u32();
        --depth;
        break;
      default:
        immediates(reader, opcode, start);
        break;
    }
  }
}

void InstructionScanner::constant_expression(Reader& reader) {
  constexpr std::uint8_t kEnd = 0x0B;
  for (;;) {
    const std::uint64_t start = reader.offset();
    const std::uint8_t opcode = reader.u8();
    if (opcode == kEnd) return;
    switch (opcode) {
      case 0x6A:  // add, sub and mul of i32, then of i64
      case 0x6B:
      case 0x6C:
      case 0x7C:
      case 0x7D:
      case 0x7E:
        features_.insert(Feature::extended_const);
        break;
      case 0xD0:
        // Also what an element segment of the first version is written as; no feature by itself.
        read_heap_type(reader, features_);
        break;
      case 0xD2:
        (void)reader.u32();
        features_.insert(Feature::reference_types);
        break;
      case 0x23:  // global.get
      case 0x41:
      case 0x42:
      case 0x43:
      case 0x44:
      case 0xFB:
      case 0xFD:
        if (kOperations[opcode].feature != kNoFeature)
          features_.insert(static_cast<Feature>(kOperations[opcode].feature));
        immediates(reader, opcode, start);
        break;
      default:
        reader.fail(start, fmt::format("instruction {:#04x} is not constant", opcode));
    }
  }
}

void InstructionScanner::immediates(Reader& reader, std::uint8_t opcode, std::uint64_t start) {
  switch (kOperations[opcode].immediate) {
    case Immediate::unknown:
      reader.fail(start, fmt::format("unknown instruction {:#04x}", opcode));
    case Immediate::none:
    case Immediate::block:
    case Immediate::try_table:
    case Immediate::end:
    case Immediate::delegate:
      return;  // The caller's.
    case Immediate::index:
      (void)reader.u32();
      return;
    case Immediate::two_indices:
      (void)reader.u32();
      (void)reader.u32();
      return;
    case Immediate::call_indirect:
      call_indirect(reader);
      return;
    case Immediate::branch_table:
      branch_table(reader);
      return;
    case Immediate::select_types:
      for (std::uint32_t left = reader.count("types", 1'000); left != 0; --left)
        (void)read_value_type(reader, features_);
      return;
    case Immediate::memory:
      memory_argument(reader);
      return;
    case Immediate::memory_index:
      memory_index(reader);
      return;
    case Immediate::number_32:
      (void)reader.s32();
      return;
    case Immediate::number_64:
      (void)reader.s64();
      return;
    case Immediate::bytes_4:
      reader.skip(4);
      return;
    case Immediate::bytes_8:
      reader.skip(8);
      return;
    case Immediate::heap_type:
      read_heap_type(reader, features_);
      return;
    case Immediate::resume_throw:
      (void)reader.u32();
      [[fallthrough]];
    case Immediate::resume:
      (void)reader.u32();
      handlers(reader);
      return;
    case Immediate::miscellaneous:
      miscellaneous(reader, start);
      return;
    case Immediate::garbage_collection:
      garbage_collection(reader, start);
      return;
    case Immediate::vector:
      vector(reader, start);
      return;
    case Immediate::atomic:
      atomic(reader, start);
      return;
  }
}

void InstructionScanner::block_type(Reader& reader) {
  constexpr std::uint8_t kEmpty = 0x40;
  const std::uint8_t first = reader.peek();
  if (first == kEmpty) {
    (void)reader.u8();
    return;
  }
  if (first >= 0x40 && first < 0x80) {
    (void)read_value_type(reader, features_);
    return;
  }
  const std::uint64_t start = reader.offset();
  if (reader.s33() < 0) reader.fail(start, "the type index of a block is negative");
  features_.insert(Feature::multivalue);
}

void InstructionScanner::memory_argument(Reader& reader) {
  constexpr std::uint32_t kHasIndex = 0x40;
  const std::uint64_t start = reader.offset();
  const std::uint32_t flags = reader.u32();
  if (flags >= 2 * kHasIndex) reader.fail(start, fmt::format("alignment of 2^{}", flags));
  if ((flags & kHasIndex) != 0) {
    features_.insert(Feature::multimemory);
    (void)reader.u32();
  }
  if (context_.is_memory_64)
    (void)reader.u64();
  else
    (void)reader.u32();
}

void InstructionScanner::memory_index(Reader& reader) {
  if (reader.u32() != 0) features_.insert(Feature::multimemory);
}

void InstructionScanner::call_indirect(Reader& reader) {
  (void)reader.u32();
  const std::uint64_t start = reader.offset();
  const std::uint32_t table = reader.u32();
  if (table != 0) features_.insert(Feature::reference_types);
  if (table < 0x80 && reader.offset() - start > 1)
    features_.insert(Feature::call_indirect_overlong);
}

void InstructionScanner::branch_table(Reader& reader) {
  // As engines have it; each label takes at least a byte.
  for (std::uint32_t left = reader.count("labels", 7'654'321); left != 0; --left)
    (void)reader.u32();
  (void)reader.u32();
}

void InstructionScanner::catches(Reader& reader) {
  for (std::uint32_t left = reader.count("catches", 10'000); left != 0; --left) {
    const std::uint64_t start = reader.offset();
    const std::uint8_t form = reader.u8();
    if (form > 3) reader.fail(start, fmt::format("unknown form of catch {:#04x}", form));
    if (form < 2) (void)reader.u32();  // The tag.
    (void)reader.u32();
  }
}

void InstructionScanner::handlers(Reader& reader) {
  for (std::uint32_t left = reader.count("handlers", 10'000); left != 0; --left) {
    const std::uint64_t start = reader.offset();
    const std::uint8_t form = reader.u8();
    if (form > 1) reader.fail(start, fmt::format("unknown form of handler {:#04x}", form));
    (void)reader.u32();
    if (form == 0) (void)reader.u32();
  }
}

void InstructionScanner::data_index(Reader& reader, std::uint64_t start) {
  if (!context_.has_data_count)
    reader.fail(start, "the instruction requires a data count section, which is missing");
  (void)reader.u32();
}

void InstructionScanner::miscellaneous(Reader& reader, std::uint64_t start) {
  const std::uint32_t code = reader.u32();
  if (code <= 7) {
    features_.insert(Feature::nontrapping_fptoint);
    return;
  }
  switch (code) {
    case 8:  // memory.init
      features_.insert(Feature::bulk_memory);
      data_index(reader, start);
      memory_index(reader);
      return;
    case 9:  // data.drop
      features_.insert(Feature::bulk_memory);
      data_index(reader, start);
      return;
    case 10:  // memory.copy
      memory_index(reader);
      [[fallthrough]];
    case 11:  // memory.fill
      memory_index(reader);
      features_.insert(Feature::bulk_memory);
      features_.insert(Feature::bulk_memory_opt);
      return;
    case 12:  // table.init
    case 14:  // table.copy
      (void)reader.u32();
      [[fallthrough]];
    case 13:  // elem.drop
      (void)reader.u32();
      features_.insert(Feature::bulk_memory);
      return;
    case 15:  // table.grow
    case 16:  // table.size
    case 17:  // table.fill
      (void)reader.u32();
      features_.insert(Feature::reference_types);
      return;
    case 19:
    case 20:
    case 21:
    case 22:
      features_.insert(Feature::wide_arithmetic);
      return;
    case 0x30:  // f32.load_f16
    case 0x31:  // f32.store_f16
      memory_argument(reader);
      features_.insert(Feature::fp16);
      return;
    default:
      fail_unknown(reader, start, 0xFC, code);
  }
}

void InstructionScanner::garbage_collection(Reader& reader, std::uint64_t start) {
  const std::uint32_t code = reader.u32();
  switch (code) {
    case 2:   // struct.get
    case 3:   // struct.get_s
    case 4:   // struct.get_u
    case 5:   // struct.set
    case 8:   // array.new_fixed
    case 10:  // array.new_elem
    case 17:  // array.copy
    case 19:  // array.init_elem
      (void)reader.u32();
      [[fallthrough]];
    case 0:   // struct.new
    case 1:   // struct.new_default
    case 6:   // array.new
    case 7:   // array.new_default
    case 11:  // array.get
    case 12:  // array.get_s
    case 13:  // array.get_u
    case 14:  // array.set
    case 16:  // array.fill
      (void)reader.u32();
      return;
    case 9:   // array.new_data
    case 18:  // array.init_data
      (void)reader.u32();
      data_index(reader, start);
      return;
    case 20:  // ref.test
    case 21:  // ref.test null
    case 22:  // ref.cast
    case 23:  // ref.cast null
      read_heap_type(reader, features_);
      return;
    case 24:  // br_on_cast
    case 25:  // br_on_cast_fail
      if (reader.u8() > 3) reader.fail(start, "unknown flags of a cast");
      (void)reader.u32();
      read_heap_type(reader, features_);
      read_heap_type(reader, features_);
      return;
    case 15:  // array.len
    case 26:  // any.convert_extern
    case 27:  // extern.convert_any
    case 28:  // ref.i31
    case 29:  // i31.get_s
    case 30:  // i31.get_u
      return;
    default:
      fail_unknown(reader, start, 0xFB, code);
  }
}

void InstructionScanner::vector(Reader& reader, std::uint64_t start) {
  const std::uint32_t code = reader.u32();
  if (code <= 11 || code == 0x5C || code == 0x5D) {  // Loads and stores
    memory_argument(reader);
  } else if (code <= 13) {  // v128.const, i8x16.shuffle
    reader.skip(16);
  } else if (code >= 0x15 && code <= 0x22) {  // Lanes
    reader.skip(1);
  } else if (code >= 0x54 && code <= 0x5B) {  // Loads and stores of a lane
    memory_argument(reader);
    reader.skip(1);
  } else if (code >= 0x100 && code <= 0x113) {
    features_.insert(Feature::relaxed_simd);
  } else if (code >= 0x120 && code <= 0x14F) {
    features_.insert(Feature::fp16);
    if (code == 0x121 || code == 0x122) reader.skip(1);
  } else if (code > 0xFF || is_vector_gap(code)) {
    fail_unknown(reader, start, 0xFD, code);
  }
}

void InstructionScanner::atomic(Reader& reader, std::uint64_t start) {
  const std::uint32_t code = reader.u32();
  if (code == 3) {  // atomic.fence
    if (reader.u8() != 0) reader.fail(start, "the reserved byte of atomic.fence is not 0");
  } else if (code <= 2 || (code >= 0x10 && code <= 0x4E)) {
    memory_argument(reader);
  } else {
    fail_unknown(reader, start, 0xFE, code);
  }
}

}  // namespace modulah::wasm
