// Where the engines are looked for that this program uses itself.
#pragma once

#include <filesystem>
#include <vector>

#include "modulah/wasm/compile_worker.h"
#include "modulah/wasm/optimizer.h"

#include "world.h"

namespace modulah::cli {

/// Where Wasmtime's library may be: beside the program, then where the system's loader looks.
[[nodiscard]] std::vector<std::filesystem::path> wasmtime_candidates(const World& world);

/// What Wasmtime compiles in: this program, with its hidden command and the usual limits.
[[nodiscard]] wasm::CompileWorker compile_worker(const World& world);

/// Wasmtime's library, where it is a file; empty when it is left to the system's loader.
[[nodiscard]] std::filesystem::path wasmtime_library(const World& world);
/// What this program lacks, and what to do about it, when it has been copied without the library
/// that belongs to it; empty when Wasmtime is found. May load it.
[[nodiscard]] std::string missing_wasmtime(const World& world);

/// Binaryen's worker: this program, with its hidden command.
[[nodiscard]] wasm::OptimizerSetup optimizer_setup(const World& world);

}  // namespace modulah::cli
