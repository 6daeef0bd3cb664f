#include "modulah/image/tar.h"

#include <array>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "modulah/image/tar_source.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::image;
using test::error_of;
using test::kind_of_error;

namespace {

TarEntry file(std::string path, std::uint64_t size = 0) {
  TarEntry entry;
  entry.path = std::move(path);
  entry.size = size;
  return entry;
}

std::string header_of(const TarEntry& entry) {
  std::string out;
  append_tar_header(out, entry);
  return out;
}

std::string end_of_tar() { return std::string(kTarEndBytes, '\0'); }

TarEntry round_trip(const TarEntry& entry) {
  const std::string tar = header_of(entry) + end_of_tar();
  SpanSource bytes{std::string_view(tar)};
  TarSource source(bytes, "a tar");
  std::optional<TarEntry> read = source.next();
  REQUIRE(read.has_value());
  return *read;
}

/// Writes the right checksum into the header block at `at`.
void mend_checksum(std::string& tar, std::size_t at = 0) {
  for (std::size_t i = 0; i < 8; ++i) tar[at + 148 + i] = ' ';
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[at + i]);
  const std::string digits = fmt::format("{:06o}", sum);
  tar.replace(at + 148, 6, digits);
  tar[at + 154] = '\0';
}

/// A header of a kind we never write, with a body.
std::string special(char flag, std::string body) {
  std::string tar = header_of(file("special", body.size()));
  tar[156] = flag;
  mend_checksum(tar);
  body.resize(body.size() + tar_padding(body.size()), '\0');
  return tar + body;
}

void read_through(const std::string& tar) {
  SpanSource bytes{std::string_view(tar)};
  TarSource source(bytes, "a tar");
  std::array<std::byte, 100> buffer;
  while (source.next())
    while (source.read(buffer) != 0) {
    }
}

}  // namespace

TEST_CASE("a tar header round-trips, with a pax header for what ustar has no place for") {
  std::vector<TarEntry> entries = {file("app.wasm", 4'500'000),
                                   file(std::string(100, 'n')),
                                   file(std::string(150, 'd') + "/" + std::string(100, 'n')),
                                   file(std::string(101, 'n')),
                                   file(std::string(300, 'd') + "/n"),
                                   file("gr\xc3\xb6\xc3\x9f"
                                        "e/\xe6\x97\xa5\xe6\x9c\xac")};
  entries.push_back(file("eight GiB", std::uint64_t{8} << 30));
  entries.push_back(file("almost eight GiB", (std::uint64_t{8} << 30) - 1));
  entries.push_back(file("old"));
  entries.back().mtime = -1;
  entries.push_back(file("far"));
  entries.back().mtime = std::int64_t{1} << 40;
  entries.push_back(file("owners"));
  entries.back().uid = 3'000'000;
  entries.back().gid = 4'000'000'000;
  entries.push_back(file("attributes"));
  entries.back().mode = 04755;
  entries.back().xattrs = {{"security.capability", std::string("\1\0\0\2", 4)}, {"user.a", "b=c"}};
  entries.push_back(file("directory"));
  entries.back().type = EntryType::directory;
  entries.push_back(file(std::string(99, 'd') + "/" + std::string(99, 'd')));
  entries.back().type = EntryType::directory;
  entries.push_back(file("link"));
  entries.back().type = EntryType::symlink;
  entries.back().link_target = "../" + std::string(120, 't');
  entries.push_back(file("hard"));
  entries.back().type = EntryType::hardlink;
  entries.back().link_target = "app.wasm";
  entries.push_back(file("null"));
  entries.back().type = EntryType::character_device;
  entries.back().device_major = 1;
  entries.back().device_minor = 3;
  for (const TarEntry& entry : entries) {
    CAPTURE(entry.path);
    CHECK(round_trip(entry) == entry);
  }
}

TEST_CASE("a plain entry is one block, an exotic one three") {
  CHECK(header_of(file("app.wasm", 5)).size() == 512);
  CHECK(header_of(file(std::string(100, 'd') + "/" + std::string(100, 'n'))).size() == 512);
  CHECK(header_of(file(std::string(256, 'n'))).size() == 3 * 512);
}

TEST_CASE("a tar header has nothing of the machine in it") {
  const std::string header = header_of(file("a", 5));
  CHECK(header.substr(0, 2) == std::string("a\0", 2));
  CHECK(header.substr(100, 48) == std::string("0000644\0"
                                              "0000000\0"
                                              "0000000\0"
                                              "00000000005\0"
                                              "00000000000\0",
                                              48));
  CHECK(header.substr(257, 8) == std::string("ustar\0"
                                             "00",
                                             8));
  CHECK(header.substr(265, 247) == std::string(247, '\0'));
}

TEST_CASE("append_tar_header refuses names that no tar can have") {
  CHECK(error_of([] { (void)header_of(file("")); }) == "a tar entry has no name");
  CHECK(error_of([] { (void)header_of(file(std::string("a\0b", 3))); }) ==
        "tar entry \"a\\x00b\" has a NUL byte in its name or link");
}

TEST_CASE("clean_entry_path keeps names beneath the root") {
  struct Case {
    const char* name;
    const char* path;
  };
  constexpr Case kCases[] = {
      {"a/b", "a/b"}, {"./a", "a"}, {"/a//b/", "a/b"}, {"a/../b", "b"}, {".", "."},
      {"./", "."},    {"/", "."},   {"a/./b/..", "a"}, {"a/..", "."},   {"..a/...", "..a/..."}};
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CHECK(clean_entry_path(c.name) == c.path);
  }
  for (const char* name : {"..", "../a", "a/../../b", "/..", "/../a"})
    CHECK(error_of([&] { (void)clean_entry_path(name); }) == "the name leads out of the root");
  CHECK(error_of([] { (void)clean_entry_path(""); }) == "the name is empty");
  CHECK(error_of([] { (void)clean_entry_path(std::string_view("a\0b", 3)); }) ==
        "the name has a NUL byte in it");
}

TEST_CASE("TarSource gives contents and says where they lie") {
  const std::string tar = header_of(file("a", 3)) + "abc" + std::string(509, '\0') +
                          header_of(file("b", 512)) + std::string(512, 'b') + header_of(file("c")) +
                          end_of_tar() + "what comes after";
  SpanSource bytes{std::string_view(tar)};
  TarSource source(bytes, "a tar");
  std::array<std::byte, 1000> buffer;
  CHECK(source.next()->path == "a");
  CHECK(source.content_offset() == 512);
  REQUIRE(source.read(buffer) == 3);
  CHECK(as_text(std::span(buffer).first(3)) == "abc");
  CHECK(source.read(buffer) == 0);
  CHECK(source.next()->path == "b");  // Its content is not read but skipped.
  CHECK(source.content_offset() == 1536);
  CHECK(source.next()->path == "c");
  CHECK_FALSE(source.next().has_value());
  CHECK_FALSE(source.next().has_value());
}

TEST_CASE("TarSource reads what GNU tar and older programs write") {
  SECTION("long names") {
    const std::string name(200, 'n');
    const std::string tar =
        special('L', name + '\0') + special('K', "target" + std::string(1, '\0')) + [] {
          TarEntry link = file("short");
          link.type = EntryType::symlink;
          link.link_target = "x";
          return header_of(link);
        }();
    SpanSource bytes{std::string_view(tar)};
    const auto entry = TarSource(bytes, "a tar").next();
    CHECK(entry->path == name);
    CHECK(entry->link_target == "target");
  }
  SECTION("base-256 numbers") {
    std::string tar = header_of(file("big"));
    tar.replace(124, 12, std::string("\x80\0\0\0\0\0\0\2\0\0\0\0", 12));
    tar.replace(136, 12, std::string(12, '\xff'));
    mend_checksum(tar);
    SpanSource bytes{std::string_view(tar)};
    const auto entry = TarSource(bytes, "a tar").next();
    CHECK(entry->size == std::uint64_t{8} << 30);
    CHECK(entry->mtime == -1);
  }
  SECTION("a directory without a type") {
    std::string tar = header_of(file("d/"));
    tar[156] = '\0';
    mend_checksum(tar);
    SpanSource bytes{std::string_view(tar)};
    CHECK(TarSource(bytes, "a tar").next()->type == EntryType::directory);
  }
  SECTION("pax times with a fraction, and global records") {
    const std::string tar = special('g', "12 uid=1234\n10 gid=77\n") +
                            special('x', "14 mtime=-1.5\n") + header_of(file("a")) +
                            special('x', "10 gid=78\n") + header_of(file("b"));
    SpanSource bytes{std::string_view(tar)};
    TarSource source(bytes, "a tar");
    const auto a = source.next();
    CHECK(a->mtime == -2);
    CHECK(a->uid == 1234);
    CHECK(a->gid == 77);
    CHECK(source.next()->gid == 78);
  }
}

TEST_CASE("TarSource names the place of what is wrong") {
  struct Case {
    const char* name;
    std::string tar;
    std::string message;
  };
  std::string bad_sum = header_of(file("a"));
  bad_sum[0] = 'b';
  std::string bad_number = header_of(file("a"));
  bad_number[124] = 'x';
  mend_checksum(bad_number);
  std::string negative = header_of(file("a"));
  negative.replace(124, 12, std::string(12, '\xff'));
  mend_checksum(negative);
  std::string sparse = header_of(file("a"));
  sparse[156] = 'S';
  mend_checksum(sparse);
  TarEntry hardlink = file("h");
  hardlink.type = EntryType::hardlink;
  hardlink.link_target = "../etc/passwd";
  const std::string good = header_of(file("first", 1)) + "x" + std::string(511, '\0');
  std::string many;
  for (int i = 0; i < 17; ++i) many += special('L', "n");
  const Case cases[] = {
      {"checksum", good + bad_sum,
       "a tar: header at byte 1024: not a tar header: its checksum is wrong"},
      {"cut header", good + "abc",
       "a tar: header at byte 1024: the tar is cut off after 1027 bytes"},
      {"cut content", header_of(file("a", 9)) + "abc",
       "a tar: the tar is cut off after 515 bytes, 6 before the end of \"a\""},
      {"number", bad_number, "a tar: header at byte 0: a number of \"a\" is malformed"},
      {"negative", negative, "a tar: header at byte 0: a number of \"a\" is negative"},
      {"sparse", sparse,
       "a tar: header at byte 0: \"a\" has the type 'S', which layers do not have"},
      {"pax sparse", special('x', "22 GNU.sparse.major=1\n") + header_of(file("a")),
       "a tar: header at byte 1024: \"a\" is a sparse file, which layers do not have"},
      {"out of the root", header_of(file("a/../../b")),
       "a tar: header at byte 0: entry \"a/../../b\": the name leads out of the root"},
      {"hard link out", header_of(hardlink),
       "a tar: header at byte 0: entry \"h\": link to \"../etc/passwd\": the name leads out of the "
       "root"},
      {"NUL in a pax path", special('x', std::string("12 path=a\0b\n", 12)) + header_of(file("a")),
       "a tar: header at byte 1024: entry \"a\\x00b\": the name has a NUL byte in it"},
      {"record length", special('x', "99 path=a\n") + header_of(file("a")),
       "a tar: header at byte 0: a pax record has a wrong length"},
      {"record keyword", special('x', "6 aaa\n") + header_of(file("a")),
       "a tar: header at byte 0: a pax record has no keyword"},
      {"record number", special('x', "9 uid=1x\n") + header_of(file("a")),
       "a tar: header at byte 1024: pax record uid is \"1x\", which is not a number"},
      {"huge record", special('x', std::string(1'048'577, 'x')),
       "a tar: header at byte 0: a pax header of 1048577 bytes, more than the 1048576 allowed"},
      {"long name", special('L', std::string(5000, 'n')) + header_of(file("a")),
       "a tar: header at byte 5632: a name of 5000 bytes, more than the 4096 allowed"},
      {"many headers", many, "a tar: header at byte 16384: more than 16 headers for one entry"},
      {"nothing after a long name", special('L', "n") + end_of_tar(),
       "a tar: header at byte 1024: the tar ends within an entry's headers"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(error_of([&] { read_through(c.tar); }) == c.message);
  }
}

TEST_CASE("a tar that is cut off anywhere is an error or a shorter tar, never more") {
  const std::string tar = header_of(file(std::string(300, 'n'), 3)) + "abc" +
                          std::string(509, '\0') + header_of(file("b")) + end_of_tar();
  for (std::size_t size = 0; size < tar.size(); size += 7) {
    const std::string kind = kind_of_error([&] { read_through(tar.substr(0, size)); });
    CAPTURE(size);
    CHECK((kind == "corrupt" || kind == "(no error)"));
  }
  CHECK(kind_of_error([&] { read_through(tar.substr(0, 1600)); }) == "corrupt");
}
