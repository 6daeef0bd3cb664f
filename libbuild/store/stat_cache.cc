// The file: a head of 64 bytes (magic, count, checksum) and records of 72 bytes, sorted by
// identity. Numbers are in the machine's own order: the cache never leaves the machine.
#include "modulah/store/stat_cache.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <sys/stat.h>

#include "modulah/base/error.h"

namespace modulah::store {

namespace {

constexpr std::array<char, 16> kMagic = {'m', 'o', 'd', 'u', 'l', 'a', 'h',  ' ',
                                         's', 't', 'a', 't', ' ', '1', '\n', 1};

struct Record {
  FileIdentity file;
  Sha256Bytes digest;
};
static_assert(sizeof(Record) == 72);

struct Head {
  std::array<char, 16> magic;
  std::uint64_t count;
  std::uint64_t unused;
  Sha256Bytes checksum;  ///< Of the records.
};
static_assert(sizeof(Head) == 64);

/// The kernel's clock for files moves in ticks of up to 10 ms: a change within one tick of the
/// saving may look like none.
constexpr std::int64_t kTickNs = 20'000'000;

std::span<const std::byte> bytes_of(const std::vector<Record>& records) {
  return std::as_bytes(std::span(records));
}

}  // namespace

struct StatCache::Stored {
  std::vector<Record> records;
  std::vector<bool> is_used;
  std::int64_t saved_ns = 0;
};

StatCache::StatCache(std::filesystem::path path)
    : path_(std::move(path)), stored_(std::make_unique<Stored>()) {
  try {
    load();
  } catch (const Error&) {
    stored_ = std::make_unique<Stored>();  // By contract: what cannot be read is empty.
  }
}
StatCache::~StatCache() = default;

void StatCache::load() {
  constexpr std::uint64_t kMaxBytes = sizeof(Head) + kMaxEntries * sizeof(Record);
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return;
  const std::optional<std::string> text = read_file_if_exists(path_, kMaxBytes);
  if (!text || text->size() < sizeof(Head)) return;
  Head head{};
  std::memcpy(&head, text->data(), sizeof head);
  const std::string_view body = std::string_view(*text).substr(sizeof head);
  if (head.magic != kMagic || head.count > kMaxEntries ||
      body.size() != head.count * sizeof(Record) || sha256(as_bytes(body)) != head.checksum)
    return;
  std::vector<Record> records(head.count);
  if (!records.empty()) std::memcpy(records.data(), body.data(), body.size());
  stored_->records = std::move(records);
  stored_->is_used.assign(stored_->records.size(), false);
  // The time from before reading: a file that has replaced this one since is only newer.
  stored_->saved_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::optional<Sha256Bytes> StatCache::find(const FileIdentity& file) {
  if (const auto added = added_.find(file); added != added_.end()) return added->second;
  if (std::max(file.ctime_ns, file.mtime_ns) + kTickNs > stored_->saved_ns) return std::nullopt;
  const auto found = std::lower_bound(
      stored_->records.begin(), stored_->records.end(), file,
      [](const Record& record, const FileIdentity& wanted) { return record.file < wanted; });
  if (found == stored_->records.end() || found->file != file) return std::nullopt;
  stored_->is_used[static_cast<std::size_t>(found - stored_->records.begin())] = true;
  return found->digest;
}

void StatCache::add(const FileIdentity& file, const Sha256Bytes& digest) {
  added_.insert_or_assign(file, digest);
}

bool StatCache::save() {
  if (added_.empty()) return true;
  std::vector<Record> records;
  for (const auto& [file, digest] : added_) records.push_back({file, digest});
  // Then those asked for this time, then the others, as many as there is room for.
  for (const bool is_used : {true, false})
    for (std::size_t i = 0; i < stored_->records.size() && records.size() < kMaxEntries; ++i)
      if (stored_->is_used[i] == is_used && !added_.contains(stored_->records[i].file))
        records.push_back(stored_->records[i]);
  if (records.size() > kMaxEntries) records.resize(kMaxEntries);
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.file < b.file; });
  const Head head{kMagic, records.size(), 0, sha256(bytes_of(records))};
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  if (error) return false;
  try {
    AtomicFile file(path_.parent_path());
    file.write(std::as_bytes(std::span(&head, 1)));
    file.write(bytes_of(records));
    file.commit(path_);
  } catch (const Error&) {
    return false;  // By contract: the caller loses time only.
  }
  return true;
}

}  // namespace modulah::store
