#include "modulah/base/files.h"

#include <fstream>
#include <thread>

#include <sys/stat.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;

namespace {

std::size_t count_of(const std::filesystem::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    (void)entry;
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a file can be read at a place without moving on") {
  const TempDir directory(std::filesystem::temp_directory_path());
  const std::filesystem::path path = directory.path() / "file";
  write_file(path, "0123456789");
  FileSource file(path);
  std::string buffer(4, '\0');
  const auto room = std::as_writable_bytes(std::span(buffer));
  CHECK(file.read(room.first(2)) == 2);
  CHECK(file.read_at(5, room) == 4);
  CHECK(buffer == "5678");
  CHECK(file.read_at(8, room) == 2);
  CHECK(file.read_at(10, room) == 0);
  CHECK(file.read_at(1'000, room) == 0);
  CHECK(file.read(room) == 4);
  CHECK(buffer == "2345");
}

TEST_CASE("an AtomicFile appears whole or not at all") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const std::filesystem::path target = folder.path() / "index.json";
  write_file(target, "old");
  {
    AtomicFile dropped(folder.path());
    dropped.write(as_bytes("new"));
  }
  CHECK(read_file(target, 10) == "old");
  CHECK(count_of(folder.path()) == 1);
  AtomicFile kept(folder.path());
  kept.write(as_bytes("new"));
  CHECK(read_file(target, 10) == "old");
  kept.commit(target);
  CHECK(read_file(target, 10) == "new");
  CHECK(count_of(folder.path()) == 1);
}

TEST_CASE("what a killed process left is removed, and nothing else") {
  const TempDir folder(std::filesystem::temp_directory_path());
  write_file(folder.path() / ".tmp-1-0", "left");
  write_file(folder.path() / ".tmp-1-0x", "somebody else's");
  write_file(folder.path() / ".tmp-", "somebody else's");
  std::filesystem::create_directory(folder.path() / ".tmp-1-1");
  std::filesystem::create_symlink("/dev/null", folder.path() / ".tmp-1-2");
  AtomicFile kept(folder.path());
  kept.write(as_bytes("new"));
  remove_leftovers(folder.path());
  CHECK_FALSE(std::filesystem::exists(folder.path() / ".tmp-1-0"));
  CHECK(count_of(folder.path()) == 4);
  kept.commit(folder.path() / "target");
  CHECK(read_file(folder.path() / "target", 10) == "new");
  remove_leftovers(folder.path() / "nothing");
}

TEST_CASE("an AtomicFile of an exact name replaces what is there, and no link's target") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const auto temporary = folder.path() / ".new";
  write_file(folder.path() / "other", "stays");
  std::filesystem::create_symlink("other", temporary);
  AtomicFile file(AtomicFile::ExactName{temporary}, 0600);
  file.write(as_bytes("new"));
  file.commit(folder.path() / "file");
  CHECK(read_file(folder.path() / "file", 10) == "new");
  CHECK(read_file(folder.path() / "other", 10) == "stays");
  CHECK(count_of(folder.path()) == 2);
}

TEST_CASE("an AtomicFile is not taken for a leftover while it is made") {
  const TempDir folder(std::filesystem::temp_directory_path());
  std::jthread remover([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) remove_leftovers(folder.path());
  });
  for (int i = 0; i < 2'000; ++i) write_file(folder.path() / "target", "new");
  CHECK(read_file(folder.path() / "target", 10) == "new");
}

TEST_CASE("reading names the file and is bounded") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const std::string path = folder.path() / "a";
  CHECK(test::error_of([&] { (void)read_file(path, 10); }) ==
        "open " + path + ": no such file or directory");
  CHECK_FALSE(read_file_if_exists(path, 10).has_value());
  write_file(path, "12345");
  CHECK(test::error_of([&] { (void)read_file(path, 4); }) ==
        path + " is larger than the 4 bytes allowed");
  CHECK(test::error_of([&] { FileBytes bytes(path, 4); }) ==
        path + " is larger than the 4 bytes allowed");
}

TEST_CASE("what is not a regular file is refused instead of waited for") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const auto path = folder.path() / "fifo";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const std::string refused = path.native() + " is a FIFO, not a regular file";
  CHECK(test::error_of([&] { (void)read_file_if_exists(path, 4); }) == refused);
  CHECK(test::error_of([&] { (void)read_regular_file(path, 4); }) == refused);
  CHECK(test::error_of([&] { FileBytes bytes(path, 4); }) == refused);
  CHECK(test::error_of([&] { FileSource source(path); }) == refused);
  CHECK(test::error_of([&] { (void)read_regular_file("/dev/zero", 4); }) ==
        "/dev/zero is a device, not a regular file");
  CHECK(test::error_of([&] { (void)read_regular_file(folder.path(), 4); }) ==
        "read " + folder.path().native() + ": is a directory");
  CHECK(read_file_if_exists("/dev/null", 4) == "");
  CHECK(read_file_if_exists(folder.path() / "none", 4) == std::nullopt);
}

TEST_CASE("FileBytes has the same bytes, read or mapped") {
  const TempDir folder(std::filesystem::temp_directory_path());
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{1'000'000}}) {
    const std::string text(size, 'x');
    write_file(folder.path() / "a", text);
    FileBytes first(folder.path() / "a", 1'000'000);
    const FileBytes bytes(std::move(first));
    CHECK(as_text(bytes.bytes()) == text);
  }
}

TEST_CASE("a TempDir goes with all that is in it, and follows no link out") {
  const TempDir outer(std::filesystem::temp_directory_path());
  write_file(outer.path() / "kept", "x");
  std::filesystem::path inner_path;
  {
    const TempDir inner(outer.path());
    inner_path = inner.path();
    std::filesystem::create_directories(inner_path / "a" / "b");
    std::filesystem::create_directory_symlink(outer.path(), inner_path / "link");
  }
  CHECK_FALSE(std::filesystem::exists(inner_path));
  CHECK(read_file(outer.path() / "kept", 10) == "x");
}

TEST_CASE("a FileLock can be shared, and taken again when it is released") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const std::filesystem::path path = folder.path() / "lock";
  {
    const FileLock one(path, FileLock::Mode::shared);
    const FileLock two(path, FileLock::Mode::shared);
  }
  const FileLock alone(path, FileLock::Mode::exclusive);
  CHECK(std::filesystem::exists(path));
}
