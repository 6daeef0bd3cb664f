#include "modulah/image/archive.h"

#include <unistd.h>

#include "modulah/base/files.h"
#include "modulah/image/copy.h"
#include "modulah/image/tar.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"

using namespace modulah;
using namespace modulah::image;
using test::error_of;
using test::MemoryStore;

namespace {

const std::filesystem::path kTemporary = std::filesystem::temp_directory_path();

void save(MemoryStore& from, const oci::Descriptor& manifest, const std::filesystem::path& path,
          std::string_view name, unsigned threads) {
  ArchiveWriter archive(path);
  CopyOptions options;
  options.threads = threads;
  (void)copy_image(from, archive, manifest, options);
  archive.tag(name, manifest);
  archive.commit();
}

/// A tar with these files.
std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string tar;
  for (const auto& [path, text] : files) {
    TarEntry entry;
    entry.path = path;
    entry.size = text.size();
    append_tar_header(tar, entry);
    tar += text;
    tar.append(tar_padding(text.size()), '\0');
  }
  return tar + std::string(kTarEndBytes, '\0');
}

}  // namespace

TEST_CASE("an image comes out of an archive as it went in") {
  const TempDir directory(kTemporary);
  const std::filesystem::path path = directory.path() / "a.tar";
  MemoryStore from;
  const oci::Descriptor manifest = test::put_image(from, "a");
  save(from, manifest, path, "v1", 4);

  ArchiveReader archive(path);
  REQUIRE(archive.resolve("v1") == manifest);
  CHECK(archive.resolve("") == manifest);
  CHECK(archive.resolve(manifest.digest.text()) == manifest);
  CHECK_FALSE(archive.resolve("v2").has_value());
  MemoryStore to;
  CHECK(copy_image(archive, to, manifest).blobs_copied == 3);
  CHECK(to.text_of(manifest.digest) == from.text_of(manifest.digest));
}

TEST_CASE("the same image gives the same archive with any number of threads") {
  const TempDir directory(kTemporary);
  MemoryStore from;
  const oci::Descriptor manifest = test::put_image(from, "a");
  save(from, manifest, directory.path() / "1.tar", "v1", 1);
  const std::string expected = read_file(directory.path() / "1.tar", 1 << 20);
  for (unsigned threads = 2; threads <= 4; ++threads) {
    save(from, manifest, directory.path() / "n.tar", "v1", threads);
    CHECK(read_file(directory.path() / "n.tar", 1 << 20) == expected);
  }
}

TEST_CASE("an archive that is not complete leaves nothing behind") {
  const TempDir directory(kTemporary);
  MemoryStore from;
  const oci::Descriptor manifest = test::put_image(from, "a");
  const oci::Digest layer = oci::Digest::of("layer of a");
  from.corrupt(layer, "layer of b");
  {
    ArchiveWriter archive(directory.path() / "a.tar");
    CHECK(test::kind_of_error([&] { (void)copy_image(from, archive, manifest); }) == "corrupt");
    CHECK(error_of([&] { archive.tag("v1", manifest); }) ==
          (directory.path() / "a.tar").native() + " has no manifest " + manifest.digest.text() +
              " to be named");
    CHECK(error_of([&] { archive.commit(); }) ==
          (directory.path() / "a.tar").native() + " is not complete");
  }
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("ArchiveReader says what is wrong with a file") {
  const TempDir directory(kTemporary);
  const std::filesystem::path path = directory.path() / "a.tar";
  const std::string at = path.native();
  const std::string marker = R"({"imageLayoutVersion":"1.0.0"})";
  const std::string index = R"({"schemaVersion":2,"manifests":[]})";
  struct Case {
    std::string bytes;
    std::string message;
  };
  const std::string whole = tar_of({{"oci-layout", marker}, {"index.json", index}});
  const Case cases[] = {
      {std::string(600, 'x'), at + ": header at byte 0: not a tar header: its checksum is wrong"},
      {std::string("\x1f\x8b\x08\x00", 4), at + " is compressed with gzip"},
      {tar_of({{"index.json", index}}), at + " has no oci-layout in it"},
      {tar_of({{"oci-layout", marker}}), at + " has no index.json in it"},
      {tar_of({{"oci-layout", "{}"}, {"index.json", index}}),
       at + ": oci-layout has no imageLayoutVersion"},
      {tar_of({{"oci-layout", R"({"imageLayoutVersion":"2.0.0"})"}, {"index.json", index}}),
       at + ": oci-layout has the imageLayoutVersion \"2.0.0\", not 1.0.0"},
      {whole.substr(0, 520), at + ": the tar is cut off within \"oci-layout\""},
      {tar_of({{"../oci-layout", marker}}),
       at + ": header at byte 0: entry \"../oci-layout\": the name leads out of the root"},
  };
  for (const Case& c : cases) {
    write_file(path, c.bytes);
    CHECK(error_of([&] { ArchiveReader archive(path); }) == c.message);
  }
  write_file(path, whole);
  CHECK(error_of([&] { ArchiveReader archive(path); }) == "(no error)");
}

TEST_CASE("a blob of an archive that is not what its name says is refused") {
  const TempDir directory(kTemporary);
  const std::filesystem::path path = directory.path() / "a.tar";
  const oci::Descriptor blob{"text/plain", oci::Digest::of("right"), 5};
  write_file(path, tar_of({{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
                           {"index.json", R"({"schemaVersion":2,"manifests":[]})"},
                           {"blobs/sha256/" + std::string(blob.digest.hex()), "wrong"}}));
  ArchiveReader archive(path);
  CHECK(archive.has(blob));
  CHECK(test::kind_of_error([&] { (void)oci::read_blob(archive, blob, 100); }) == "corrupt");
}
