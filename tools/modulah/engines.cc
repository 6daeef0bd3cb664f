// Where the engines are looked for.
#include "engines.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/wasm/engine.h"

#include "configured.h"

namespace modulah::cli {

std::vector<std::filesystem::path> wasmtime_candidates(const World& world) {
  // <prefix>/bin/modulah and <prefix>/lib/modulah/libwasmtime.so, in a build folder or installed;
  // the distribution may have another name for lib.
  const std::filesystem::path prefix = world.executable.parent_path().parent_path();
  std::vector<std::filesystem::path> candidates = {prefix / "lib" / "modulah" / "libwasmtime.so"};
  if (kLibraryDirectory != "lib")
    candidates.push_back(prefix / kLibraryDirectory / "modulah" / "libwasmtime.so");
  candidates.emplace_back("libwasmtime.so");
  return candidates;
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
