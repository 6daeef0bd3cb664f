// Keeps an engine's program from files that the guest was not given.
//
// Some engines follow symbolic links out of the directories that they show to the guest: then an
// image with a link to "/", or a guest that makes one, reads and writes the host. Such an engine is
// run under Landlock, with which the kernel denies the process all files but those that are
// listed: the guest's directories, and the installed programs and libraries that the
// engine needs to start.
// https://docs.kernel.org/userspace-api/landlock.html
#pragma once

#include <filesystem>
#include <vector>

#include "modulah/base/files.h"

namespace modulah::runner {

/// What a confined program can open. Paths that do not exist are ignored.
struct Confinement {
  std::vector<std::filesystem::path> readable;  ///< Also executed; directories with all in them.
  std::vector<std::filesystem::path> writable;  ///< Directories, with all in them.
  std::vector<std::filesystem::path> devices;   ///< Read and written.
};

/// Whether this kernel has Landlock.
[[nodiscard]] bool can_confine();

/// What the engine's program `program` needs to start: the system's programs and libraries.
[[nodiscard]] Confinement confinement_of(const std::filesystem::path& program);

/// Landlock's rules, for `restrict_self`. TCP connections are denied as well where the kernel can.
/// Throws Error unsupported when the kernel does not have Landlock.
[[nodiscard]] FileDescriptor make_ruleset(const Confinement& confinement);

/// Puts this thread, and what it executes, under the rules, for good. False when the kernel
/// refuses. Safe to call between fork and exec.
[[nodiscard]] bool restrict_self(const FileDescriptor& ruleset) noexcept;

}  // namespace modulah::runner
