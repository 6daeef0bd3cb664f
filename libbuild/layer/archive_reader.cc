// Reads the archives that ADD unpacks, by libarchive.
//
// Of libarchive only what docker unpacks is switched on: the formats of tar, and four
// compressions, each done by a library (never by starting a program). Bytes come through our
// own Source; an exception must not cross the C library, so it is kept and thrown afterwards.
//
// A compressed file without a tar is not an archive, but one that is cut off before a tar could be
// seen in it must not pass for that. libarchive says of both only that it knows no such format. So
// its formats "raw" and "empty", which take what no other format wants, are on as well: then the
// first block of the plain bytes can be read, and either that goes well or the file is damaged.
#include "modulah/layer/archive_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

namespace modulah::layer {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
/// Below this the ratio of content to archive is not looked at.
constexpr std::uint64_t kRatioFreeBytes = 64 * 1024 * 1024;
constexpr std::size_t kMaxPathBytes = 4096;
/// What `compression_of` needs to see.
constexpr std::size_t kSignBytes = 10;
/// A tar's header: with so many plain bytes libarchive can tell a tar.
constexpr std::size_t kBlockBytes = 512;

/// The compression whose files begin as `bytes` do, or nothing. bzip2's own sign is three letters
/// that a text may begin with, so the sign of its first block is asked for, too.
std::string_view compression_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x1f\x8b\x08"sv)) return "gzip";
  if (bytes.starts_with("\xfd"
                        "7zXZ\0"sv))
    return "xz";
  if (bytes.starts_with("\x28\xb5\x2f\xfd"sv)) return "zstd";
  if (bytes.starts_with("BZh"sv) &&
      bytes.substr(std::min<std::size_t>(bytes.size(), 4)).starts_with("1AY&SY"sv))
    return "bzip2";
  return "";
}

struct Free {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

std::optional<EntryType> type_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return EntryType::hardlink;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return EntryType::file;
    case AE_IFDIR:
      return EntryType::directory;
    case AE_IFLNK:
      return EntryType::symlink;
    case AE_IFCHR:
      return EntryType::character_device;
    case AE_IFBLK:
      return EntryType::block_device;
    case AE_IFIFO:
      return EntryType::fifo;
    default:
      return std::nullopt;
  }
}

}  // namespace

struct ArchiveReader::State {
  State(std::unique_ptr<Source> bytes, std::string archive_name,
        const ArchiveLimits& archive_limits)
      : source(std::move(bytes)),
        name(std::move(archive_name)),
        limits(archive_limits),
        reader(archive_read_new()),
        buffer(kReadBytes) {
    if (!reader) throw Error(ErrorKind::io, "no memory for reading an archive");
    check(archive_read_support_filter_gzip(reader.get()));
    check(archive_read_support_filter_bzip2(reader.get()));
    check(archive_read_support_filter_xz(reader.get()));
    check(archive_read_support_filter_zstd(reader.get()));
    check(archive_read_support_format_tar(reader.get()));
    check(archive_read_support_format_raw(reader.get()));
    check(archive_read_support_format_empty(reader.get()));
  }

  /// A warning would mean that libarchive is about to start a program instead.
  void check(int status) {
    if (status != ARCHIVE_OK)
      throw Error(ErrorKind::unsupported,
                  fmt::format("libarchive was built without what ADD needs: {}", words()));
  }

  [[nodiscard]] std::string words() const {
    const char* text = archive_error_string(reader.get());
    return text == nullptr ? "unknown" : text;
  }

  /// libarchive's call for more bytes.
  static la_ssize_t read_more(archive* reader, void* data, const void** bytes) {
    State& state = *static_cast<State*>(data);
    *bytes = state.buffer.data();
    try {
      const std::size_t count = state.source->read(state.buffer);
      if (state.first_bytes.size() < kSignBytes)
        state.first_bytes.append(as_text(
            std::span(state.buffer).first(std::min(count, kSignBytes - state.first_bytes.size()))));
      return static_cast<la_ssize_t>(count);
    } catch (...) {
      state.exception = std::current_exception();
      archive_set_error(reader, EIO, "cannot be read");
      return -1;
    }
  }

  void rethrow() {
    if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
  }

  /// Looks for the first entry; false when this is not an archive.
  bool begin() {
    int status = archive_read_open(reader.get(), this, nullptr, &read_more, nullptr);
    if (status == ARCHIVE_OK) status = archive_read_next_header(reader.get(), &current);
    rethrow();
    const bool is_read = status == ARCHIVE_OK || status == ARCHIVE_WARN;
    const bool is_raw = is_read && archive_format(reader.get()) == ARCHIVE_FORMAT_RAW;
    // The end at once is that of an empty file, or a tar without entries.
    if (!is_read || is_raw) require_whole(status == ARCHIVE_EOF || (is_raw && can_read_block()));
    is_first_read = is_read && !is_raw;
    return is_first_read;
  }

  /// Throws when `begin` found no tar because what looks like a compressed file is damaged;
  /// `is_read` says that libarchive could read what it took the file for.
  void require_whole(bool is_read) {
    const std::string_view compression = compression_of(first_bytes);
    rethrow();
    if (compression.empty()) return;
    // Without a filter libarchive did not even recognise the compressed file's header.
    const bool is_filtered = archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_NONE;
    if (is_read && is_filtered) return;
    const char* why = archive_error_string(reader.get());
    throw Error(ErrorKind::corrupt,
                fmt::format("archive {}: {} data is cut off or damaged at its beginning{}{}", name,
                            compression, why == nullptr ? "" : ": ", why == nullptr ? "" : why),
                "COPY, or ADD --unpack=false, puts a file into the image as it is.");
  }

  /// Whether a block, or all there is, can be read without an error.
  bool can_read_block() {
    std::array<std::byte, kBlockBytes> block;
    std::size_t count = 0;
    while (count < block.size()) {
      const la_ssize_t got =
          archive_read_data(reader.get(), block.data() + count, block.size() - count);
      if (got < 0) return false;
      if (got == 0) break;
      count += static_cast<std::size_t>(got);
    }
    return true;
  }

  /// Moves to the next entry; false at the end.
  bool advance() {
    if (is_first_read) {
      is_first_read = false;
      return true;
    }
    const int status = archive_read_next_header(reader.get(), &current);
    rethrow();
    if (status == ARCHIVE_EOF) return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    return true;
  }

  [[noreturn]] void fail() const {
    throw Error(ErrorKind::corrupt,
                fmt::format("archive {}: {}{}", name,
                            path.empty() ? "" : fmt::format("after \"{}\": ", path), words()));
  }

  /// Throws when the archive gives more than is allowed; `content` is what was read of files.
  void check_limits() const {
    const auto plain = std::max<std::uint64_t>(
        content,
        static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_filter_bytes(reader.get(), 0))));
    const auto stored =
        static_cast<std::uint64_t>(std::max<la_int64_t>(1, archive_filter_bytes(reader.get(), -1)));
    if (plain > limits.max_plain_bytes)
      throw Error(ErrorKind::invalid,
                  fmt::format("archive {}: \"{}\": more than the {} plain bytes allowed", name,
                              path, limits.max_plain_bytes));
    if (plain > kRatioFreeBytes && plain / stored > limits.max_ratio)
      throw Error(
          ErrorKind::invalid,
          fmt::format("archive {}: \"{}\": the content is more than {} times as long as the "
                      "archive",
                      name, path, limits.max_ratio),
          "This looks like a decompression bomb; unpack the archive yourself if it is not.");
  }

  Entry make_entry();
  void set_link(Entry& entry);
  void set_xattrs(Entry& entry);

  std::unique_ptr<Source> source;
  const std::string name;
  const ArchiveLimits limits;
  std::unique_ptr<archive, Free> reader;
  std::vector<std::byte> buffer;
  std::string first_bytes;  ///< Of the file, up to kSignBytes: they tell the compression.
  std::exception_ptr exception;
  archive_entry* current = nullptr;  ///< libarchive's; valid until the next header is read.
  bool is_first_read = false;        ///< `current` was read by `begin` and not given out yet.
  std::string path;                  ///< Of the last entry, for messages.
  std::uint64_t content_left = 0;    ///< Of the current file, in bytes.
  std::uint64_t content = 0;         ///< Of all files read so far, in bytes.
  std::uint64_t entries = 0;
};

void ArchiveReader::State::set_link(Entry& entry) {
  if (entry.type == EntryType::symlink) {
    const char* target = archive_entry_symlink(current);
    entry.link_target = target == nullptr ? "" : target;
    if (entry.link_target.empty()) throw Error(ErrorKind::invalid, "the symlink is empty");
  }
  if (entry.type == EntryType::hardlink) {
    const std::string_view target = archive_entry_hardlink(current);
    entry.link_target =
        with_context([&] { return fmt::format("hard link to \"{}\"", printable(target)); },
                     [&] { return image::clean_entry_path(target); });
  }
  if (entry.path.size() > kMaxPathBytes || entry.link_target.size() > kMaxPathBytes)
    throw Error(ErrorKind::invalid,
                fmt::format("a name of more than the {} bytes allowed", kMaxPathBytes));
}

void ArchiveReader::State::set_xattrs(Entry& entry) {
  const char* attribute = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(current);
  while (archive_entry_xattr_next(current, &attribute, &value, &size) == ARCHIVE_OK)
    if (attribute != nullptr && value != nullptr)
      entry.xattrs[attribute] = std::string(static_cast<const char*>(value), size);
}

Entry ArchiveReader::State::make_entry() {
  const char* given = archive_entry_pathname(current);
  const std::string_view name_given = given == nullptr ? "" : given;
  path = printable(name_given);
  return with_context(
      [&] { return fmt::format("archive {}: \"{}\"", name, path); },
      [&] {
        Entry entry;
        const std::optional<EntryType> type = type_of(current);
        if (!type)
          throw Error(ErrorKind::unsupported, "the entry is of a type that images do not have");
        entry.type = *type;
        entry.path = image::clean_entry_path(name_given);
        entry.mode = static_cast<unsigned>(archive_entry_perm(current)) & 07777;
        entry.uid = static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_uid(current)));
        entry.gid = static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_gid(current)));
        entry.mtime = archive_entry_mtime(current);
        const la_int64_t size = archive_entry_size(current);
        if (entry.type == EntryType::file) {
          if (size < 0) throw Error(ErrorKind::corrupt, "the size is negative");
          entry.size = static_cast<std::uint64_t>(size);
        }
        if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
          entry.device_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(current));
          entry.device_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(current));
        }
        set_link(entry);
        set_xattrs(entry);
        return entry;
      });
}

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::~ArchiveReader() = default;

std::unique_ptr<ArchiveReader> ArchiveReader::open(std::unique_ptr<Source> source, std::string name,
                                                   const ArchiveLimits& limits) {
  auto state = std::make_unique<State>(std::move(source), std::move(name), limits);
  if (!state->begin()) return nullptr;
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(state)));
}

std::unique_ptr<ArchiveReader> ArchiveReader::open(FileDescriptor file, std::string name,
                                                   const ArchiveLimits& limits) {
  auto source = std::make_unique<FileSource>(std::move(file), name);
  return open(std::move(source), std::move(name), limits);
}

std::unique_ptr<ArchiveReader> ArchiveReader::open(const std::filesystem::path& path,
                                                   const ArchiveLimits& limits) {
  return open(std::make_unique<FileSource>(path), path.native(), limits);
}

std::optional<Entry> ArchiveReader::next() {
  if (!state_->advance()) return std::nullopt;
  Entry entry = state_->make_entry();
  if (++state_->entries > state_->limits.max_entries)
    throw Error(ErrorKind::invalid,
                fmt::format("archive {}: \"{}\": more than the {} entries allowed", state_->name,
                            entry.path, state_->limits.max_entries));
  state_->content_left = entry.size;
  state_->check_limits();
  return entry;
}

std::size_t ArchiveReader::read(std::span<std::byte> buffer) {
  State& state = *state_;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), state.content_left));
  if (wanted == 0) return 0;
  const la_ssize_t got = archive_read_data(state.reader.get(), buffer.data(), wanted);
  state.rethrow();
  if (got < 0)
    throw Error(ErrorKind::corrupt,
                fmt::format("archive {}: \"{}\": {}", state.name, state.path, state.words()));
  auto count = static_cast<std::size_t>(got);
  if (count == 0) {
    // The hole at the end of a sparse file, which libarchive leaves out. A file that is cut off
    // was an error above.
    std::fill_n(buffer.begin(), wanted, std::byte{0});
    count = wanted;
  }
  state.content += count;
  state.content_left -= count;
  state.check_limits();
  return count;
}

}  // namespace modulah::layer
