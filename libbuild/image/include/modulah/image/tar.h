// One entry of a tar as a value, and its bytes.
//
// The header is made here and not by an archive library, because it is part of an image's
// digest: the same entry has to give the same bytes with every version of every library and
// under every locale. The plain POSIX header (ustar) is used when the entry fits into it, else
// a pax header with only the fields that do not fit goes before it. Nothing that depends on the
// machine is written: no user or group names, no access or change times, no device of the file.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace modulah::image {

/// Tar's unit: headers are this long and content is padded to a multiple of it, in bytes.
inline constexpr std::size_t kTarBlockBytes = 512;

enum class EntryType { file, directory, symlink, hardlink, character_device, block_device, fifo };

[[nodiscard]] std::string_view to_string(EntryType type);

/// A file, directory or link in a tar, without its content.
struct TarEntry {
  std::string path;  ///< Names with "/" between, no slash at either end. "." is the root itself.
  EntryType type = EntryType::file;
  unsigned mode = 0644;  ///< Permissions with setuid, setgid and sticky: at most 07777.
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime = 0;   ///< Seconds since 1970, UTC; may be negative.
  std::uint64_t size = 0;   ///< Of the content, in bytes; 0 for all but files.
  std::string link_target;  ///< Symlink: any text. Hardlink: a path as in `path`. Else empty.
  std::uint32_t device_major = 0;             ///< Of devices only.
  std::uint32_t device_minor = 0;             ///< Of devices only.
  std::map<std::string, std::string> xattrs;  ///< Extended attributes by name.

  friend bool operator==(const TarEntry&, const TarEntry&) = default;
};

/// Appends the header block or blocks of `entry` to `out`. The content, when there is some, has to
/// follow, padded with `tar_padding(size)` zero bytes. Throws Error invalid when a name is empty
/// or has a NUL in it, naming the entry.
void append_tar_header(std::string& out, const TarEntry& entry);

/// How many zero bytes follow a content of `size` bytes.
[[nodiscard]] constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlockBytes - size % kTarBlockBytes) % kTarBlockBytes);
}

/// How many zero bytes end a tar.
inline constexpr std::size_t kTarEndBytes = 2 * kTarBlockBytes;

/// The path that an entry's name means: names with "/" between, "." for the root; leading
/// slashes and "." are dropped and ".." is worked out on the text, as docker and podman do. Throws
/// Error invalid when the name leads out of the root, is empty or has a NUL in it.
[[nodiscard]] std::string clean_entry_path(std::string_view name);

}  // namespace modulah::image
