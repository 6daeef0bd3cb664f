// From an image to a running module: look up, find the module, choose the engine, run.
#include "modulah/runner/run.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/base/hash.h"

#include "engine_runs.h"
#include "guest_path.h"
#include "image_source.h"

namespace modulah::runner {
namespace {

/// An engine that is there.
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

/// The engine that was asked for; else the embedded one, else the first program that gives the
/// guest's exit status back.
Choice choose_engine(const RunRequest& request, Reporter& reporter) {
  if (request.engine && *request.engine != EngineId::embedded)
    return external_choice(*request.engine, request);
  try {
    return {EngineId::embedded,
            wasm::Engine::load(request.wasmtime_libraries, interruption_for(request)),
            {}};
  } catch (const Error& error) {
    if (request.engine) throw;
    for (const EngineInfo& info : engine_table()) {
      if (!info.has_exit_status) continue;
      const auto program = find_engine(info.id, request.search_path);
      if (!program) continue;
      reporter.warning(fmt::format("{}; using {}", error.message(), program->native()));
      return {info.id, std::nullopt, *program};
    }
    throw;
  }
}

/// A directory that is not there is the user's affair (125), not the module's.
void require_volumes(const RunSpec& spec) {
  for (const Volume& volume : spec.volumes) {
    std::error_code error;
    const auto status = std::filesystem::status(volume.host, error);
    if (!std::filesystem::exists(status))
      throw Error(ErrorKind::not_found,
                  fmt::format("volume {}: {} is not there", volume.guest, volume.host.native()),
                  fmt::format("Make it first: mkdir -p {}", volume.host.native()));
    if (!std::filesystem::is_directory(status))
      throw Error(ErrorKind::invalid,
                  fmt::format("volume {}: {} is no directory", volume.guest, volume.host.native()),
                  "WASI shows directories; give the one that the file is in.");
  }
}

RunResult run_target(const Target& target, const RunSpec& spec, const RunRequest& request,
                     const RunCache& cache, Reporter& reporter) {
  for (const std::string& note : spec.notes) reporter.warning(note);
  require_volumes(spec);
  const Choice choice = choose_engine(request, reporter);
  if (choice.embedded)
    return run_embedded(*choice.embedded, target, spec, request, cache, reporter);
  for (const std::string& line : engine_warnings(choice.id, spec)) reporter.warning(line);
  return run_external(choice.id, choice.program, target, spec, request, cache);
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
  const ImageSource image = load_image(blobs, root, request.platform, request.image);
  const RunSpec spec = make_run_spec(image.config, request.overrides, request.image);
  const RunCache cache = open_cache(request, reporter);
  Target target{.name = spec.module_path,
                .module = find_module(blobs, image, spec, cache, request.image, reporter),
                .read = {},
                .annotations = image.annotations};
  if (target.module.failure)
    return {.exit_status =
                target.module.failure->kind() == ErrorKind::not_found ? kModuleMissing : kCannotRun,
            .failure = target.module.failure};
  target.read = [&] { return read_module(blobs, image, spec, target.module); };
  return run_target(target, spec, request, cache, reporter);
}

RunResult run_file(const std::filesystem::path& module, const RunRequest& request,
                   Reporter& reporter) {
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
  return run_target(target, spec, request, cache, reporter);
}

}  // namespace modulah::runner
