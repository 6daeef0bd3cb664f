// Starts the worker, and turns each way in which it can end into an error.
#include "worker_client.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "modulah/base/io.h"
#include "modulah/base/process.h"
#include "modulah/base/text.h"

namespace modulah::wasm {
namespace {

constexpr std::size_t kMaxCodeBytes = std::size_t{2} << 30U;

/// A worker that is built with a sanitizer reserves more address space than any limit allows.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kReservesTerabytes = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kReservesTerabytes = true;
#else
constexpr bool kReservesTerabytes = false;
#endif
#else
constexpr bool kReservesTerabytes = false;
#endif

/// The last line that the worker wrote to its standard error, for a person.
std::string last_line(std::string_view text) {
  constexpr std::size_t kMost = 200;
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const std::size_t newline = text.rfind('\n');
  if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  return text.empty() ? "no message" : printable(text.substr(0, kMost));
}

/// The messages of Rust's and C++'s allocators, and of threads, when memory runs out.
bool is_out_of_memory(std::string_view text) {
  for (const std::string_view words :
       {"memory allocation of", "bad_alloc", "out of memory", "Cannot allocate memory",
        "capacity overflow", "Resource temporarily unavailable"})
    if (text.find(words) != std::string_view::npos) return true;
  return false;
}

/// Throws for a worker that did not end normally.
void require_end(const ProcessResult& process, const CompileWorker& worker,
                 const CompileRequest& request) {
  const std::string& name = request.name;
  const std::string_view verb = request.task == WorkerTask::compile ? "compile" : "validate";
  if (process.is_timed_out)
    throw CompileLimitError(
        CompileLimitError::Limit::time,
        fmt::format("{}: takes longer than {} s to {}", name,
                    std::chrono::duration<double>(worker.max_time).count(), verb));
  if (!process.signal && process.exit_status == 0) return;
  if (worker.max_memory_bytes > 0 && is_out_of_memory(process.diagnostics))
    throw CompileLimitError(CompileLimitError::Limit::memory,
                            fmt::format("{}: takes more than {} MiB of memory to {}", name,
                                        worker.max_memory_bytes >> 20U, verb));
  throw Error(ErrorKind::unsupported,
              fmt::format("{}: the compiler ended with {} {}: {}", name,
                          process.signal ? "signal" : "status",
                          process.signal ? *process.signal : process.exit_status,
                          last_line(process.diagnostics)));
}

}  // namespace

WorkerCode ask_worker(const CompileWorker& worker, const CompileRequest& request,
                      std::span<const std::byte> bytes) {
  ProcessRequest process;
  process.args = worker.command;
  process.input = encode(request);
  process.input += as_text(bytes);
  process.max_time = worker.max_time;
  process.max_memory_bytes = kReservesTerabytes ? 0 : worker.max_memory_bytes;
  process.max_output_bytes = kMaxCodeBytes;
  process.stop = worker.stop;
  ProcessResult result =
      with_context([] { return "start the compile worker"; }, [&] { return run_process(process); });
  require_end(result, worker, request);
  std::string_view code = result.output;
  decode_answer(code);
  const std::size_t code_at = result.output.size() - code.size();
  return {std::move(result.output), code_at};
}

}  // namespace modulah::wasm
