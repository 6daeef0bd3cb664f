// Reads a plain tar, entry by entry.
//
// A tar is headers of 512 bytes, each followed by its content. Some headers only say more about
// the next one: pax records ('x', and 'g' for all that follow) and GNU's long names ('L', 'K').
// They are gathered until an ordinary header comes. All of it is untrusted: numbers are
// checked before they are used, and no length in the file makes us allocate more than a bound.
#include "modulah/image/tar_source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

#include "tar_fields.h"

namespace modulah::image {

namespace {

using tar::Field;
using tar::kFields;

/// Of one pax header or long name, in bytes.
constexpr std::int64_t kMaxSpecialBytes = 1024 * 1024;
/// How many headers may say something about the same entry.
constexpr int kMaxSpecials = 16;
/// How long a path may be: what Linux allows, in bytes.
constexpr std::size_t kMaxPathBytes = 4096;
constexpr std::uint64_t kMaxContentBytes = std::numeric_limits<std::int64_t>::max() / 2;

std::string_view field_of(std::span<const std::byte> block, Field field) {
  return as_text(block.subspan(field.offset, field.size));
}

/// A field's text up to its first NUL.
std::string_view text_of(std::span<const std::byte> block, Field field) {
  const std::string_view text = field_of(block, field);
  return text.substr(0, text.find('\0'));
}

/// GNU's binary numbers: the first byte has its top bit set, and the next one means "negative".
std::optional<std::int64_t> parse_base256(std::string_view text) {
  const bool is_negative = (static_cast<unsigned char>(text.front()) & 0x40) != 0;
  const unsigned char flip = is_negative ? 0xff : 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(static_cast<unsigned char>(text[i]) ^ flip);
    if (i == 0) byte &= 0x7f;
    if (value >> 55 != 0) return std::nullopt;
    value = value << 8 | byte;
  }
  const auto number = static_cast<std::int64_t>(value);
  return is_negative ? -number - 1 : number;
}

/// A number field: octal digits among spaces and NULs (empty is 0), or base-256.
std::optional<std::int64_t> number_of(std::span<const std::byte> block, Field field) {
  std::string_view text = field_of(block, field);
  if ((static_cast<unsigned char>(text.front()) & 0x80) != 0) return parse_base256(text);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find_first_of(std::string_view(" \0", 2)));
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + (c - '0');  // At most 12 digits: no overflow.
  }
  return value;
}

bool has_right_checksum(std::span<const std::byte> block) {
  const std::optional<std::int64_t> wanted = number_of(block, kFields.checksum);
  std::int64_t plain = 0;
  std::int64_t as_signed = 0;  // Some old programs summed signed chars.
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool is_own =
        i >= kFields.checksum.offset && i < kFields.checksum.offset + kFields.checksum.size;
    const auto byte = is_own ? ' ' : std::to_integer<unsigned char>(block[i]);
    plain += byte;
    as_signed += static_cast<signed char>(byte);
  }
  return wanted == plain || wanted == as_signed;
}

bool is_zero(std::span<const std::byte> block) {
  return std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; });
}

char flag_of(std::span<const std::byte> block) { return field_of(block, kFields.type).front(); }

/// Headers that say something about the entry after them.
bool is_special(char flag) { return flag == 'x' || flag == 'g' || flag == 'L' || flag == 'K'; }

/// The type of an ordinary entry, or nothing for a flag we do not know.
std::optional<EntryType> type_of(char flag) {
  switch (flag) {
    case '\0':
    case '0':
    case '7':
      return EntryType::file;
    case '1':
      return EntryType::hardlink;
    case '2':
      return EntryType::symlink;
    case '3':
      return EntryType::character_device;
    case '4':
      return EntryType::block_device;
    case '5':
      return EntryType::directory;
    case '6':
      return EntryType::fifo;
    default:
      return std::nullopt;
  }
}

/// Decimal digits only, the whole text.
template <typename Number>
std::optional<Number> parse_decimal(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// "SECONDS[.FRACTION]", rounded down to whole seconds.
std::optional<std::int64_t> parse_time(std::string_view text) {
  const std::size_t dot = text.find('.');
  std::optional<std::int64_t> seconds = parse_decimal<std::int64_t>(text.substr(0, dot));
  if (!seconds || dot == std::string_view::npos) return seconds;
  const std::string_view fraction = text.substr(dot + 1);
  if (fraction.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const bool is_whole = fraction.find_first_not_of('0') == std::string_view::npos;
  if (text.front() == '-' && !is_whole && *seconds > std::numeric_limits<std::int64_t>::min())
    --*seconds;
  return seconds;
}

/// Where a hard link leads; a symlink's target may be any text but none at all.
std::string clean_link_target(const TarEntry& entry) {
  if (entry.type == EntryType::hardlink) return clean_entry_path(entry.link_target);
  if (entry.link_target.empty()) throw Error(ErrorKind::invalid, "the name is empty");
  if (entry.link_target.find('\0') != std::string::npos)
    throw Error(ErrorKind::invalid, "the name has a NUL byte in it");
  return entry.link_target;
}

}  // namespace

TarSource::TarSource(Source& in, std::string what, std::function<void(std::uint64_t)> skip_ahead)
    : in_(in), what_(std::move(what)), skip_ahead_(std::move(skip_ahead)) {}

std::string TarSource::place() const {
  return fmt::format("{}: header at byte {}", what_, header_offset_);
}

void TarSource::fail_corrupt(std::string_view problem) const {
  throw Error(ErrorKind::corrupt, fmt::format("{}: {}", place(), problem));
}

bool TarSource::read_block(std::span<std::byte> block) {
  std::size_t filled = 0;
  while (filled < block.size()) {
    const std::size_t count = in_.read(block.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  header_offset_ = offset_;
  offset_ += filled;
  if (filled != 0 && filled < block.size())
    fail_corrupt(fmt::format("the tar is cut off after {} bytes", offset_));
  return filled != 0;
}

bool TarSource::read_headers(std::span<std::byte> block, Overrides& overrides) {
  for (int specials = 0;; ++specials) {
    if (!read_block(block) || is_zero(block)) {
      if (specials != 0) fail_corrupt("the tar ends within an entry's headers");
      return false;
    }
    if (!has_right_checksum(block)) fail_corrupt("not a tar header: its checksum is wrong");
    if (!is_special(flag_of(block))) return true;
    if (specials == kMaxSpecials)
      fail_corrupt(fmt::format("more than {} headers for one entry", kMaxSpecials));
    read_special(block, overrides);
  }
}

std::string TarSource::read_special_body(std::span<const std::byte> block, char flag) {
  const auto size = number_of(block, kFields.size);
  if (!size || *size < 0) fail_corrupt("the size is malformed");
  const std::string_view kind = flag == 'x' || flag == 'g' ? "pax header" : "long name";
  if (*size > kMaxSpecialBytes)
    fail_corrupt(
        fmt::format("a {} of {} bytes, more than the {} allowed", kind, *size, kMaxSpecialBytes));
  std::string body(static_cast<std::size_t>(*size), '\0');
  path_ = kind;
  content_left_ = body.size();
  std::size_t filled = 0;
  while (filled < body.size())
    filled += read(std::as_writable_bytes(std::span(body)).subspan(filled));
  skip(tar_padding(body.size()));
  return body;
}

void TarSource::read_special(std::span<const std::byte> block, Overrides& overrides) {
  const char flag = flag_of(block);
  std::string body = read_special_body(block, flag);
  if (flag == 'x') {
    overrides.records.clear();
    parse_records(body, overrides.records);
  } else if (flag == 'g') {
    parse_records(body, global_records_);
    std::size_t total = 0;
    for (const auto& [keyword, value] : global_records_) total += keyword.size() + value.size();
    if (total > static_cast<std::size_t>(kMaxSpecialBytes))
      fail_corrupt("the global pax records are too long");
  } else {
    body.resize(std::min(body.find('\0'), body.size()));
    (flag == 'L' ? overrides.path : overrides.link_target) = std::move(body);
  }
}

void TarSource::parse_records(std::string_view body,
                              std::map<std::string, std::string>& records) const {
  while (!body.empty()) {
    const std::size_t space = body.find(' ');
    const auto length = parse_decimal<std::size_t>(body.substr(0, space));
    if (!length || *length > body.size() || *length < space + 3 || body[*length - 1] != '\n')
      fail_corrupt("a pax record has a wrong length");
    const std::string_view record = body.substr(space + 1, *length - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0)
      fail_corrupt("a pax record has no keyword");
    records[std::string(record.substr(0, equals))] = record.substr(equals + 1);
    body.remove_prefix(*length);
  }
}

void TarSource::apply_record(TarEntry& entry, const std::string& keyword,
                             const std::string& value) const {
  const auto set = [&](auto& field, const auto& number) {
    if (!number)
      fail_corrupt(
          fmt::format("pax record {} is \"{}\", which is not a number", keyword, printable(value)));
    field = *number;
  };
  if (keyword.starts_with("GNU.sparse."))
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: \"{}\" is a sparse file, which layers do not have", place(),
                            printable(entry.path)));
  if (value.empty()) return;  // Takes a global record back.
  if (keyword == "path") entry.path = value;
  if (keyword == "linkpath") entry.link_target = value;
  if (keyword == "uid") set(entry.uid, parse_decimal<std::uint64_t>(value));
  if (keyword == "gid") set(entry.gid, parse_decimal<std::uint64_t>(value));
  if (keyword == "size") set(entry.size, parse_decimal<std::uint64_t>(value));
  if (keyword == "mtime") set(entry.mtime, parse_time(value));
  if (keyword.starts_with("SCHILY.xattr.")) entry.xattrs[keyword.substr(13)] = value;
}

void TarSource::apply_overrides(TarEntry& entry, Overrides& overrides) const {
  for (const auto& [keyword, value] : global_records_)
    if (!overrides.records.contains(keyword)) apply_record(entry, keyword, value);
  for (const auto& [keyword, value] : overrides.records) apply_record(entry, keyword, value);
  if (overrides.path) entry.path = std::move(*overrides.path);
  if (overrides.link_target) entry.link_target = std::move(*overrides.link_target);
}

TarEntry TarSource::make_entry(std::span<const std::byte> block) const {
  TarEntry entry;
  entry.path = text_of(block, kFields.name);
  const std::string_view prefix = text_of(block, kFields.prefix);
  if (field_of(block, kFields.magic) == tar::kPosixMagic && !prefix.empty())
    entry.path = fmt::format("{}/{}", prefix, entry.path);
  const char flag = flag_of(block);
  const std::optional<EntryType> type = type_of(flag);
  if (!type)
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: \"{}\" has the type '{}', which layers do not have", place(),
                            printable(entry.path), printable({&flag, 1})));
  const auto number = [&](Field field) {
    const auto value = number_of(block, field);
    if (!value) fail_corrupt(fmt::format("a number of \"{}\" is malformed", printable(entry.path)));
    return *value;
  };
  const auto count = [&](Field field) {
    const std::int64_t value = number(field);
    if (value < 0)
      fail_corrupt(fmt::format("a number of \"{}\" is negative", printable(entry.path)));
    return static_cast<std::uint64_t>(value);
  };
  entry.type = *type;
  entry.link_target = text_of(block, kFields.link);
  entry.mode = static_cast<unsigned>(number(kFields.mode) & 07777);
  entry.uid = count(kFields.uid);
  entry.gid = count(kFields.gid);
  entry.size = count(kFields.size);
  entry.mtime = number(kFields.mtime);
  if (type == EntryType::character_device || type == EntryType::block_device) {
    entry.device_major = static_cast<std::uint32_t>(count(kFields.device_major));
    entry.device_minor = static_cast<std::uint32_t>(count(kFields.device_minor));
  }
  return entry;
}

void TarSource::check_names(TarEntry& entry) const {
  for (const std::string* name : {&entry.path, &entry.link_target})
    if (name->size() > kMaxPathBytes)
      fail_corrupt(
          fmt::format("a name of {} bytes, more than the {} allowed", name->size(), kMaxPathBytes));
  with_context([&] { return fmt::format("{}: entry \"{}\"", place(), printable(entry.path)); },
               [&] { entry.path = clean_entry_path(entry.path); });
  if (entry.link_target.empty() && entry.type != EntryType::symlink &&
      entry.type != EntryType::hardlink)
    return;
  with_context(
      [&] {
        return fmt::format("{}: entry \"{}\": link to \"{}\"", place(), printable(entry.path),
                           printable(entry.link_target));
      },
      [&] {
        const std::string target = clean_link_target(entry);
        if (entry.type == EntryType::hardlink) entry.link_target = target;
      });
}

std::optional<TarEntry> TarSource::next() {
  if (is_at_end_) return std::nullopt;
  skip(content_left_);
  skip(padding_left_);
  content_left_ = padding_left_ = 0;
  Overrides overrides;
  std::array<std::byte, kTarBlockBytes> block;
  if (!read_headers(block, overrides)) {
    is_at_end_ = true;
    return std::nullopt;
  }
  TarEntry entry = make_entry(block);
  apply_overrides(entry, overrides);
  // The oldest tars have no type for directories.
  if (entry.type == EntryType::file && entry.path.ends_with('/')) entry.type = EntryType::directory;
  if (entry.type != EntryType::file) entry.size = 0;
  if (entry.type != EntryType::symlink && entry.type != EntryType::hardlink)
    entry.link_target.clear();
  check_names(entry);
  if (entry.size > kMaxContentBytes)
    fail_corrupt(fmt::format("\"{}\" has the size {}", printable(entry.path), entry.size));
  path_ = printable(entry.path);
  content_offset_ = offset_;
  content_left_ = entry.size;
  padding_left_ = tar_padding(entry.size);
  return entry;
}

std::size_t TarSource::read(std::span<std::byte> buffer) {
  if (content_left_ == 0 || buffer.empty()) return 0;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(content_left_, buffer.size()));
  const std::size_t count = in_.read(buffer.first(wanted));
  if (count == 0)
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: the tar is cut off after {} bytes, {} before the end of \"{}\"",
                            what_, offset_, content_left_, path_));
  offset_ += count;
  content_left_ -= count;
  return count;
}

void TarSource::skip(std::uint64_t count) {
  if (count == 0) return;
  if (skip_ahead_) {
    skip_ahead_(count);
    offset_ += count;
    return;
  }
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(count, 65536)));
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
    const std::size_t got = in_.read(std::span(buffer).first(wanted));
    if (got == 0)
      throw Error(ErrorKind::corrupt,
                  fmt::format("{}: the tar is cut off after {} bytes, within \"{}\"", what_,
                              offset_, path_));
    offset_ += got;
    count -= got;
  }
}

}  // namespace modulah::image
