// Whether the system has threads left for Wasmtime.
//
// Wasmtime starts threads when it needs them, and aborts the process or hangs when it gets none,
// because of a limit of the user (ulimit -u) or of the container (pids.max). No system call tells
// how many are left, so they are tried.
#pragma once

namespace modulah::wasm {

/// Starts `count` threads at the same time, and ends them. False when the system refuses one. After
/// it returns they no longer count towards any limit.
[[nodiscard]] bool can_start_threads(unsigned count);

/// How many threads Wasmtime starts at once for compiling: one for each core, as it counts them.
/// What this project's own threads may take meanwhile is added.
[[nodiscard]] unsigned threads_for_compiling();

/// How many threads a guest's input and output take: `workers` that wait for the system (0: one for
/// each core), one that blocks in a call, one that reads standard input.
[[nodiscard]] unsigned threads_for_guest(unsigned workers);

}  // namespace modulah::wasm
