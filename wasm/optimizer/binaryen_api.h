// The calls of Binaryen's C API that the worker makes, found in the loaded library.
//
// Declared here, not taken from binaryen-c.h, so that one program works with any version from 108
// on. What was added or removed later is null when the library lacks it. The values of features
// differ between versions, so they are obtained by calling the function of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "modulah/wasm/features.h"
#include "modulah/wasm/optimizer.h"

namespace modulah::wasm::binaryen {

struct Module;  ///< What a BinaryenModuleRef points to.
using Features = std::uint32_t;

/// BinaryenModuleAllocateAndWriteResult.
struct Written {
  void* binary;
  std::size_t size;
  char* source_map;
};

struct Api {
  Module* (*module_read)(char*, std::size_t);
  Module* (*module_read_with_features)(char*, std::size_t, Features);  ///< May be null.
  void (*module_dispose)(Module*);
  void (*module_set_features)(Module*, Features);
  bool (*module_validate)(Module*);
  void (*module_optimize)(Module*);
  Written (*module_write)(Module*, const char*);
  void (*set_optimize_level)(int);
  void (*set_shrink_level)(int);
  void (*set_debug_info)(bool);
  void (*set_colors)(bool);             ///< May be null.
  void (*set_generate_stack_ir)(bool);  ///< May be null.
  void (*set_optimize_stack_ir)(bool);  ///< May be null.
  void* library;                        ///< The handle, which is never closed.
};

/// Loads the first of `candidates` that is there and says in `info` what it is. Throws Error
/// not_found or unsupported, as `find_binaryen`.
[[nodiscard]] Api load_api(std::span<const std::filesystem::path> candidates, BinaryenInfo& info);

/// What the library has for a set; `missing` is what it does not know.
struct FeatureBits {
  Features bits = 0;
  FeatureSet missing;
};
[[nodiscard]] FeatureBits feature_bits(const Api& api, FeatureSet features);

}  // namespace modulah::wasm::binaryen
