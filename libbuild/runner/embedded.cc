// Runs a module in this process.
#include <memory>
#include <optional>

#include "modulah/base/hash.h"

#include "cached_root.h"
#include "engine_runs.h"

namespace modulah::runner {
namespace {

/// The code, from the cache or compiled; that it is being compiled is shown, for it may take long.
wasm::CompiledModule compile(const wasm::Engine& engine, const Target& target,
                             const RunCache& cache, Reporter& reporter) {
  std::unique_ptr<Progress> progress;
  const auto read = [&] {
    progress = reporter.begin("compiling " + target.name, 0);
    return target.read();
  };
  return engine.compile({cache.code(), target.module.code_key}, read, target.name);
}

}  // namespace

wasm::Interruption interruption_for(const RunRequest& request) {
  const bool is_watched = request.max_time.count() > 0 || request.stop.stop_possible();
  return is_watched ? wasm::Interruption::epoch : wasm::Interruption::none;
}

RunResult run_embedded(const wasm::Engine& engine, const Target& target, const RunSpec& spec,
                       const RunRequest& request, const RunCache& cache, Reporter& reporter) {
  RunFiles files{.root = target.module.root, .module = {}};
  std::optional<CachedRoot> view;
  find_working_directory(
      spec,
      [&](const auto& fill) {
        view = cached_root(cache,
                           files.root.filename().native() + "-" +
                               to_hex(sha256(as_bytes(spec.working_directory))).substr(0, 16),
                           fill);
        return view->path;
      },
      files);
  const wasm::GuestOptions options{.args = spec.args,
                                   .function = spec.function,
                                   .environment = spec.environment,
                                   .directories = guest_directories(spec, files),
                                   .input = request.input,
                                   .output = request.output,
                                   .error_output = request.error_output,
                                   .max_memory_bytes = request.max_memory_bytes,
                                   .max_time = request.max_time,
                                   .stop = request.stop,
                                   .io_threads = request.io_threads};
  RunResult result;
  try {
    const wasm::CompiledModule module = compile(engine, target, cache, reporter);
    if (!module.is_from_cache()) cache.trim();
    const wasm::GuestResult guest = engine.run(module, options, target.name);
    result.exit_status = guest.exit_status;
    if (guest.trap) {
      result.failure = Error(ErrorKind::cancelled, target.name + ": " + guest.trap->message);
      result.failure->show(guest.trap->trace());
    }
  } catch (const Error& error) {
    // What the module is, or what it wants, makes it impossible to run; all else is modulah's.
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::unsupported) throw;
    result.exit_status = kCannotRun;
    result.failure = error;
  }
  return result;
}

}  // namespace modulah::runner
