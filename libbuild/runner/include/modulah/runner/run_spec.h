// What exactly is to run: an image's configuration and the user's wishes put together by the rules
// of docker and podman. Pure: no file is looked at.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/image_config.h"
#include "modulah/wasm/guest.h"

namespace modulah::runner {

/// A directory of the host that the guest sees: --volume HOST:GUEST[:ro|rw].
struct Volume {
  std::filesystem::path host;  ///< Absolute.
  std::string guest;           ///< Absolute, without "." and "..".
  wasm::Access access = wasm::Access::read_write;

  friend bool operator==(const Volume&, const Volume&) = default;
};

/// Reads "HOST:GUEST[:ro|rw]"; a relative HOST ("./data") is below `directory`, the user's. Throws
/// Error usage naming what is missing or not known. podman's options for labels and owners (z, Z,
/// U and the like) are taken and mean nothing here; its named volumes ("data:/x") are refused.
[[nodiscard]] Volume parse_volume(std::string_view text, const std::filesystem::path& directory);

/// What the user asked for on top of the image.
struct RunOverrides {
  /// --entrypoint: replaces the image's and drops its command. {""} or {}: none.
  std::optional<std::vector<std::string>> entrypoint = {};
  std::vector<std::string> args = {};  ///< Words after the image: replace the image's command.
  /// --env, in order: "NAME=value"; the caller has resolved a bare NAME from its environment.
  std::vector<std::string> environment = {};
  std::optional<std::string> working_directory = {};  ///< --workdir
  std::vector<Volume> volumes = {};
};

/// The words of --entrypoint: a JSON array of strings ('["/app.wasm","-v"]') or one path.
/// Throws Error usage for malformed JSON.
[[nodiscard]] std::vector<std::string> parse_entrypoint(std::string_view text);

/// Ready to run.
struct RunSpec {
  std::vector<std::string>
      args;  ///< args[0] is the module's path as the image says it; never empty.
  std::string module_path = {};  ///< args[0] made absolute in the image, e.g. "/app.wasm".
  /// The function that runwasi's "PATH#FUNCTION" form names; empty: the command's own start.
  std::string function = {};
  std::vector<std::string> environment = {};  ///< "NAME=value", no name twice.
  std::string working_directory = "/";        ///< Absolute and normal ("/a/b").
  std::vector<Volume> volumes = {};
  std::vector<std::string> notes;  ///< What of the image is ignored (its USER), for warnings.
};

/// Puts both together. `image` is the image's name for messages. Throws Error invalid, with a hint,
/// when nothing says what to run, or when it is a command for a shell ("/bin/sh -c …").
[[nodiscard]] RunSpec make_run_spec(const oci::ImageConfig& config, const RunOverrides& overrides,
                                    std::string_view image);

}  // namespace modulah::runner
