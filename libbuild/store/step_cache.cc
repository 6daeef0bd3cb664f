#include "modulah/store/step_cache.h"

#include <charconv>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah::store {

namespace {

/// A record's file: this, the checksum's hex digits, a line's end, the record.
constexpr std::string_view kHead = "modulah 1 ";
constexpr std::size_t kHeadBytes = kHead.size() + 64 + 1;
/// The kernel's clock for files moves in ticks of up to 10 ms.
constexpr std::int64_t kTickNs = 20'000'000;

/// The checksum includes the key, so that a file under a wrong name is not a record.
std::string checksum(const Sha256Bytes& key, std::string_view record) {
  Sha256Sink hash;
  hash.write(key);
  hash.write(as_bytes(record));
  return to_hex(hash.finish());
}

/// The record in a file's text, or nothing when the file is damaged or has another key's name.
std::optional<std::string> record_in(const std::string& text, const Sha256Bytes& key) {
  if (text.size() < kHeadBytes || !text.starts_with(kHead)) return std::nullopt;
  std::string record = text.substr(kHeadBytes);
  const std::string_view sum = std::string_view(text).substr(kHead.size(), 64);
  if (text[kHeadBytes - 1] != '\n' || sum != checksum(key, record)) return std::nullopt;
  return record;
}

/// The key that a file's path says, or nothing.
std::optional<Sha256Bytes> key_in(const std::filesystem::path& path) {
  const std::string hex = path.parent_path().filename().native() + path.filename().native();
  Sha256Bytes key{};
  if (hex.size() != key.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    unsigned value = 0;
    const char* const begin = hex.data() + i * 2;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    key[i] = static_cast<std::byte>(value);
  }
  return key;
}

}  // namespace

StepCache::StepCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

std::filesystem::path StepCache::path_of(const Sha256Bytes& key) const {
  const std::string hex = to_hex(key);
  return folder_ / hex.substr(0, 2) / hex.substr(2);
}

std::optional<std::string> StepCache::find(const Sha256Bytes& key,
                                           std::int64_t newest_input_ns) const {
  const std::filesystem::path path = path_of(key);
  std::string text;
  try {
    FileSource file(path);
    struct stat status {};
    if (::fstat(file.fd(), &status) != 0) return std::nullopt;
    const std::int64_t written_ns =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (written_ns <= newest_input_ns + kTickNs) return std::nullopt;
    text = read_all(file, kHeadBytes + kMaxRecordBytes, "record");
  } catch (const Error&) {
    return std::nullopt;  // By contract: what cannot be read is not there.
  }
  std::optional<std::string> record = record_in(text, key);
  if (!record) return std::nullopt;
  // The later time hides no change of an input: with another time of one the key is another.
  note_use(path);
  return record;
}

bool StepCache::is_intact(const std::filesystem::path& path) {
  const std::optional<Sha256Bytes> key = key_in(path);
  if (!key) return false;
  FileSource file(path);
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) > kHeadBytes + kMaxRecordBytes)
    return false;
  return record_in(read_all(file, kHeadBytes + kMaxRecordBytes, path.native()), *key).has_value();
}

bool StepCache::put(const Sha256Bytes& key, std::string_view record) const {
  if (record.size() > kMaxRecordBytes) return false;
  const std::filesystem::path path = path_of(key);
  try {
    make_private_directories(path.parent_path());
    write_file(path, fmt::format("{}{}\n{}", kHead, checksum(key, record), record), 0600);
  } catch (const Error&) {
    return false;  // By contract: the caller loses time only.
  }
  return true;
}

}  // namespace modulah::store
