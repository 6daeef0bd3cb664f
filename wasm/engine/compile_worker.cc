// The worker's side: reads one request, validates or compiles, answers, ends.
#include "modulah/wasm/compile_worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/io.h"
#include "modulah/wasm/engine.h"

#include "worker_protocol.h"

namespace modulah::wasm {
namespace {

constexpr int kBroken = 2;  ///< Nothing could be answered; stderr says why.
constexpr std::uint64_t kMaxRequestBytes = std::uint64_t{2} << 30U;

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error("write the answer", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// The code, or nothing when it was only to be validated.
std::string work(std::string_view text) {
  const CompileRequest request = decode_compile_request(text);
  const std::array<std::filesystem::path, 1> library = {request.library};
  const Engine engine = Engine::load(library, request.interruption, request.cores);
  if (request.task == WorkerTask::compile) return engine.compile_code(as_bytes(text), request.name);
  engine.validate(as_bytes(text), request.name);
  return {};
}

}  // namespace

int run_compile_worker(int input, int output) noexcept {
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    FileSource source(FileDescriptor(::fcntl(input, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)),
                      "standard input");
    const std::string text = read_all(source, kMaxRequestBytes, "request");
    try {
      const std::string code = work(text);
      write_all(output, encode_done());
      write_all(output, code);
    } catch (const Error& error) {
      write_all(output, encode_failure(error));
    }
    return 0;
  } catch (const std::exception& error) {
    (void)::dprintf(STDERR_FILENO, "%s\n", error.what());
  } catch (...) {
  }
  return kBroken;
}

}  // namespace modulah::wasm
