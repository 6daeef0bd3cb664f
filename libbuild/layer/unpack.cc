// Layers as files in a directory, whatever the layers say.
//
// A Tree is kept of what was unpacked so far. It says where an entry really lies, with symlinks
// among its parents followed within the root; on disk we then walk names of which none is a
// symlink. Each file is made by name beneath an open directory that was itself opened beneath
// the root (open_beneath), so even a Tree that is wrong could not lead us out.
#include "modulah/layer/unpack.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <functional>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"
#include "modulah/layer/path.h"
#include "modulah/layer/tree.h"

namespace modulah::layer {

namespace {

constexpr std::size_t kCopyBytes = 256 * 1024;

/// How long the tar of a layer within `limits` may be, with 4 KiB for a file's headers and padding.
std::uint64_t plain_bytes(const UnpackLimits& limits) {
  constexpr std::uint64_t kHeaderBytes = 4096;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t headers = std::min(limits.max_entries, kMax / kHeaderBytes) * kHeaderBytes;
  return limits.max_bytes > kMax - headers ? kMax : limits.max_bytes + headers;
}

class Unpacker {
 public:
  Unpacker(const std::filesystem::path& target, const UnpackOptions& options)
      : target_(target), options_(options), buffer_(kCopyBytes) {
    root_ = FileDescriptor(::open(target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) fail("open", ".");
  }

  /// `Reader` is TarReader or ArchiveReader.
  template <typename Reader>
  void unpack(Reader& reader) {
    tree_.begin_layer();
    const Read read = [&reader](std::span<std::byte> buffer) { return reader.read(buffer); };
    while (const std::optional<Entry> entry = reader.next()) {
      if (++result_.entries > options_.limits.max_entries)
        throw LimitError(
            fmt::format("more than the {} files allowed", options_.limits.max_entries));
      with_context([&] { return fmt::format("unpack \"{}\"", printable(entry->path)); },
                   [&] { unpack_entry(*entry, read); });
    }
  }

  [[nodiscard]] UnpackResult result() const { return result_; }

 private:
  /// Reads the current entry's content; 0 is its end.
  using Read = std::function<std::size_t(std::span<std::byte>)>;

  void unpack_entry(const Entry& entry, const Read& read);
  void make(const std::string& path, const Entry& entry, const Read& read);
  void make_parents(std::string_view path);
  void make_directory(const std::string& path, const Entry& entry);
  void make_file(const std::string& path, const Entry& entry, const Read& read);
  void make_hardlink(const std::string& path, const std::string& target);
  void remove_hidden(const std::string& path);
  void remove(const std::string& path);
  /// The open directory that `path` lies in.
  [[nodiscard]] int parent_fd(std::string_view path);
  void check_stop() const {
    if (options_.stop.stop_requested())
      throw Error(ErrorKind::cancelled, "unpacking was interrupted");
  }
  [[noreturn]] void fail(std::string_view verb, std::string_view path) const {
    throw_system_error(fmt::format("{} {}", verb, (target_ / path).native()), errno);
  }

  const std::filesystem::path target_;
  const UnpackOptions& options_;
  std::vector<std::byte> buffer_;
  FileDescriptor root_;
  Tree tree_;
  UnpackResult result_;
  std::string parent_path_;  ///< Of `parent_fd_`: entries of one directory come together.
  FileDescriptor parent_fd_;
};

int Unpacker::parent_fd(std::string_view path) {
  const std::string_view parent = parent_of(path);
  if (parent_fd_ && parent == parent_path_) return parent_fd_.get();
  parent_fd_ = open_beneath(root_.get(), parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  parent_path_ = parent;
  return parent_fd_.get();
}

void Unpacker::unpack_entry(const Entry& entry, const Read& read) {
  check_stop();
  const std::optional<Whiteout> whiteout = whiteout_of(entry.path);
  if (whiteout) {
    remove_hidden(tree_.apply(entry));
    return;
  }
  if (entry.path == ".") {
    tree_.apply(entry);
    return;
  }
  const std::string parent = tree_.resolve(parent_of(entry.path));
  make_parents(parent);
  // Where a hard link leads is to be asked before the link itself takes a name.
  std::string link_target;
  if (entry.type == EntryType::hardlink) {
    const std::string directory = tree_.resolve(parent_of(entry.link_target));
    link_target = directory == "." ? std::string(name_of(entry.link_target))
                                   : fmt::format("{}/{}", directory, name_of(entry.link_target));
  }
  const std::string path = parent == "." ? std::string(name_of(entry.path))
                                         : fmt::format("{}/{}", parent, name_of(entry.path));
  if (entry.type == EntryType::hardlink && link_target == path) return;  // A link to itself.
  const std::optional<TreeEntry> old = tree_.find(path, LastLink::keep);
  tree_.apply(entry);
  const bool is_kept =
      old && old->type == EntryType::directory && entry.type == EntryType::directory;
  if (old && !is_kept) remove(path);
  if (entry.type == EntryType::hardlink)
    make_hardlink(path, link_target);
  else
    make(path, entry, read);
}

void Unpacker::make(const std::string& path, const Entry& entry, const Read& read) {
  switch (entry.type) {
    case EntryType::directory:
      return make_directory(path, entry);
    case EntryType::file:
      return make_file(path, entry, read);
    case EntryType::symlink:
      if (::symlinkat(entry.link_target.c_str(), parent_fd(path),
                      std::string(name_of(path)).c_str()) != 0)
        fail("make the symlink", path);
      return;
    case EntryType::hardlink:  // Made by unpack_entry.
    case EntryType::character_device:
    case EntryType::block_device:
    case EntryType::fifo:
      ++result_.skipped_devices;
      return;
  }
}

void Unpacker::make_parents(std::string_view path) {
  // Nearly always; and a layer whose names are all very long takes no time for each part of each.
  if (tree_.find(path, LastLink::keep)) return;
  for (std::size_t end = 0; path != "." && end != std::string_view::npos;) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    const std::string directory(path.substr(0, end));
    if (tree_.find(directory, LastLink::keep)) continue;
    if (::mkdirat(parent_fd(directory), std::string(name_of(directory)).c_str(), 0755) != 0 &&
        errno != EEXIST)
      fail("make the directory", directory);
  }
}

void Unpacker::make_directory(const std::string& path, const Entry& entry) {
  const int parent = parent_fd(path);
  const std::string name(name_of(path));
  if (::mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST)
    fail("make the directory", path);
  const FileDescriptor made(
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made || ::fchmod(made.get(), (entry.mode & 0777) | 0700) != 0)
    fail("set the mode of the directory", path);
}

void Unpacker::make_file(const std::string& path, const Entry& entry, const Read& read) {
  if (entry.size > options_.limits.max_bytes - result_.bytes)
    throw LimitError(
        fmt::format("the files have more than the {} bytes allowed", options_.limits.max_bytes));
  const FileDescriptor file(::openat(parent_fd(path), std::string(name_of(path)).c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) fail("make the file", path);
  while (const std::size_t count = read(buffer_)) {
    check_stop();
    std::span<const std::byte> bytes = std::span(buffer_).first(count);
    while (!bytes.empty()) {
      const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", path);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    result_.bytes += count;
  }
  const std::array<timespec, 2> times{timespec{entry.mtime, 0}, timespec{entry.mtime, 0}};
  if (::fchmod(file.get(), (entry.mode & 0777) | 0400) != 0 ||
      ::futimens(file.get(), times.data()) != 0)
    fail("set the mode and time of", path);
}

void Unpacker::make_hardlink(const std::string& path, const std::string& target) {
  const std::optional<TreeEntry> linked = tree_.find(path, LastLink::keep);
  const bool is_made =
      linked && (linked->type == EntryType::file || linked->type == EntryType::symlink);
  if (!is_made) {
    ++result_.skipped_devices;
    return;
  }
  const FileDescriptor from =
      open_beneath(root_.get(), parent_of(target), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (::linkat(from.get(), std::string(name_of(target)).c_str(), parent_fd(path),
               std::string(name_of(path)).c_str(), 0) != 0)
    fail("make the hard link", path);
}

void Unpacker::remove(const std::string& path) {
  parent_fd_ = FileDescriptor();  // It may be beneath what goes.
  // remove_all never follows a symlink, and no name on the way to `path` is one.
  std::error_code error;
  std::filesystem::remove_all(target_ / path, error);
  if (error) throw_system_error(fmt::format("remove {}", (target_ / path).native()), error.value());
}

void Unpacker::remove_hidden(const std::string& path) {
  // From the top down: what the Tree does not have any more goes, with all that is in it.
  std::vector<std::string> left{path};
  while (!left.empty()) {
    const std::string next = std::move(left.back());
    left.pop_back();
    const std::optional<TreeEntry> entry = tree_.find(next, LastLink::keep);
    if (!entry) {
      remove(next);
      continue;
    }
    if (entry->type != EntryType::directory) continue;
    std::error_code error;
    for (const auto& child : std::filesystem::directory_iterator(target_ / next, error)) {
      const std::string name = child.path().filename().native();
      left.push_back(next == "." ? name : fmt::format("{}/{}", next, name));
    }
    if (error) throw_system_error(fmt::format("read {}", (target_ / next).native()), error.value());
  }
}

}  // namespace

UnpackResult unpack_layers(oci::BlobReader& from, std::span<const oci::Descriptor> layers,
                           const std::filesystem::path& target, const UnpackOptions& options) {
  Unpacker unpacker(target, options);
  // What is not written (headers, devices' content) costs time as well, so each layer is bounded by
  // the same numbers.
  const UnpackLimits& limits = options.limits;
  const LayerLimits of_layer = {
      .max_plain_bytes = plain_bytes(limits),
      .max_entries = limits.max_entries,
      .max_ratio = limits.max_ratio,
      .ratio_free_bytes = limits.ratio_free_bytes,
      .stop = options.stop,
  };
  for (const oci::Descriptor& blob : layers) {
    TarReader layer(from, blob, of_layer);
    const std::string name = fmt::format("layer {}", blob.digest.text());
    try {
      unpacker.unpack(layer);
    } catch (Error& error) {
      // What the reader says names the layer already.
      if (!error.message().starts_with(name)) error.prepend(name);
      throw;
    }
  }
  return unpacker.result();
}

UnpackResult unpack_archive(ArchiveReader& archive, const std::filesystem::path& target,
                            const UnpackOptions& options) {
  Unpacker unpacker(target, options);
  unpacker.unpack(archive);
  return unpacker.result();
}

}  // namespace modulah::layer
