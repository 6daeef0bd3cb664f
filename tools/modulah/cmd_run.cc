// modulah run: run an image's module, or a module's file, in the foreground.
//
// The guest is a part of this process, or with --engine a child of it: streams and terminal are the
// guest's. While the image is unpacked and compiled, SIGINT and SIGTERM stop that; then they end
// the process, so that the status is 130 or 143 as a shell sees it, or are passed on to the child.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/place.h"
#include "modulah/images/find_image.h"
#include "modulah/runner/run.h"

#include "commands.h"
#include "end_by_signal.h"
#include "engines.h"
#include "open_image.h"
#include "options.h"
#include "platform_options.h"
#include "print.h"
#include "registry_options.h"
#include "remote_images.h"

namespace modulah::cli {

namespace {

constexpr std::uint64_t kMaxEnvFileBytes = 1 << 20;

struct Options {
  std::vector<std::string> words;  ///< IMAGE and what follows it.
  std::vector<std::string> environment;
  std::vector<std::string> env_files;
  std::vector<std::string> volumes;
  std::optional<std::string> working_directory;
  std::optional<std::string> entrypoint;
  std::string engine;
  std::string memory;
  std::string timeout;
  std::string compile_timeout;
  std::string compile_memory;
  std::string unpack_size;
  std::string pull = "missing";
  RegistryFlags registry;  ///< For pulling.
  PlatformFlags platform;
  bool is_quiet = false;
};

/// Adds "NAME=value", or NAME with the value it has for us; without one it is left out, as podman
/// does.
void add_variable(const World& world, std::string_view text, std::vector<std::string>& out) {
  if (text.find('=') != std::string_view::npos) {
    out.emplace_back(text);
    return;
  }
  const auto found = world.environment.find(std::string(text));
  if (found != world.environment.end()) out.push_back(fmt::format("{}={}", text, found->second));
}

/// Lines of NAME=value or NAME; empty ones and those that begin with "#" are skipped.
void add_env_file(const World& world, const std::string& path, std::vector<std::string>& out) {
  const std::string text =
      with_context([] { return "--env-file"; },
                   [&] { return read_file(world.directory / path, kMaxEnvFileBytes); });
  for (std::string line : CLI::detail::split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    line.erase(0, line.find_first_not_of(" \t"));
    if (!line.empty() && line.front() != '#') add_variable(world, line, out);
  }
}

/// True for a word that can only be, or is, a module's file.
bool is_file_word(const World& world, std::string_view word) {
  if (word.starts_with('/') || word.starts_with("./") || word.starts_with("../")) return true;
  if (word.find('/') == std::string_view::npos && !word.ends_with(".wasm")) return false;
  std::error_code ignored;
  return std::filesystem::is_regular_file(world.directory / word, ignored);
}

/// The store's cache; where that cannot be written the user's, else one for this run alone.
void choose_caches(const Invocation& invocation, runner::RunRequest& request) {
  const World& world = invocation.world;
  request.cache_directory = invocation.store_root() / "cache" / "run";
  std::filesystem::path caches = world.env("XDG_CACHE_HOME");
  // The XDG specification requires relative paths to be ignored.
  if (!caches.is_absolute() && !world.env("HOME").empty())
    caches = std::filesystem::path(world.env("HOME")) / ".cache";
  if (caches.is_absolute()) request.fallback_cache_directory = caches / "modulah" / "run";
  const std::string temporary = world.env("TMPDIR");
  request.temporary_directory = temporary.empty() ? "/tmp" : temporary;
}

/// The guest and what it waits for take turns, so one thread for input and output is enough. The
/// engine makes one for each core unless its environment says otherwise. Programs that are started
/// get the original environment.
unsigned limit_io_threads() {
  ::setenv("TOKIO_WORKER_THREADS", "1", 1);
  return 1;
}

/// The limits on what comes before the guest.
void set_limits(const Options& options, runner::RunRequest& request) {
  wasm::CompileWorker& worker = request.compile_worker;
  if (!options.compile_timeout.empty())
    worker.max_time = parse_duration(options.compile_timeout, "--compile-timeout");
  if (!options.compile_memory.empty())
    worker.max_memory_bytes = parse_bytes(options.compile_memory, "--compile-memory");
  if (!options.unpack_size.empty())
    request.max_unpacked_bytes = parse_bytes(options.unpack_size, "--unpack-size");
}

void set_interrupts(const Invocation& invocation, runner::RunRequest& request) {
  request.interrupt = invocation.stop();
  request.interrupt_signal = [&interrupts = invocation.interrupts] {
    return interrupts.signal().value_or(SIGTERM);
  };
  request.end_process = [signal = request.interrupt_signal](const runner::RunResult* result) {
    if (result == nullptr) end_by_signal(signal());
    if (result->failure) print_failure(*result->failure);
    _exit(result->exit_status);
  };
}

runner::RunRequest make_request(const Options& options, const Invocation& invocation) {
  const World& world = invocation.world;
  runner::RunRequest request;
  request.compile_worker = compile_worker(world);
  runner::RunOverrides& overrides = request.overrides;
  request.image = options.words.front();
  overrides.args.assign(options.words.begin() + 1, options.words.end());
  for (const std::string& path : options.env_files)
    add_env_file(world, path, overrides.environment);
  for (const std::string& text : options.environment)
    add_variable(world, text, overrides.environment);
  for (const std::string& text : options.volumes)
    overrides.volumes.push_back(runner::parse_volume(text, world.directory));
  overrides.working_directory = options.working_directory;
  if (options.entrypoint) overrides.entrypoint = runner::parse_entrypoint(*options.entrypoint);
  if (!options.engine.empty()) request.engine = runner::parse_engine(options.engine);
  if (!options.memory.empty()) request.max_memory_bytes = parse_bytes(options.memory, "--memory");
  if (!options.timeout.empty()) request.max_time = parse_duration(options.timeout, "--timeout");
  set_limits(options, request);
  set_interrupts(invocation, request);
  request.platform = platform_of(options.platform);
  choose_caches(invocation, request);
  request.io_threads = limit_io_threads();
  request.wasmtime_libraries = wasmtime_candidates(world);
  request.search_path = world.search_path();
  for (const auto& [name, value] : world.environment)
    request.host_environment.push_back(fmt::format("{}={}", name, value));
  return request;
}

bool is_on_disk(const std::string& word) {
  const auto place = image::parse_place(word, image::PlaceUse::read);
  return place && place->is_on_disk();
}

/// True for a word that says which registry it is from: a short name that the store does not have
/// is more likely a mistake than an image of an unnamed registry.
bool names_registry(const std::string& word) {
  const std::size_t slash = word.find('/');
  if (slash == std::string::npos || is_on_disk(word)) return false;
  return word.substr(0, slash).find_first_of(".:") != std::string::npos;
}

/// Gets the image into the store before it is run, as --pull says.
void pull_if_wanted(const Options& options, const Invocation& invocation, const std::string& word,
                    Reporter& reporter) {
  images::FetchRequest request = fetch_request(invocation);
  request.policy = images::parse_pull_policy(options.pull, "--pull");
  request.platform = platform_of(options.platform);
  if (request.policy == images::PullPolicy::never || is_on_disk(word)) return;
  if (request.policy == images::PullPolicy::missing) {
    if (!names_registry(word)) return;
    store::LayoutStore store(invocation.store_root(), store::Access::read);
    if (images::find_image(store, word)) return;
  }
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(reporter));
  RemoteImages remote(invocation, options.registry, reporter);
  (void)images::fetch_image(store, word, request, remote, reporter);
}

runner::RunResult run_words(const Options& options, const Invocation& invocation,
                            Reporter& reporter) {
  runner::RunRequest request = make_request(options, invocation);
  const std::string& word = options.words.front();
  if (is_file_word(invocation.world, word)) return runner::run_file(word, request, reporter);
  pull_if_wanted(options, invocation, word, reporter);
  images::OpenedImage image = open_image(invocation, word, images::Holding::nothing);
  request.image = image.name;
  return runner::run_image(*image.blobs, image.manifest, request, reporter);
}

int run(const Options& options, const Invocation& invocation) {
  if (options.words.empty())
    throw Error(ErrorKind::usage, "IMAGE is missing", "Run 'modulah run --help' for the usage.");
  const auto reporter = invocation.make_reporter(options.is_quiet);
  const runner::RunResult result = run_words(options, invocation, *reporter);
  if (result.failure) print_failure(*result.failure);
  return result.exit_status;
}

std::string engine_words() {
  std::string words = "Run with this engine:";
  for (const runner::EngineInfo& engine : runner::engine_table())
    words += fmt::format("{} {}", &engine == runner::engine_table().data() ? "" : ",", engine.name);
  return words + " (default: embedded, else the first that is installed)";
}

void add_podman_options(CLI::App& app) {
  accept_silently(app,
                  {"--rm", "-i,--interactive", "-t,--tty", "--init", "--read-only", "--privileged",
                   "--no-healthcheck", "--replace", "--sig-proxy", "--http-proxy", "--no-hosts",
                   "--no-hostname", "--oom-kill-disable"},
                  {"--name",
                   "--network,--net",
                   "--security-opt",
                   "--cap-add",
                   "--cap-drop",
                   "-u,--user",
                   "--userns",
                   "--hostname",
                   "-l,--label",
                   "--annotation",
                   "--runtime",
                   "--cgroups",
                   "--cgroup-parent",
                   "--ulimit",
                   "--pids-limit",
                   "--cpus",
                   "--cpu-shares",
                   "--memory-swap",
                   "--shm-size",
                   "--log-driver",
                   "--log-opt",
                   "--stop-timeout",
                   "--stop-signal",
                   "--ipc",
                   "--pid",
                   "--uts",
                   "--restart",
                   "-a,--attach",
                   "--add-host",
                   "--dns",
                   "--dns-option",
                   "--dns-search",
                   "--expose",
                   "--group-add",
                   "--device",
                   "--sysctl",
                   "--oom-score-adj",
                   "--cpu-period",
                   "--cpu-quota",
                   "--cpuset-cpus",
                   "--cpuset-mems",
                   "--health-cmd",
                   "--health-interval",
                   "--health-retries",
                   "--health-start-period",
                   "--health-timeout",
                   "--systemd",
                   "--tz",
                   "--umask"});
  refuse(app, "-d,--detach", "is not supported: there is no daemon to keep the guest running",
         "Use the shell's '&', or systemd-run.");
  refuse(app, "-p,--publish", "is not supported: the guest has no network", "");
  refuse(app, "-P,--publish-all", "is not supported: the guest has no network", "");
  refuse(app, "--cidfile", "is not supported: there is no container with an id", "");
  refuse(app, "--mount", "is not supported", "Use --volume HOST:GUEST[:ro].");
  refuse(app, "--tmpfs", "is not supported", "Use --volume HOST:GUEST.");
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.prefix_command();
  app.callback([&app, options] {
    options->words = app.remaining();
    if (!options->words.empty() && options->words.front() == "--")
      options->words.erase(options->words.begin());
  });
  add_list(app, "-e,--env", options->environment,
           "Set a variable; a NAME alone gets its value from the environment")
      ->option_text("NAME[=VALUE]");
  add_list(app, "--env-file", options->env_files, "Set the variables in a file, one per line")
      ->option_text("FILE");
  add_list(app, "-v,--volume", options->volumes,
           "Show a directory of the host to the guest (default: writable)")
      ->option_text("HOST:GUEST[:ro]");
  app.add_option("-w,--workdir", options->working_directory,
                 "Start in this directory of the guest (default: the image's)")
      ->option_text("DIR");
  app.add_option("--entrypoint", options->entrypoint,
                 "Run this module instead of the image's: a path, or a JSON array of words")
      ->option_text("PATH");
  add_platform_flags(app, options->platform,
                     "Run this platform of a multi-platform image (default: wasi/wasm)");
  app.add_option("--engine", options->engine, engine_words())->option_text("NAME");
  app.add_option("-m,--memory", options->memory,
                 "Limit each memory of the guest, and its tables, e.g. 64m (default: 4g)")
      ->option_text("SIZE");
  app.add_option("--timeout", options->timeout,
                 "End the run, from unpacking on, after this time, e.g. 500ms; a number is seconds "
                 "(default: never)")
      ->option_text("TIME");
  app.add_option("--compile-timeout", options->compile_timeout,
                 "Give up compiling the module after this time (default: 5m)")
      ->option_text("TIME");
  app.add_option("--compile-memory", options->compile_memory,
                 "Limit the memory for compiling the module (default: 4g)")
      ->option_text("SIZE");
  app.add_option("--unpack-size", options->unpack_size,
                 "Limit what the image's files take unpacked (default: 16g, and 200 times the "
                 "layer's size from 1g on)")
      ->option_text("SIZE");
  app.add_option("--pull", options->pull,
                 "When to pull the image: missing, newer, always or never (default: missing, for "
                 "a name with its registry)")
      ->option_text("WHEN");
  add_registry_flags(app, options->registry);
  app.add_flag("-q,--quiet", options->is_quiet, "Say only warnings and errors");
  add_podman_options(app);
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command run_command = {
    .name = "run",
    .alias = "",
    .group = "Run",
    .operands = "IMAGE|FILE [ARG...]",
    .summary = "Run an image, or a module's file",
    .description =
        R"(IMAGE is a name, an id, oci:DIR[:REF] or oci-archive:FILE. A word that begins
with "/", "./" or "../", or is a file with "/" or ".wasm" in its name, is a
module. The words after it are passed to the guest, and replace the image's CMD. The
guest sees the image's files, read-only, and the volumes; nothing else of this
machine. Options of podman that do not apply to a Wasm guest, such as --rm and
-t, are accepted for compatibility. --engine uses a program on PATH instead of
the embedded Wasmtime.

Compiled code and unpacked files are kept in the store. If it cannot be written,
or belongs to another user, they are kept in $XDG_CACHE_HOME/modulah (default:
~/.cache/modulah); if that cannot be written either, in $TMPDIR (default: /tmp)
until the guest ends.

Examples:
  # Run an image with an argument
  $ modulah run demo/app --verbose

  # Let it read a directory, and give it a variable
  $ modulah run -v ./data:/data:ro -e LANG=C demo/app /data/in.txt

  # Run a module without an image
  $ modulah run ./app.wasm

Exit status:
  The guest's own; 134 when it trapped, 124 when it timed out. 125 when modulah
  itself failed or the image is too large to be unpacked, 126 when the module
  cannot be run or takes too much to compile, 127 when it does not exist.)",
    .define = define,
    .failure_status = runner::kRunnerFailed,
};

}  // namespace modulah::cli
