// modulah binaryen-worker: the process that Binaryen is loaded in. Started by the program itself,
// listed nowhere.
#include <unistd.h>

#include "modulah/wasm/optimizer.h"

#include "commands.h"

namespace modulah::cli {

const Command binaryen_worker_command = {
    .name = "binaryen-worker",
    .alias = "",
    .group = "",
    .operands = "",
    .summary = "Work on one module with Binaryen",
    .description =
        "Reads a request on standard input, answers it on standard output. Of use to "
        "modulah only.",
    .define = [](CLI::App&) -> Run {
      return [](const Invocation&) { return wasm::run_worker(STDIN_FILENO, STDOUT_FILENO); };
    },
};

}  // namespace modulah::cli
