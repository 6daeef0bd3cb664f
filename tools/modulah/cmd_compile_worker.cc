// modulah compile-worker: the process that Wasmtime compiles in. Started by the program itself,
// listed nowhere.
#include <unistd.h>

#include "modulah/wasm/compile_worker.h"

#include "commands.h"

namespace modulah::cli {

const Command compile_worker_command = {
    .name = "compile-worker",
    .alias = "",
    .group = "",
    .operands = "",
    .summary = "Compile one module",
    .description =
        "Reads a request on standard input, answers it on standard output. Of use to "
        "modulah only.",
    .define = [](CLI::App&) -> Run {
      return
          [](const Invocation&) { return wasm::run_compile_worker(STDIN_FILENO, STDOUT_FILENO); };
    },
};

}  // namespace modulah::cli
