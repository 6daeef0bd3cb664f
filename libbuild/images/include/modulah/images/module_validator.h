// Checks modules in full: with Wasmtime, else with Binaryen in a worker, else by their structure.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/validate/module.h"
#include "modulah/wasm/engine.h"
#include "modulah/wasm/optimizer.h"
#include "modulah/wasm/summary.h"

namespace modulah::images {

/// The result of checking a module.
struct ModuleReport {
  std::optional<wasm::Summary> summary;     ///< Nothing when it cannot be read.
  std::vector<validate::Finding> findings;  ///< InvalidModule, when it is not valid.
};

/// The engine is loaded with the first module, from the first of `wasmtime_libraries` that is
/// there; `compile_worker` is how it compiles components to validate them, `optimizer` how
/// Binaryen's worker is started. `reporter` must outlive the validator; it is told which engine
/// validates. Not safe for use from two threads at once.
class ModuleValidator {
 public:
  ModuleValidator(std::vector<std::filesystem::path> wasmtime_libraries,
                  wasm::CompileWorker compile_worker, wasm::OptimizerSetup optimizer,
                  Reporter& reporter)
      : wasmtime_libraries_(std::move(wasmtime_libraries)),
        compile_worker_(std::move(compile_worker)),
        optimizer_(std::move(optimizer)),
        reporter_(reporter) {}

  /// Reads and validates; the rules for modules are the caller's to ask. `subject` is what findings
  /// call it. Throws Error for other failures than the module's.
  [[nodiscard]] ModuleReport check(std::span<const std::byte> bytes, const std::string& subject);

 private:
  void validate(std::span<const std::byte> bytes, const std::string& subject,
                wasm::BinaryKind kind);
  void load_engine();

  const std::vector<std::filesystem::path> wasmtime_libraries_;
  const wasm::CompileWorker compile_worker_;
  const wasm::OptimizerSetup optimizer_;
  Reporter& reporter_;
  std::optional<wasm::Engine> engine_;
  bool is_loaded_ = false;  ///< It was tried; without an engine it is not tried again.
};

}  // namespace modulah::images
