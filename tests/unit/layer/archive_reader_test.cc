#include "modulah/layer/archive_reader.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/image/tar.h"

#include "layer_helpers.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::layer;
using test::error_of;
using test::Item;
using test::make_file;

namespace fs = std::filesystem;

namespace {

std::string tar_of(const std::vector<Item>& items) {
  std::string tar;
  for (const Item& item : items) {
    image::append_tar_header(tar, item.entry);
    tar += item.content;
    tar.append(image::tar_padding(item.content.size()), '\0');
  }
  return tar + std::string(image::kTarEndBytes, '\0');
}

std::unique_ptr<ArchiveReader> open_text(std::string_view text, const ArchiveLimits& limits = {}) {
  return ArchiveReader::open(std::make_unique<SpanSource>(text), "a.tar", limits);
}

std::string read_content(ArchiveReader& archive) {
  std::string content;
  std::array<std::byte, 1000> buffer;
  while (const std::size_t count = archive.read(buffer))
    content.append(as_text(std::span(buffer).first(count)));
  return content;
}

void read_through(ArchiveReader& archive) {
  while (archive.next()) (void)read_content(archive);
}

void run(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace

TEST_CASE("archives are told by content, whatever their compression and name") {
  if (!test::has_program("tar")) return;
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  fs::create_directory(directory.path() / "d");
  write_file(directory.path() /
                 "d/gr\xc3\xbc\xc3\x9f"
                 "e",
             "hello");
  struct Case {
    const char* program;
    const char* option;
  };
  constexpr Case kCases[] = {
      {"tar", ""}, {"gzip", "-z"}, {"bzip2", "-j"}, {"xz", "-J"}, {"zstd", "--zstd"}};
  for (const char* format : {"gnu", "ustar", "pax", "v7"})
    for (const Case& c : kCases) {
      if (!test::has_program(c.program)) continue;
      CAPTURE(c.program, format);
      run(fmt::format("tar -C {} --format={} {} -cf {}/no-name d", in, format, c.option, in));
      const auto archive = ArchiveReader::open(directory.path() / "no-name");
      REQUIRE(archive != nullptr);
      const auto folder = archive->next();
      REQUIRE(folder.has_value());
      CHECK(folder->path == "d");
      CHECK(folder->type == EntryType::directory);
      const auto file = archive->next();
      REQUIRE(file.has_value());
      CHECK(file->path ==
            "d/gr\xc3\xbc\xc3\x9f"
            "e");
      CHECK(file->size == 5);
      CHECK(read_content(*archive) == "hello");
      CHECK_FALSE(archive->next().has_value());
    }
}

TEST_CASE("what is no tar is no archive") {
  CHECK(open_text("") == nullptr);
  CHECK(open_text("hello, this is a text") == nullptr);
  CHECK(open_text(std::string(10'240, '\0')) == nullptr);
  CHECK(open_text(std::string("PK\3\4\24\0\0\0\0\0", 10)) == nullptr);
  CHECK(open_text(std::string("\0asm\1\0\0\0", 8)) == nullptr);
  CHECK(open_text("abc") == nullptr);
  CHECK(open_text("BZh9 is a text") == nullptr);
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  for (const char* program : {"gzip", "bzip2", "xz", "zstd"}) {
    if (!test::has_program(program)) continue;
    for (const std::string& text : {std::string(), std::string("no tar, but compressed"),
                                    test::noise(5'000), std::string(10'240, '\0')}) {
      CAPTURE(program, text.size());
      write_file(directory.path() / "text", text);
      run(fmt::format("{} <{}/text >{}/packed", program, in, in));
      CHECK(ArchiveReader::open(directory.path() / "packed") == nullptr);
    }
  }
  CHECK(test::kind_of_error([&] { (void)ArchiveReader::open(directory.path() / "none"); }) ==
        "not_found");
}

TEST_CASE("entries of our own tars come back as they are") {
  std::vector<Item> items = {test::make_directory("d"),
                             make_file("d/a", test::noise(100'000), 04755),
                             test::make_symlink("d/l", "../../anywhere"),
                             test::make_hardlink("d/h", "d/a"),
                             make_file("n" + std::string(200, 'n') + "\xc3\xa9", "x"),
                             make_file(".wh.literal", "")};
  items[1].entry.uid = 1000;
  items[1].entry.gid = 3'000'000;
  items[1].entry.mtime = -5;
  items[1].entry.xattrs = {{"user.key", "value"}};
  const std::string tar = tar_of(items);
  const auto archive = open_text(tar);
  REQUIRE(archive != nullptr);
  for (const Item& item : items) {
    CAPTURE(item.entry.path);
    const std::optional<Entry> entry = archive->next();
    REQUIRE(entry.has_value());
    CHECK(*entry == item.entry);
    CHECK(read_content(*archive) == item.content);
  }
  CHECK_FALSE(archive->next().has_value());
}

TEST_CASE("names stay beneath the root, or are refused") {
  const std::string inside = tar_of(
      {make_file("/abs/a", ""), make_file("x/../b", ""), test::make_hardlink("h", "/abs/a")});
  const auto archive = open_text(inside);
  CHECK(archive->next()->path == "abs/a");
  CHECK(archive->next()->path == "b");
  CHECK(archive->next()->link_target == "abs/a");
  struct Case {
    Item item;
    const char* message;
  };
  const Case cases[] = {
      {make_file("../evil", ""), "archive a.tar: \"../evil\": the name leads out of the root"},
      {make_file("a/../../evil", ""),
       "archive a.tar: \"a/../../evil\": the name leads out of the root"},
      {test::make_hardlink("h", "../evil"),
       "archive a.tar: \"h\": hard link to \"../evil\": the name leads out of the root"},
      {make_file("../\x1b[31mred", ""),
       "archive a.tar: \"../\\x1b[31mred\": the name leads out of the root"}};
  for (const Case& c : cases) {
    const std::string tar = tar_of({c.item});
    CHECK(error_of([&] { read_through(*open_text(tar)); }) == c.message);
  }
}

TEST_CASE("an archive that is cut off is corrupt") {
  const std::string tar =
      tar_of({make_file("first", "x"), make_file("second", test::noise(2'000))});
  // The words behind the name are libarchive's own, and not the same in all its versions.
  CHECK(error_of([&] {
          read_through(*open_text(tar.substr(0, 2'000)));
        }).starts_with("archive a.tar: \"second\": Truncated tar archive"));
  CHECK(test::kind_of_error([&] { read_through(*open_text(tar.substr(0, 1'300))); }) == "corrupt");
  std::string broken = tar;
  broken[1'024 + 150] = 'x';
  CHECK(test::kind_of_error([&] { read_through(*open_text(broken)); }) == "corrupt");
}

TEST_CASE("a compressed archive that is cut off before a tar can be seen in it is corrupt") {
  struct Case {
    const char* program;
    std::size_t sign_bytes;  ///< Fewer may be the beginning of anything.
  };
  constexpr Case kCases[] = {{"gzip", 3}, {"bzip2", 10}, {"xz", 6}, {"zstd", 4}};
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  write_file(directory.path() / "plain", tar_of({make_file("first", test::noise(20'000))}));
  for (const Case& c : kCases) {
    if (!test::has_program(c.program)) continue;
    run(fmt::format("{} -c {}/plain >{}/packed", c.program, in, in));
    const std::string packed = read_file(directory.path() / "packed", 100'000);
    for (const std::size_t size : {std::size_t{0}, std::size_t{2}, c.sign_bytes - 1}) {
      CAPTURE(c.program, size);
      CHECK(open_text(packed.substr(0, size)) == nullptr);
    }
    for (const std::size_t size :
         {c.sign_bytes, std::size_t{12}, std::size_t{30}, std::size_t{500}, std::size_t{900}}) {
      CAPTURE(c.program, size);
      const std::string cut = packed.substr(0, size);
      CHECK(test::kind_of_error([&] { read_through(*open_text(cut)); }) == "corrupt");
      // Behind this come libarchive's own words, which are not the same in all its versions.
      CHECK(error_of([&] { (void)open_text(cut); })
                .starts_with(fmt::format(
                    "archive a.tar: {} data is cut off or damaged at its beginning", c.program)));
    }
  }
  CHECK(test::hint_of([] { (void)open_text("\x1f\x8b\x08"); }) ==
        "COPY, or ADD --unpack=false, puts a file into the image as it is.");
}

TEST_CASE("a compressed tar whose first header is damaged is corrupt") {
  if (!test::has_program("gzip")) return;
  std::string tar = tar_of({make_file("n" + std::string(200, 'n') + "\xc3\xa9", "x")});
  tar.resize(600);  // Ends in the middle of the long name.
  const TempDir directory(fs::temp_directory_path());
  write_file(directory.path() / "text", tar);
  run(fmt::format("gzip {}/text", directory.path().native()));
  CHECK(test::kind_of_error([&] { (void)ArchiveReader::open(directory.path() / "text.gz"); }) ==
        "corrupt");
}

TEST_CASE("an archive may not hold more than its limits") {
  const std::string tar = tar_of({make_file("a", test::noise(5'000)), make_file("b", "")});
  ArchiveLimits limits;
  limits.max_plain_bytes = 4'000;
  CHECK(error_of([&] { read_through(*open_text(tar, limits)); }) ==
        "archive a.tar: \"a\": more than the 4000 plain bytes allowed");
  limits = {};
  limits.max_entries = 1;
  CHECK(error_of([&] { read_through(*open_text(tar, limits)); }) ==
        "archive a.tar: \"b\": more than the 1 entries allowed");
}

TEST_CASE("decompression bombs are refused") {
  if (!test::has_program("bzip2")) return;
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  run(fmt::format("truncate -s 200M {}/zeros && tar -C {} -cjf {}/bomb zeros", in, in, in));
  const std::string path = (directory.path() / "bomb").native();
  const std::string refused = fmt::format(
      "archive {}: \"zeros\": the content is more than 1000 times as long as the archive", path);
  CHECK(error_of([&] { read_through(*ArchiveReader::open(fs::path(path))); }) == refused);
  // A sparse file is one, too: a tar of a few blocks.
  run(fmt::format("tar -C {} -S -cf {}/bomb zeros", in, in));
  CHECK(error_of([&] { read_through(*ArchiveReader::open(fs::path(path))); }) == refused);
}

TEST_CASE("holes of sparse files read as zeros") {
  if (!test::has_program("tar")) return;
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  run(fmt::format("truncate -s 1M {}/s && printf end >>{}/s && tar -C {} -S -cf {}/a s", in, in, in,
                  in));
  const auto archive = ArchiveReader::open(directory.path() / "a");
  REQUIRE(archive != nullptr);
  CHECK(archive->next()->size == 1'048'579);
  CHECK(read_content(*archive) == std::string(1'048'576, '\0') + "end");
  run(fmt::format("truncate -s 2M {}/s && tar -C {} -S -cf {}/a s", in, in, in));
  const auto with_end = ArchiveReader::open(directory.path() / "a");
  CHECK(with_end->next()->size == 2'097'152);
  CHECK(read_content(*with_end) ==
        std::string(1'048'576, '\0') + "end" + std::string(1'048'573, '\0'));
}

namespace {

class FailingSource : public Source {
 public:
  std::size_t read(std::span<std::byte>) override {
    throw Error(ErrorKind::io, "read a.tar: input/output error");
  }
};

}  // namespace

TEST_CASE("a file that cannot be read is that error, and not no archive") {
  CHECK(error_of([] { (void)ArchiveReader::open(std::make_unique<FailingSource>(), "a.tar"); }) ==
        "read a.tar: input/output error");
}
