// Trimming caches: what goes, what stays, and who else may be at it.
#include "modulah/store/cache_trim.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/files.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::store;

namespace fs = std::filesystem;

namespace {

using Holds = CacheFolder::Holds;

const fs::path kTemporary = fs::temp_directory_path();

void set_age(const fs::path& path, std::chrono::seconds age) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - age);
}

/// A file of `size` bytes that was last used `age` ago.
void make_file(const fs::path& path, std::size_t size, std::chrono::seconds age) {
  fs::create_directories(path.parent_path());
  write_file(path, std::string(size, 'x'));
  set_age(path, age);
}

/// All files and empty directories below a directory, relative to it, sorted.
std::vector<std::string> names_below(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), directory).native());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;
using std::chrono::hours;
using std::chrono::seconds;

}  // namespace

TEST_CASE("a cache within its limits stays as it is") {
  const TempDir directory(kTemporary);
  const CacheFolder folders[] = {{directory.path() / "files", Holds::files},
                                 {directory.path() / "none", Holds::directories}};
  for (int i = 0; i < 10; ++i)
    make_file(directory.path() / "files" / std::to_string(i), 1, hours(1000 * i));
  CHECK(trim_caches(folders, {10 * 4096, 10}) == 0);
  CHECK(names_below(directory.path()).size() == 10);
}

TEST_CASE("a cache is measured in blocks, without what is not there") {
  const TempDir directory(kTemporary);
  const CacheFolder folders[] = {{directory.path() / "files", Holds::files},
                                 {directory.path() / "none", Holds::directories}};
  make_file(directory.path() / "files" / "a", 1, seconds(1));
  make_file(directory.path() / "files" / "b", 5000, seconds(1));
  CHECK(measure_caches(folders).entries == 2);
  CHECK(measure_caches(folders).bytes == 3 * 4096);
}

TEST_CASE("what was not used for the longest time goes first, in whatever folder it is") {
  const TempDir directory(kTemporary);
  const fs::path& in = directory.path();
  const CacheFolder folders[] = {
      {in / "f", Holds::files}, {in / "r", Holds::records}, {in / "d", Holds::directories}};
  make_file(in / "f/new", 10'000, seconds(10));
  make_file(in / "f/old", 10'000, hours(30));
  make_file(in / "r/ab/new", 100, seconds(20));
  make_file(in / "r/ab/old", 100, hours(40));
  make_file(in / "r/cd/older", 100, hours(50));
  make_file(in / "d/old/sub/file", 100, seconds(1));
  make_file(in / "d/new/sub/file", 100, hours(90));
  set_age(in / "d/old", hours(60));
  set_age(in / "d/new", hours(1));
  // Seven entries are more than five; 80 % of these stay. A directory is 4096 bytes, too.
  CHECK(trim_caches(folders, {1 << 30, 5}) == 2 * 4096 + 4096 + 4096);
  CHECK(names_below(in) == Names{"d/new/sub/file", "f/new", "f/old", "r/ab/new"});
  // 36,864 bytes are more than 31,000, and 24,576 less than 80 % of them.
  CHECK(trim_caches(folders, {31'000, 100}) == 12'288);
  CHECK(names_below(in) == Names{"d/new/sub/file", "f/new", "r/ab/new"});
  CHECK(trim_caches(folders, {0, 0}) == 24'576);
  CHECK(names_below(in).empty());
}

TEST_CASE("what a killed process left goes, however young, and what is in the making stays") {
  const TempDir directory(kTemporary);
  const fs::path& in = directory.path();
  const CacheFolder folders[] = {
      {in / "f", Holds::files}, {in / "r", Holds::records}, {in / "d", Holds::directories}};
  for (const char* name : {"f/.tmp-1-2", "r/ab/.tmp-1-2", "d/.tmp-1-2/file"})
    make_file(in / name, 7, seconds(0));
  const AtomicFile file(in / "f");
  const AtomicFile record(in / "r/ab");
  const TempDir unpacked(in / "d");
  make_file(unpacked.path() / "file", 7, seconds(0));
  // Also when nothing has to be trimmed.
  CHECK(trim_caches(folders, {1'000'000, 1'000}) == 21);
  CHECK(names_below(in) == Names{(unpacked.path() / "file").lexically_relative(in).native(),
                                 file.temporary_path().lexically_relative(in).native(),
                                 record.temporary_path().lexically_relative(in).native()});
}

TEST_CASE("a directory in use is not trimmed, and one being trimmed cannot be used") {
  const TempDir directory(kTemporary);
  const CacheFolder folders[] = {{directory.path(), Holds::directories}};
  make_file(directory.path() / "a/file", 1, hours(1));
  fs::permissions(directory.path() / "a", fs::perms::owner_read | fs::perms::owner_exec);
  {
    const auto use = DirectoryUse::begin(directory.path() / "a");
    const auto second = DirectoryUse::begin(directory.path() / "a");
    REQUIRE(use.has_value());
    REQUIRE(second.has_value());
    CHECK(trim_caches(folders, {0, 0}) == 0);
    CHECK(names_below(directory.path()) == Names{"a/file"});
  }
  CHECK(trim_caches(folders, {0, 0}) > 0);
  CHECK(fs::is_empty(directory.path()));
  CHECK_FALSE(DirectoryUse::begin(directory.path() / "a").has_value());
}

TEST_CASE("links are removed and not followed") {
  const TempDir directory(kTemporary);
  make_file(directory.path() / "outside/file", 1, hours(1));
  fs::create_directories(directory.path() / "cache");
  fs::create_directory_symlink(directory.path() / "outside", directory.path() / "cache/link");
  const CacheFolder files[] = {{directory.path() / "cache", Holds::files}};
  (void)trim_caches(files, {0, 0});
  CHECK(names_below(directory.path()) == Names{"outside/file"});
}

TEST_CASE("a walk is due an hour after the last one, and not at the beginning") {
  const TempDir directory(kTemporary);
  const fs::path stamp = directory.path() / "trimmed";
  const CacheFolder folders[] = {{directory.path() / "f", Holds::files}};
  const CacheLimits none{0, 0};
  make_file(directory.path() / "f/a", 1, hours(1));
  CHECK(trim_caches_when_due(stamp, folders, none) == 0);
  CHECK(trim_caches_when_due(stamp, folders, none) == 0);
  set_age(stamp, seconds(3590));
  CHECK(trim_caches_when_due(stamp, folders, none) == 0);
  set_age(stamp, seconds(3610));
  CHECK(trim_caches_when_due(stamp, folders, none) == 4096);
  // The walk moved the stamp on.
  make_file(directory.path() / "f/a", 1, hours(1));
  CHECK(trim_caches_when_due(stamp, folders, none) == 0);
  // A clock that was wrong does not switch trimming off.
  set_age(stamp, -hours(100));
  CHECK(trim_caches_when_due(stamp, folders, none) == 4096);
  // Somebody else is at it.
  make_file(directory.path() / "f/a", 1, hours(1));
  set_age(stamp, hours(2));
  {
    const FileLock lock(stamp, FileLock::Mode::exclusive);
    CHECK(trim_caches_when_due(stamp, folders, none) == 0);
  }
  CHECK(trim_caches_when_due(stamp, folders, none) == 4096);
}

TEST_CASE("a cache that cannot be written to is no error") {
  const TempDir directory(kTemporary);
  const CacheFolder folders[] = {{"/proc/self/fd", Holds::files},
                                 {"/proc/self/task", Holds::directories}};
  CHECK(trim_caches(folders, {0, 0}) == 0);
  write_file(directory.path() / "file", "");
  CHECK(trim_caches_when_due(directory.path() / "file" / "stamp", folders) == 0);
}

TEST_CASE("several processes may fill and trim a cache at once") {
  const TempDir directory(kTemporary);
  const fs::path& in = directory.path();
  fs::create_directories(in / "f");
  fs::create_directories(in / "d");
  const CacheFolder folders[] = {{in / "f", Holds::files}, {in / "d", Holds::directories}};
  const auto work = [&](int process) {
    for (int i = 0; i < 200; ++i) {
      write_file(in / "f" / fmt::format("{}-{}", process, i), "x");
      const TempDir fresh(in / "d");
      make_file(fresh.path() / "root/sub/file", 1, hours(1));
      fs::rename(fresh.path() / "root", in / "d" / fmt::format("{}-{}", process, i));
      if (const auto use = DirectoryUse::begin(in / "d" / fmt::format("{}-{}", process - 1, i)))
        if (!fs::exists(in / "d" / fmt::format("{}-{}", process - 1, i) / "sub/file")) return 1;
      (void)trim_caches(folders, {1 << 30, 10});
    }
    return 0;
  };
  std::vector<pid_t> children;
  for (int process = 0; process < 3; ++process) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int status = 2;
      try {
        status = work(process);
      } catch (...) {
        status = 3;
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  (void)trim_caches(folders, {1 << 30, 10});
  CHECK(names_below(in).size() <= 10);
}

TEST_CASE("note_use moves a file's time on once a day") {
  const TempDir directory(kTemporary);
  const fs::path path = directory.path() / "a";
  const auto age = [&] {
    return std::chrono::duration_cast<hours>(fs::file_time_type::clock::now() -
                                             fs::last_write_time(path));
  };
  make_file(path, 1, hours(23));
  note_use(path);
  CHECK(age() == hours(23));
  set_age(path, hours(25));
  note_use(path);
  CHECK(age() == hours(0));
  note_use(directory.path() / "none");
}
