// From an image to a running module: `modulah run`.
//
//   manifest ─> configuration ─> RunSpec ─┬─> embedded Wasmtime: code from the cache
//        └────> layers ─> files in a cache ─┴─> or a program of the table of engines
//
// The second run of an image reads a manifest, a configuration and a file of compiled code: layers
// are unpacked once, under the name of their diff ids, and not opened again.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/base/reporter.h"
#include "modulah/image/image_store.h"
#include "modulah/oci/manifest.h"
#include "modulah/runner/engines.h"
#include "modulah/runner/run_spec.h"
#include "modulah/store/cache_trim.h"
#include "modulah/wasm/compile_worker.h"

namespace modulah::runner {

/// Exit statuses that are not the guest's, as docker and podman have them.
inline constexpr int kRunnerFailed = 125;   ///< modulah itself failed.
inline constexpr int kCannotRun = 126;      ///< The module exists and cannot be run.
inline constexpr int kModuleMissing = 127;  ///< The module does not exist.

struct RunResult {
  /// The guest's own, or kCannotRun, kModuleMissing, or one of wasm/guest.h.
  int exit_status = 0;
  /// What to tell the user when the status is not the guest's own doing: why the module cannot run,
  /// or the trap and its frames.
  std::optional<Error> failure = {};
  EngineId engine = EngineId::embedded;
};

struct RunRequest {
  std::string image = {};  ///< Its name, for messages.
  RunOverrides overrides = {};
  /// Of an image for several; one that is not for it does not run. Unset: one for Wasm.
  std::optional<oci::Platform> platform = {};
  std::optional<EngineId> engine = {};  ///< Unset: the embedded one, or the first that is found.

  /// Where unpacked images and compiled code are kept; created if it does not exist.
  std::filesystem::path cache_directory = {};
  /// Taken when the first is another user's or cannot be written. Empty: there is none.
  std::filesystem::path fallback_cache_directory = {};
  /// Where a cache for this run alone is made when neither can be used. Empty: none is made.
  std::filesystem::path temporary_directory = {};
  std::vector<std::filesystem::path> wasmtime_libraries = {};  ///< For wasm::Engine::load.
  std::string search_path = {};                                ///< PATH, for external engines.
  std::vector<std::string> host_environment = {};  ///< What an external engine's program inherits.

  /// Of each memory of the guest, see GuestOptions; embedded engine only. Unset: the usual limit.
  std::optional<std::uint64_t> max_memory_bytes = {};
  /// Of unpacking, compiling and the guest together. 0: no limit.
  std::chrono::milliseconds max_time{0};
  /// What the image's files may take on the disk; 0: the usual limits (layer::UnpackLimits).
  std::uint64_t max_unpacked_bytes = 0;
  /// How modules are compiled, and with which limits. Its stop token is not looked at.
  wasm::CompileWorker compile_worker = {};
  std::stop_token stop = {};  ///< Ends the guest; see GuestOptions::stop.

  /// Asked when the user interrupts the program. Unpacking and compiling then end with Error
  /// cancelled, an engine's program is sent `interrupt_signal()` (unset: SIGTERM), and for the
  /// embedded guest, which is a part of the process, there is `end_process`.
  std::stop_token interrupt = {};
  std::function<int()> interrupt_signal = {};
  /// Ends this process: the embedded guest cannot be ended otherwise, because it is interrupted
  /// (the argument is null) or because it waits in a system call when it times out. Called on
  /// another thread, after temporary files were removed. Unset: the guest is waited for.
  std::function<void(const RunResult* result)> end_process = {};

  unsigned io_threads = 0;  ///< See GuestOptions::io_threads.

  std::optional<std::string>
      input;               ///< Unset: the process's own. Embedded engine only, as the sinks.
  Sink* output = nullptr;  ///< Null: the process's own.
  Sink* error_output = nullptr;
};

/// The folders of a RunRequest's cache that can be trimmed. Running trims them by itself, now and
/// then.
[[nodiscard]] std::vector<store::CacheFolder> run_cache_folders(
    const std::filesystem::path& cache_directory);

/// Runs the image `root` (a manifest, or an index: then its entry for the platform) in the
/// foreground and returns when the guest has ended. Signals: the embedded guest is part of this
/// process, so the process's own handling counts; an external engine is passed SIGINT, SIGTERM,
/// SIGHUP and SIGQUIT on. Throws Error when modulah itself fails (status 125): a blob is missing or
/// corrupt, no directory for a cache can be written, the requested engine is not installed.
[[nodiscard]] RunResult run_image(oci::BlobReader& blobs, const oci::Descriptor& root,
                                  const RunRequest& request, Reporter& reporter);

/// The same for a module's file on the host, as `modulah run ./app.wasm ARGS` has it: args[0] is
/// the file's name, and the guest sees only the volumes. `overrides.args` are its arguments. Of
/// `request`, image and manifest are not looked at.
[[nodiscard]] RunResult run_file(const std::filesystem::path& module, const RunRequest& request,
                                 Reporter& reporter);

}  // namespace modulah::runner
