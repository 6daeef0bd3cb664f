// Paths as the guest sees them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace modulah::runner {

/// `path`, seen from `directory` when it is relative, as an absolute path without "." and ".."
/// ("/a/b", "/"). Works on the text: symlinks are not looked at.
[[nodiscard]] std::string absolute_guest_path(std::string_view path, std::string_view directory);

/// Whether `path` is `directory` or below it; both absolute and normal.
[[nodiscard]] bool is_within(std::string_view path, std::string_view directory);

/// Where an absolute guest path leads on the host when `root` is the guest's "/". Symlinks are
/// followed as below a chroot, so none leads out. Nothing when it is not there, or for a loop.
/// Nobody else may change `root` meanwhile.
[[nodiscard]] std::optional<std::filesystem::path> host_path_of(const std::filesystem::path& root,
                                                                std::string_view guest_path);

}  // namespace modulah::runner
