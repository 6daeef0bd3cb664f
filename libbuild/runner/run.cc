// From an image to a running module: look up, find the module, choose the engine, run.
#include "modulah/runner/run.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/base/hash.h"

#include "confinement.h"
#include "deadline.h"
#include "engine_runs.h"
#include "guest_path.h"
#include "image_source.h"

namespace modulah::runner {
namespace {

/// An engine that can be used.
struct Choice {
  EngineId id = EngineId::embedded;
  std::optional<wasm::Engine> embedded;
  std::filesystem::path program;
};

Choice external_choice(EngineId id, const RunRequest& request) {
  const auto program = find_engine(id, request.search_path);
  if (!program)
    throw Error(ErrorKind::not_found,
                fmt::format("engine {} is not installed: PATH has no program of that name",
                            engine_info(id).name),
                std::string(engine_info(id).source));
  return {id, std::nullopt, *program};
}

wasm::Engine load_embedded(const RunContext& context) {
  const RunRequest& request = context.request;
  wasm::Engine engine = wasm::Engine::load(request.wasmtime_libraries, interruption_for(request));
  wasm::CompileWorker worker = request.compile_worker;
  worker.stop = context.deadline.token();
  engine.compile_in(std::move(worker));
  return engine;
}

/// Whether a guest sees nothing but its directories in it, by the engine or by our means.
bool can_isolate(const EngineInfo& info) { return info.has_isolation || can_confine(); }

/// The engine that was asked for; else the embedded one, else the first program that isolates the
/// guest and gives its exit status back.
Choice choose_engine(const RunContext& context) {
  const RunRequest& request = context.request;
  if (request.engine && *request.engine != EngineId::embedded)
    return external_choice(*request.engine, request);
  try {
    return {EngineId::embedded, load_embedded(context), {}};
  } catch (const Error& error) {
    if (request.engine) throw;
    for (const EngineInfo& info : engine_table()) {
      if (!info.has_exit_status || !can_isolate(info)) continue;
      const auto program = find_engine(info.id, request.search_path);
      if (!program) continue;
      context.reporter.warning(fmt::format("{}; using {}", error.message(), program->native()));
      return {info.id, std::nullopt, *program};
    }
    throw;
  }
}

/// A directory that does not exist is the user's mistake (125), not the module's.
void require_volumes(const RunSpec& spec) {
  for (const Volume& volume : spec.volumes) {
    std::error_code error;
    const auto status = std::filesystem::status(volume.host, error);
    if (!std::filesystem::exists(status))
      throw Error(ErrorKind::not_found,
                  fmt::format("volume {}: {} does not exist", volume.guest, volume.host.native()),
                  fmt::format("Create it: mkdir -p {}", volume.host.native()));
    if (!std::filesystem::is_directory(status))
      throw Error(
          ErrorKind::invalid,
          fmt::format("volume {}: {} is not a directory", volume.guest, volume.host.native()),
          "WASI only has directories; give the one that contains the file.");
  }
}

RunResult run_target(const Target& target, const RunSpec& spec, const RunContext& context) {
  for (const std::string& note : spec.notes) context.reporter.warning(note);
  require_volumes(spec);
  const Choice choice = choose_engine(context);
  if (choice.embedded) return run_embedded(*choice.embedded, target, spec, context);
  for (const std::string& line : engine_warnings(choice.id, spec)) context.reporter.warning(line);
  return run_external(choice.id, choice.program, target, spec, context);
}

/// Calls `run`. A timeout before the guest began is a result.
template <typename Run>
RunResult within(const Deadline& deadline, const Run& run) {
  try {
    return run();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled || !deadline.is_over()) throw;
    return {.exit_status = wasm::kTimeoutExitStatus, .failure = error};
  }
}

RunCache open_cache(const RunRequest& request, Reporter& reporter) {
  RunCache cache({request.cache_directory, request.fallback_cache_directory},
                 request.temporary_directory);
  reporter.debug(fmt::format("files and code are kept in {}", cache.directory().native()));
  return cache;
}

}  // namespace

RunResult run_image(oci::BlobReader& blobs, const oci::Descriptor& root, const RunRequest& request,
                    Reporter& reporter) {
  const Deadline deadline(request.max_time, request.interrupt);
  const ImageSource image = load_image(blobs, root, request.platform, request.image);
  const RunSpec spec = make_run_spec(image.config, request.overrides, request.image);
  const RunCache cache = open_cache(request, reporter);
  const RunContext context{request, cache, deadline, reporter};
  return within(deadline, [&]() -> RunResult {
    Target target{.name = spec.module_path,
                  .module = find_module(blobs, image, spec, context),
                  .read = {},
                  .annotations = image.annotations};
    if (const auto& failure = target.module.failure)
      return {.exit_status = failure->kind() == ErrorKind::not_found ? kModuleMissing : kCannotRun,
              .failure = failure};
    target.read = [&] { return read_module(blobs, image, spec, target.module); };
    return run_target(target, spec, context);
  });
}

RunResult run_file(const std::filesystem::path& module, const RunRequest& request,
                   Reporter& reporter) {
  const Deadline deadline(request.max_time, request.interrupt);
  oci::ImageConfig config;
  config.config.entrypoint = {module.native()};
  RunSpec spec = make_run_spec(config, request.overrides, module.native());
  spec.module_path = "/" + module.filename().native();
  const RunCache cache = open_cache(request, reporter);
  std::string bytes;
  try {
    bytes = read_file(module, kMaxModuleBytes);
  } catch (const Error& error) {
    const bool is_missing = error.kind() == ErrorKind::not_found;
    return {.exit_status = is_missing ? kModuleMissing : kCannotRun, .failure = error};
  }
  Target target{.name = module.native(), .module = {}, .read = {}};
  target.module.code_key = to_hex(sha256(as_bytes(bytes)));
  target.module.root = cache.empty();
  target.read = [&] { return std::move(bytes); };
  return within(deadline, [&] {
    return run_target(target, spec, RunContext{request, cache, deadline, reporter});
  });
}

}  // namespace modulah::runner
