// Runs a module in this process.
#include <memory>
#include <optional>

#include "modulah/base/hash.h"

#include "cached_root.h"
#include "engine_runs.h"

namespace modulah::runner {
namespace {

/// The code, from the cache or compiled, which is shown because it may take long. Throws Error
/// cancelled on a timeout.
wasm::CompiledModule compile(const wasm::Engine& engine, const Target& target,
                             const RunContext& context) {
  std::unique_ptr<Progress> progress;
  const auto read = [&] {
    progress = context.reporter.begin("compiling " + target.name, 0);
    return target.read();
  };
  try {
    return engine.compile({context.cache.code(), target.module.code_key}, read, target.name);
  } catch (wasm::CompileLimitError& error) {
    const bool is_time = error.limit() == wasm::CompileLimitError::Limit::time;
    error.advise(is_time ? "Allow more time with --compile-timeout TIME."
                         : "Allow more memory with --compile-memory SIZE.");
    throw;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled || !context.deadline.is_over()) throw;
    throw context.deadline.error(target.name, " while it was compiled");
  }
}

/// What the guest sees as its working directory, when that takes a view of its own.
std::optional<CachedRoot> find_files(const RunSpec& spec, const RunCache& cache, RunFiles& files) {
  std::optional<CachedRoot> view;
  const std::string key = files.root.filename().native() + "-" +
                          to_hex(sha256(as_bytes(spec.working_directory))).substr(0, 16);
  const MakeView make_view = [&](const auto& fill) {
    view = cached_root(cache, key, fill);
    return view->path;
  };
  find_working_directory(spec, make_view, files);
  return view;
}

wasm::GuestOptions guest_options(const RunSpec& spec, const RunFiles& files,
                                 const RunContext& context) {
  const RunRequest& request = context.request;
  wasm::GuestOptions options{.args = spec.args,
                             .function = spec.function,
                             .environment = spec.environment,
                             .directories = guest_directories(spec, files),
                             .input = request.input,
                             .output = request.output,
                             .error_output = request.error_output,
                             .stop = request.stop,
                             .io_threads = request.io_threads};
  if (request.max_memory_bytes) options.max_memory_bytes = *request.max_memory_bytes;
  return options;
}

/// Runs the guest. Where nothing else ends it, the process is ended.
wasm::GuestResult run_guest(const wasm::Engine& engine, const wasm::CompiledModule& module,
                            wasm::GuestOptions options, const Target& target,
                            const RunContext& context) {
  const RunRequest& request = context.request;
  const auto end_process = [&](const RunResult* result) {
    if (!request.end_process) return;
    context.cache.remove_temporary();
    request.end_process(result);
  };
  options.max_time = context.deadline.left();
  options.on_stuck = [&] {
    const RunResult result{.exit_status = wasm::kTimeoutExitStatus,
                           .failure = context.deadline.error(target.name)};
    end_process(&result);
  };
  const std::stop_callback on_interrupt(request.interrupt, [&] { end_process(nullptr); });
  return engine.run(module, options, target.name);
}

RunResult result_of(const wasm::GuestResult& guest, const Target& target,
                    const RunContext& context) {
  RunResult result{.exit_status = guest.exit_status};
  if (!guest.trap) return result;
  if (guest.trap->cause == wasm::Trap::Cause::timeout) {
    result.failure = context.deadline.error(target.name);
    return result;
  }
  result.failure = Error(ErrorKind::cancelled, target.name + ": " + guest.trap->message);
  result.failure->show(guest.trap->trace());
  return result;
}

}  // namespace

wasm::Interruption interruption_for(const RunRequest& request) {
  const bool is_watched = request.max_time.count() > 0 || request.stop.stop_possible();
  return is_watched ? wasm::Interruption::epoch : wasm::Interruption::none;
}

RunResult run_embedded(const wasm::Engine& engine, const Target& target, const RunSpec& spec,
                       const RunContext& context) {
  RunFiles files{.root = target.module.root, .module = {}};
  const std::optional<CachedRoot> view = find_files(spec, context.cache, files);
  try {
    const wasm::CompiledModule module = compile(engine, target, context);
    if (!module.is_from_cache()) context.cache.trim();
    return result_of(
        run_guest(engine, module, guest_options(spec, files, context), target, context), target,
        context);
  } catch (const Error& error) {
    // What the module is, or what it requires, makes it impossible to run; all else is modulah's.
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::unsupported) throw;
    return {.exit_status = kCannotRun, .failure = error};
  }
}

}  // namespace modulah::runner
