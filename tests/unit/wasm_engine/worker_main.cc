// The worker, as `modulah compile-worker` is it.
#include <unistd.h>

#include "modulah/wasm/compile_worker.h"

int main() { return modulah::wasm::run_compile_worker(STDIN_FILENO, STDOUT_FILENO); }
