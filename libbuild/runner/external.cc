// Runs a module with a program, in a copy of its files that is removed afterwards: most programs
// cannot make a directory read-only, and the cache must not be changed.
#include <array>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/base/process.h"

#include "confinement.h"
#include "engine_runs.h"
#include "foreground.h"

namespace modulah::runner {
namespace {

/// Throws Error unsupported or usage for what only the embedded engine can do.
void require_external_request(const EngineInfo& info, const RunRequest& request) {
  if (request.max_memory_bytes)
    throw Error(ErrorKind::unsupported,
                fmt::format("engine {} does not support a limit on memory", info.name),
                "Use the embedded engine.");
  if (request.input || request.output != nullptr || request.error_output != nullptr)
    throw Error(ErrorKind::usage,
                fmt::format("engine {} only supports the process's own streams", info.name));
}

/// Throws Error when this crun cannot run modules at all, which is clearer than its own message.
void require_wasm_crun(const std::filesystem::path& crun) {
  if (geteuid() != 0)
    throw Error(ErrorKind::denied, "engine crun needs root to make a container",
                "Run it as root, or push the image and use podman run.");
  ProcessRequest request;
  request.args = {crun.native(), "--version"};
  const ProcessResult version = run_process(request);
  if (version.output.find("+WASM") == std::string::npos)
    throw Error(ErrorKind::unsupported, fmt::format("{} was built without Wasm", crun.native()),
                "Debian 13's crun has it; or use another engine.");
}

CommandLine crun_command(const std::filesystem::path& crun, const Target& target,
                         const RunSpec& spec, const RunFiles& files,
                         const std::filesystem::path& bundle) {
  if (!spec.function.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("engine crun cannot call the function {}", spec.function),
                "Use the embedded engine.");
  write_file(bundle / "config.json", bundle_config(spec, files, target.annotations));
  const std::string id = fmt::format("modulah-{}", getpid());
  return {{crun.native(), "--cgroup-manager=disabled", "run", "--bundle", bundle.native(), id}, {}};
}

/// What the program says about its options, where that has to be known.
std::string help_of(EngineId id, const std::filesystem::path& program,
                    const RunRequest& run_request) {
  const std::vector<std::string> words = help_arguments(id);
  if (words.empty()) return {};
  ProcessRequest request;
  request.args = {program.native()};
  request.args.insert(request.args.end(), words.begin(), words.end());
  request.environment = run_request.host_environment;
  return run_process(request).output;
}

/// Throws Error unsupported when the engine does not support the kind of module; invalid when it is
/// not WebAssembly.
void require_kind(const EngineInfo& info, const RunFiles& files, std::string_view name) {
  FileSource source(files.module);
  std::array<std::byte, 8> start{};
  std::size_t size = 0;
  while (const std::size_t more = source.read(std::span(start).subspan(size))) size += more;
  const auto kind = wasm::kind_of_binary(std::span(start).first(size), name);
  if (kind == wasm::BinaryKind::component && !info.has_components)
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{}: is a component, which engine {} does not support", name, info.name),
        "Use the embedded engine, or wasmtime.");
}

/// What the program may open, when the engine does not keep the guest in its directories. Throws
/// Error unsupported when the kernel cannot, either.
std::optional<Confinement> confinement_for(const EngineInfo& info,
                                           const std::filesystem::path& program,
                                           const RunSpec& spec,
                                           const std::filesystem::path& directory) {
  if (info.has_isolation) return std::nullopt;
  if (!can_confine())
    throw Error(ErrorKind::unsupported,
                fmt::format("engine {} lets a guest follow symlinks out of its directories, and "
                            "this kernel does not have Landlock to prevent it",
                            info.name),
                "Use the embedded engine.");
  Confinement confinement = confinement_of(program);
  confinement.writable.push_back(directory);
  for (const Volume& volume : spec.volumes) confinement.writable.push_back(volume.host);
  return confinement;
}

}  // namespace

RunResult run_external(EngineId id, const std::filesystem::path& program, const Target& target,
                       const RunSpec& spec, const RunContext& context) {
  const EngineInfo& info = engine_info(id);
  const RunRequest& request = context.request;
  require_external_request(info, request);
  if (id == EngineId::crun) require_wasm_crun(program);
  const TempDir directory(context.cache.subdirectory("tmp"));
  context.cache.trim();
  RunFiles files = copy_files(target.module, spec, target.read, directory.path());
  find_working_directory(
      spec,
      [&](const auto& fill) {
        std::filesystem::path view = directory.path() / "view";
        std::filesystem::create_directory(view);
        fill(view);
        return view;
      },
      files);
  RunResult result{.exit_status = kCannotRun, .failure = {}, .engine = id};
  try {
    require_kind(info, files, target.name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::unsupported) throw;
    result.failure = error;
    return result;
  }
  const CommandLine command =
      id == EngineId::crun
          ? crun_command(program, target, spec, files, directory.path())
          : engine_command(id, program, spec, files, help_of(id, program, request));
  const ForegroundResult child = run_in_foreground(
      command, {.environment = request.host_environment,
                .max_time = context.deadline.left(),
                .stop = request.interrupt.stop_possible() ? request.interrupt : request.stop,
                .stop_signal = request.interrupt_signal,
                .confinement = confinement_for(info, program, spec, directory.path())});
  result.exit_status = child.exit_status;
  if (child.is_timed_out) {
    result.exit_status = wasm::kTimeoutExitStatus;
    result.failure = context.deadline.error(target.name);
  }
  return result;
}

}  // namespace modulah::runner
