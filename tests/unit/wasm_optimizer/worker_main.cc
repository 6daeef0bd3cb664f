// The worker, as `modulah binaryen-worker` is it.
#include <unistd.h>

#include "modulah/wasm/optimizer.h"

int main() { return modulah::wasm::run_worker(STDIN_FILENO, STDOUT_FILENO); }
