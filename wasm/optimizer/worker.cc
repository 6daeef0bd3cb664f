// The worker's side. Once Binaryen is loaded, any call may end the process.
//
// Order: read with the features the module needs, validate, optimize, validate again, write.
// Optimizing a module that is not valid for its features aborts on an assertion, and what a version
// of Binaryen gets wrong must not end up in an image.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/io.h"
#include "modulah/wasm/optimizer.h"

#include "binaryen_api.h"
#include "protocol.h"

namespace modulah::wasm {
namespace {

constexpr int kBroken = 2;  ///< No reply could be written; stderr says why.
constexpr std::uint64_t kMaxRequestBytes = std::uint64_t{4} << 30U;

/// Levels of optimizing and shrinking, as wasm-opt's -O has them.
std::pair<int, int> levels_of(OptimizeLevel level) {
  switch (level) {
    case OptimizeLevel::o0:
      return {0, 0};
    case OptimizeLevel::o1:
      return {1, 0};
    case OptimizeLevel::o2:
      return {2, 0};
    case OptimizeLevel::o3:
      return {3, 0};
    case OptimizeLevel::o4:
      return {4, 0};
    case OptimizeLevel::os:
      return {2, 1};
    case OptimizeLevel::oz:
      return {2, 2};
  }
  return {0, 0};
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error("write the reply", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Frees what Binaryen allocated with malloc.
struct Free {
  void operator()(char* bytes) const { std::free(bytes); }
};

struct Answer {
  WorkerReply reply;
  std::unique_ptr<char, Free> bytes;  ///< The module, or null. Allocated by Binaryen.
  std::size_t size = 0;               ///< Of `bytes`.
};

Answer refuse(WorkerReply reply, Outcome outcome, std::string message = {}, std::string hint = {}) {
  reply.outcome = outcome;
  reply.message = std::move(message);
  reply.hint = std::move(hint);
  return {std::move(reply), nullptr, 0};
}

using OwnedModule = std::unique_ptr<binaryen::Module, void (*)(binaryen::Module*)>;

/// Reads the module; Binaryen ends the process when it cannot.
OwnedModule read_module(const binaryen::Api& api, std::string_view bytes,
                        binaryen::Features features) {
  // It is not written to, although the type allows it.
  char* data = const_cast<char*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  binaryen::Module* module = api.module_read_with_features != nullptr
                                 ? api.module_read_with_features(data, bytes.size(), features)
                                 : api.module_read(data, bytes.size());
  api.module_set_features(module, features);
  return {module, api.module_dispose};
}

Answer work_on_module(const binaryen::Api& api, const WorkerRequest& request,
                      std::string_view bytes, WorkerReply reply) {
  const auto needed = binaryen::feature_bits(api, request.used_features);
  if (!needed.missing.empty())
    return refuse(std::move(reply), Outcome::lacks_features,
                  fmt::format("{}", fmt::join(needed.missing.names(), ", ")));
  const auto [optimize_level, shrink_level] = levels_of(request.level);
  api.set_optimize_level(optimize_level);
  api.set_shrink_level(shrink_level);
  api.set_debug_info(request.has_names);
  const bool is_rewriting_stack = optimize_level >= 2;
  if (api.set_generate_stack_ir != nullptr) api.set_generate_stack_ir(is_rewriting_stack);
  if (api.set_optimize_stack_ir != nullptr) api.set_optimize_stack_ir(is_rewriting_stack);

  const OwnedModule owned =
      read_module(api, bytes, binaryen::feature_bits(api, request.features).bits);
  binaryen::Module* const module = owned.get();
  if (!api.module_validate(module)) return refuse(std::move(reply), Outcome::not_valid);
  if (request.task == Task::validate) return {std::move(reply), nullptr, 0};
  if (request.level != OptimizeLevel::o0) {
    api.module_optimize(module);
    if (!api.module_validate(module)) return refuse(std::move(reply), Outcome::broke_it);
  }
  const binaryen::Written written = api.module_write(module, nullptr);
  std::free(written.source_map);
  return {std::move(reply), std::unique_ptr<char, Free>(static_cast<char*>(written.binary)),
          written.size};
}

Answer work(const WorkerRequest& request, std::string_view bytes) {
  WorkerReply reply;
  try {
    const binaryen::Api api = binaryen::load_api(request.libraries, reply.binaryen);
    if (api.set_colors != nullptr) api.set_colors(false);
    if (request.task == Task::find) return {std::move(reply), nullptr, 0};
    return work_on_module(api, request, bytes, std::move(reply));
  } catch (const Error& error) {
    return refuse({},
                  error.kind() == ErrorKind::not_found ? Outcome::no_library : Outcome::no_binaryen,
                  error.message(), error.hint());
  }
}

}  // namespace

int run_worker(int input, int output) noexcept {
  try {
    // What Binaryen prints must not become part of the reply.
    const FileDescriptor answer(::fcntl(output, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!answer) throw_system_error("standard output", errno);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    FileSource source(FileDescriptor(::fcntl(input, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)),
                      "standard input");
    const std::string text = read_all(source, kMaxRequestBytes, "request");
    std::string_view bytes = text;
    const WorkerRequest request = decode_request(bytes);
    const Answer done = work(request, bytes);
    write_all(answer.get(), encode(done.reply));
    write_all(answer.get(), std::string_view(done.bytes.get(), done.size));
    return 0;
  } catch (const Error& error) {
    (void)::dprintf(STDERR_FILENO, "%s\n", error.message().c_str());
  } catch (const std::exception& error) {
    (void)::dprintf(STDERR_FILENO, "%s\n", error.what());
  } catch (...) {
  }
  return kBroken;
}

}  // namespace modulah::wasm
