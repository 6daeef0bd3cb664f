#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/store/stat_cache.h"
#include "modulah/store/step_cache.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::store;

namespace fs = std::filesystem;

namespace {

const fs::path kTemporary = fs::temp_directory_path();

Sha256Bytes key(std::string_view text) { return sha256(as_bytes(text)); }

FileIdentity identity(std::uint64_t inode) { return {1, inode, 100, 1'000'000'000, 1'000'000'000}; }

fs::path record_path(const fs::path& folder, std::string_view text) {
  const std::string hex = to_hex(key(text));
  return folder / hex.substr(0, 2) / hex.substr(2);
}

}  // namespace

TEST_CASE("a StepCache finds what was put, and only that") {
  const TempDir directory(kTemporary);
  const fs::path folder = directory.path() / "cache" / "steps";
  const StepCache cache(folder);
  CHECK_FALSE(cache.find(key("a")).has_value());
  CHECK_FALSE(fs::exists(folder));
  CHECK(cache.put(key("a"), "layer sha256:1\n"));
  CHECK(cache.put(key("empty"), ""));
  CHECK(cache.find(key("a")) == "layer sha256:1\n");
  CHECK(cache.find(key("empty")) == "");
  CHECK_FALSE(cache.find(key("b")).has_value());
  CHECK(cache.put(key("a"), "another"));
  CHECK(StepCache(folder).find(key("a")) == "another");
}

TEST_CASE("a StepCache trusts no record of the tick in which an input was changed") {
  const TempDir directory(kTemporary);
  const StepCache cache(directory.path());
  REQUIRE(cache.put(key("a"), "record"));
  struct stat status {};
  REQUIRE(::stat(record_path(directory.path(), "a").c_str(), &status) == 0);
  const std::int64_t written_ns =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  CHECK(cache.find(key("a"), written_ns - 20'000'001) == "record");
  CHECK_FALSE(cache.find(key("a"), written_ns - 20'000'000).has_value());
  CHECK_FALSE(cache.find(key("a"), written_ns + 1).has_value());
}

TEST_CASE("a damaged record is as if it were not there") {
  const TempDir directory(kTemporary);
  const StepCache cache(directory.path());
  REQUIRE(cache.put(key("a"), "record"));
  const fs::path path = record_path(directory.path(), "a");
  const std::string good = read_file(path, 1000);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    write_file(path, bad);
    CAPTURE(i);
    CHECK_FALSE(cache.find(key("a")).has_value());
    write_file(path, good.substr(0, i));
    CHECK_FALSE(cache.find(key("a")).has_value());
  }
  write_file(path, good + "more");
  CHECK_FALSE(cache.find(key("a")).has_value());
  write_file(path, good);
  CHECK(cache.find(key("a")) == "record");
  // Under another key it is no record, either.
  fs::create_directories(record_path(directory.path(), "b").parent_path());
  write_file(record_path(directory.path(), "b"), good);
  CHECK_FALSE(cache.find(key("b")).has_value());
}

TEST_CASE("a StepCache says when it cannot keep a record") {
  const TempDir directory(kTemporary);
  CHECK_FALSE(
      StepCache(directory.path()).put(key("a"), std::string(StepCache::kMaxRecordBytes + 1, 'x')));
  CHECK(StepCache(directory.path()).put(key("a"), std::string(StepCache::kMaxRecordBytes, 'x')));
  write_file(directory.path() / "file", "");
  const StepCache impossible(directory.path() / "file" / "steps");
  CHECK_FALSE(impossible.put(key("a"), "record"));
  CHECK_FALSE(impossible.find(key("a")).has_value());
}

TEST_CASE("a record that is used is not old") {
  const TempDir directory(kTemporary);
  const StepCache cache(directory.path());
  REQUIRE(cache.put(key("a"), "record"));
  const fs::path path = record_path(directory.path(), "a");
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(48));
  CHECK(cache.find(key("b")) == std::nullopt);
  CHECK(cache.find(key("a")) == "record");
  CHECK(fs::file_time_type::clock::now() - fs::last_write_time(path) < std::chrono::hours(1));
}

TEST_CASE("a StatCache knows a file again until anything about it changes") {
  const TempDir directory(kTemporary);
  const fs::path path = directory.path() / "files" / "context";
  StatCache cache(path);
  CHECK_FALSE(cache.find(identity(5)).has_value());
  for (std::uint64_t inode = 0; inode < 1000; ++inode)
    cache.add(identity(inode * 7919 % 1000), key(fmt::format("{}", inode * 7919 % 1000)));
  CHECK(cache.find(identity(5)) == key("5"));
  CHECK_FALSE(fs::exists(path));
  REQUIRE(cache.save());

  StatCache again(path);
  for (std::uint64_t inode = 0; inode < 1000; ++inode)
    CHECK(again.find(identity(inode)) == key(fmt::format("{}", inode)));
  const FileIdentity file = identity(5);
  for (const FileIdentity& other : {FileIdentity{2, 5, 100, file.mtime_ns, file.ctime_ns},
                                    FileIdentity{1, 5, 101, file.mtime_ns, file.ctime_ns},
                                    FileIdentity{1, 5, 100, file.mtime_ns + 1, file.ctime_ns},
                                    FileIdentity{1, 5, 100, file.mtime_ns, file.ctime_ns + 1}})
    CHECK_FALSE(again.find(other).has_value());
}

TEST_CASE("a StatCache that learned nothing writes nothing") {
  const TempDir directory(kTemporary);
  const fs::path path = directory.path() / "context";
  StatCache(path).save();
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a StatCache does not trust a file as young as itself") {
  const TempDir directory(kTemporary);
  const fs::path path = directory.path() / "context";
  StatCache cache(path);
  FileIdentity young = identity(1);
  cache.add(identity(2), key("old"));
  cache.add(young, key("young"));
  REQUIRE(cache.save());
  struct stat saved {};
  REQUIRE(::stat(path.c_str(), &saved) == 0);
  const std::int64_t saved_ns =
      std::int64_t{saved.st_mtim.tv_sec} * 1'000'000'000 + saved.st_mtim.tv_nsec;
  young.ctime_ns = saved_ns;
  StatCache second(path);
  second.add(young, key("young"));
  // Still of this process: it was hashed just now.
  CHECK(second.find(young) == key("young"));
  REQUIRE(second.save());
  // Set the cache's own time to the file's: as if both were written within one tick.
  fs::last_write_time(path, fs::file_time_type::clock::now());
  const timespec times[2] = {saved.st_mtim, saved.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  StatCache third(path);
  CHECK_FALSE(third.find(young).has_value());
  CHECK(third.find(identity(2)) == key("old"));
}

TEST_CASE("a damaged StatCache is empty") {
  const TempDir directory(kTemporary);
  const fs::path path = directory.path() / "context";
  StatCache cache(path);
  cache.add(identity(1), key("1"));
  REQUIRE(cache.save());
  const std::string good = read_file(path, 1000);
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i >= 24 && i < 32) continue;  // Unused bytes of the head.
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    write_file(path, bad);
    CAPTURE(i);
    CHECK_FALSE(StatCache(path).find(identity(1)).has_value());
    write_file(path, good.substr(0, i));
    CHECK_FALSE(StatCache(path).find(identity(1)).has_value());
  }
}
