// The Engine's side of the compile worker.
#pragma once

#include <span>
#include <string>

#include "modulah/wasm/compile_worker.h"

#include "worker_protocol.h"

namespace modulah::wasm {

/// Has the worker do `request` with the module `bytes` and returns the code; it begins at `code_at`
/// of the result, without a copy of what may be large. Throws the Error that the worker met;
/// CompileLimitError; Error unsupported when the compiler ended otherwise; cancelled; io.
struct WorkerCode {
  std::string text;
  std::size_t code_at = 0;
};
[[nodiscard]] WorkerCode ask_worker(const CompileWorker& worker, const CompileRequest& request,
                                    std::span<const std::byte> bytes);

}  // namespace modulah::wasm
