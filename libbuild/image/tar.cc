// A tar header from an entry: ustar, with a pax header before it for what does not fit.
#include "modulah/image/tar.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

#include "tar_fields.h"

namespace modulah::image {

namespace {

using tar::kFields;

/// Records of a pax header; sorted, so that equal entries are equal bytes.
using Records = std::map<std::string, std::string>;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// One header block, all fields zero at first.
class Block {
 public:
  void set_text(tar::Field field, std::string_view text) {
    std::copy_n(text.begin(), std::min(text.size(), field.size), bytes_.begin() + field.offset);
  }
  /// Octal digits and a NUL fill the field. False when the number does not fit.
  bool set_number(tar::Field field, std::uint64_t value) {
    const std::string digits = fmt::format("{:0{}o}", value, field.size - 1);
    if (digits.size() >= field.size) return false;
    set_text(field, digits);
    return true;
  }
  /// The sum of all bytes, with the field itself counted as spaces. Call last.
  void set_checksum() {
    set_text(kFields.checksum, "        ");
    unsigned sum = 0;
    for (const char c : bytes_) sum += static_cast<unsigned char>(c);
    set_text(kFields.checksum, fmt::format("{:06o}", sum));
    bytes_[kFields.checksum.offset + 6] = '\0';
  }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kTarBlockBytes> bytes_{};
};

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::file:
      return '0';
    case EntryType::hardlink:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::character_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  return '0';
}

/// Puts a name of up to 256 bytes into the two fields that ustar has for it: cut at a slash
/// such that the last part has at most 100 bytes and the first at most 155.
std::optional<std::pair<std::string_view, std::string_view>> split_name(std::string_view name) {
  if (!is_ascii(name)) return std::nullopt;
  if (name.size() <= kFields.name.size) return std::pair(std::string_view(), name);
  if (name.size() > kFields.prefix.size + 1 + kFields.name.size) return std::nullopt;
  // The first slash with few enough bytes after it; a directory's own slash does not count.
  const std::size_t slash = name.find('/', name.size() - kFields.name.size - 1);
  if (slash == std::string_view::npos || slash > kFields.prefix.size || slash + 1 == name.size())
    return std::nullopt;
  return std::pair(name.substr(0, slash), name.substr(slash + 1));
}

/// What readers without pax would see of a name that does not fit.
std::string stand_in(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, kFields.name.size))
    text += static_cast<unsigned char>(c) < 0x80 ? c : '_';
  return text;
}

void set_number(Block& block, tar::Field field, std::uint64_t value, const char* keyword,
                Records& records) {
  if (block.set_number(field, value)) return;
  block.set_number(field, 0);
  records[keyword] = fmt::format("{}", value);
}

/// "LENGTH KEYWORD=VALUE\n", where the length counts its own digits.
void append_record(std::string& out, std::string_view keyword, std::string_view value) {
  const std::size_t rest = keyword.size() + value.size() + 3;  // " ", "=" and the line's end.
  std::size_t length = rest;
  while (rest + fmt::formatted_size("{}", length) != length)
    length = rest + fmt::formatted_size("{}", length);
  fmt::format_to(std::back_inserter(out), "{} {}={}\n", length, keyword, value);
}

void append_pax_header(std::string& out, const Records& records) {
  std::string body;
  for (const auto& [keyword, value] : records) append_record(body, keyword, value);
  Block block;
  block.set_text(kFields.name, "PaxHeaders/entry");
  block.set_number(kFields.mode, 0644);
  block.set_number(kFields.uid, 0);
  block.set_number(kFields.gid, 0);
  block.set_number(kFields.size, body.size());
  block.set_number(kFields.mtime, 0);
  block.set_text(kFields.type, "x");
  block.set_text(kFields.magic, tar::kPosixMagic);
  block.set_checksum();
  out += block.text();
  out += body;
  out.append(tar_padding(body.size()), '\0');
}

void check_names(const TarEntry& entry) {
  if (entry.path.empty()) throw Error(ErrorKind::invalid, "a tar entry has no name");
  if (entry.path.find('\0') != std::string::npos ||
      entry.link_target.find('\0') != std::string::npos)
    throw Error(
        ErrorKind::invalid,
        fmt::format("tar entry \"{}\" has a NUL byte in its name or link", printable(entry.path)));
}

void set_names(Block& block, const TarEntry& entry, Records& records) {
  const std::string name = entry.type == EntryType::directory ? entry.path + "/" : entry.path;
  if (const auto parts = split_name(name)) {
    block.set_text(kFields.prefix, parts->first);
    block.set_text(kFields.name, parts->second);
  } else {
    block.set_text(kFields.name, stand_in(name));
    records["path"] = name;
  }
  if (entry.link_target.size() <= kFields.link.size && is_ascii(entry.link_target)) {
    block.set_text(kFields.link, entry.link_target);
  } else {
    block.set_text(kFields.link, stand_in(entry.link_target));
    records["linkpath"] = entry.link_target;
  }
}

void set_mtime(Block& block, std::int64_t mtime, Records& records) {
  if (mtime >= 0 && block.set_number(kFields.mtime, static_cast<std::uint64_t>(mtime))) return;
  block.set_number(kFields.mtime, 0);
  records["mtime"] = fmt::format("{}", mtime);
}

}  // namespace

std::string_view to_string(EntryType type) {
  switch (type) {
    case EntryType::file:
      return "file";
    case EntryType::directory:
      return "directory";
    case EntryType::symlink:
      return "symlink";
    case EntryType::hardlink:
      return "hard link";
    case EntryType::character_device:
      return "character device";
    case EntryType::block_device:
      return "block device";
    case EntryType::fifo:
      return "fifo";
  }
  return "unknown";
}

void append_tar_header(std::string& out, const TarEntry& entry) {
  check_names(entry);
  Block block;
  Records records;
  set_names(block, entry, records);
  block.set_number(kFields.mode, entry.mode & 07777);
  set_number(block, kFields.uid, entry.uid, "uid", records);
  set_number(block, kFields.gid, entry.gid, "gid", records);
  set_number(block, kFields.size, entry.size, "size", records);
  set_mtime(block, entry.mtime, records);
  const char flag = type_flag(entry.type);
  block.set_text(kFields.type, {&flag, 1});
  block.set_text(kFields.magic, tar::kPosixMagic);
  const bool is_device =
      entry.type == EntryType::character_device || entry.type == EntryType::block_device;
  if (is_device && (!block.set_number(kFields.device_major, entry.device_major) ||
                    !block.set_number(kFields.device_minor, entry.device_minor)))
    throw Error(ErrorKind::unsupported,
                fmt::format("device \"{}\" has the number {}:{}, and a tar "
                            "has no place for one above 2097151",
                            entry.path, entry.device_major, entry.device_minor));
  for (const auto& [name, value] : entry.xattrs) records["SCHILY.xattr." + name] = value;
  block.set_checksum();
  if (!records.empty()) append_pax_header(out, records);
  out += block.text();
}

std::string clean_entry_path(std::string_view name) {
  if (name.empty()) throw Error(ErrorKind::invalid, "the name is empty");
  if (name.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::invalid, "the name has a NUL byte in it");
  std::string path;
  path.reserve(name.size());
  while (!name.empty()) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    name.remove_prefix(std::min(slash + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      if (!path.empty()) path += '/';
      path += part;
      continue;
    }
    if (path.empty()) throw Error(ErrorKind::invalid, "the name leads out of the root");
    const std::size_t last = path.rfind('/');
    path.resize(last == std::string::npos ? 0 : last);
  }
  return path.empty() ? "." : path;
}

}  // namespace modulah::image
