// Where the engines are looked for.
#include "engines.h"

namespace modulah::cli {

std::vector<std::filesystem::path> wasmtime_candidates(const World& world) {
  // <prefix>/bin/modulah and <prefix>/lib/modulah/libwasmtime.so, installed or in a build folder.
  const std::filesystem::path prefix = world.executable.parent_path().parent_path();
  return {prefix / "lib" / "modulah" / "libwasmtime.so", "libwasmtime.so"};
}

wasm::CompileWorker compile_worker(const World& world) {
  return {.command = {world.executable.native(), "compile-worker"}};
}

wasm::OptimizerSetup optimizer_setup(const World& world) {
  wasm::OptimizerSetup setup;
  setup.worker = {world.executable.native(), "binaryen-worker"};
  setup.cores = world.threads;
  return setup;
}

}  // namespace modulah::cli
