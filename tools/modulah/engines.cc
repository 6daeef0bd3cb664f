// Where the engines are looked for.
#include "engines.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/wasm/engine.h"

namespace modulah::cli {

std::vector<std::filesystem::path> wasmtime_candidates(const World& world) {
  // <prefix>/bin/modulah and <prefix>/lib/modulah/libwasmtime.so, installed or in a build folder.
  const std::filesystem::path prefix = world.executable.parent_path().parent_path();
  return {prefix / "lib" / "modulah" / "libwasmtime.so", "libwasmtime.so"};
}

wasm::CompileWorker compile_worker(const World& world) {
  return {.command = {world.executable.native(), "compile-worker"}};
}

std::filesystem::path wasmtime_library(const World& world) {
  for (const std::filesystem::path& candidate : wasmtime_candidates(world)) {
    std::error_code ignored;
    if (candidate.has_parent_path() && std::filesystem::exists(candidate, ignored))
      return candidate;
  }
  return {};
}

std::string missing_wasmtime(const World& world) {
  if (!wasmtime_library(world).empty()) return {};
  try {
    (void)wasm::Engine::load(wasmtime_candidates(world));
    return {};
  } catch (const Error&) {
    return fmt::format(
        "{} was copied without its library {}: 'run' needs another engine, and modules are "
        "not validated in full; copy the library as well, or install with 'cmake --install'",
        world.executable.native(), wasmtime_candidates(world).front().native());
  }
}

wasm::OptimizerSetup optimizer_setup(const World& world) {
  wasm::OptimizerSetup setup;
  setup.worker = {world.executable.native(), "binaryen-worker"};
  setup.cores = world.threads;
  return setup;
}

}  // namespace modulah::cli
