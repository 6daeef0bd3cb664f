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

/// The text of a symlink in the guest's `directory` that leads to `target`; both absolute and
/// normal. It goes up to the root and then down.
[[nodiscard]] std::string relative_link(std::string_view directory, std::string_view target);

/// The text of a symlink in the guest's `directory`, changed if it would lead out of the guest's
/// root when the host follows it: "/etc" and "../../../etc" become "../etc".
[[nodiscard]] std::string confined_link(std::string_view text, std::string_view directory);

/// Changes all symlinks below `root` so. Then a program that follows them stays below it.
void confine_links(const std::filesystem::path& root);

/// Where an absolute guest path leads on the host when `root` is the guest's "/". Symlinks are
/// followed as in a chroot, so none leads out. Nothing when it does not exist, or for a loop.
/// `root` must not be changed meanwhile.
[[nodiscard]] std::optional<std::filesystem::path> host_path_of(const std::filesystem::path& root,
                                                                std::string_view guest_path);

}  // namespace modulah::runner
