#include "modulah/store/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modulah/store/layout_store.h"
#include "modulah/store/step_cache.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "store_helpers.h"

using namespace modulah;
using namespace modulah::store;
using oci::Descriptor;
using test::kTemporary;
using test::pull;
using Kind = Problem::Kind;

namespace fs = std::filesystem;

namespace {

/// A store with the images a and b.
struct Fixture {
  Fixture() {
    LayoutStore store(root, Access::write);
    a = pull(store, "a");
    b = pull(store, "b");
    store.tag("localhost/a", a);
    store.tag("localhost/b", b);
  }
  [[nodiscard]] CheckReport check() const {
    LayoutStore store(root, Access::read);
    return check_store(store, {});
  }
  [[nodiscard]] CheckReport repair() const {
    LayoutStore store(root, Access::write);
    return check_store(store, {.is_repairing = true});
  }
  [[nodiscard]] fs::path path_of(const Descriptor& blob) const {
    return root / "blobs/sha256" / blob.digest.hex();
  }

  TempDir directory{kTemporary};
  fs::path root = directory.path() / "store";
  Descriptor a{"", oci::Digest::of(""), 0};
  Descriptor b{"", oci::Digest::of(""), 0};
};

/// "kind subject: message [images] repaired" of each.
std::vector<std::string> lines(const CheckReport& report) {
  std::vector<std::string> lines;
  for (const Problem& problem : report.problems) {
    std::string line(to_string(problem.kind));
    line += " " + problem.subject + ": " + problem.message;
    for (const std::string& image : problem.images) line += " [" + image + "]";
    if (problem.is_repaired) line += " repaired";
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a store without damage has no problems") {
  const Fixture fixture;
  const CheckReport report = fixture.check();
  CHECK(lines(report) == Lines{});
  CHECK(report.images == 2);
  CHECK(report.blobs == test::count_files(fixture.root / "blobs/sha256"));
  CHECK(report.bytes > 0);
  CHECK(report.incomplete.empty());
  CHECK(lines(fixture.repair()) == Lines{});
}

TEST_CASE("damaged and missing blobs are found with the images they are part of") {
  const Fixture fixture;
  const Descriptor config{"", oci::Digest::of("{\"author\":\"a\"}"), 14};
  write_file(fixture.path_of(config), "{\"author\":\"x\"}");
  fs::remove(fixture.path_of(fixture.b));
  const std::string damaged = "blob_damaged blobs/sha256/" + std::string(config.digest.hex()) +
                              ": the bytes are not what the name says [localhost/a]";
  const std::string missing = "blob_missing blobs/sha256/" + std::string(fixture.b.digest.hex()) +
                              ": the blob is missing [localhost/b]";
  CheckReport report = fixture.check();
  CHECK(lines(report) == Lines{damaged, missing});
  REQUIRE(report.incomplete.size() == 2);
  CHECK(report.incomplete[0].names == Lines{"localhost/a"});
  CHECK(report.incomplete[1].manifest == fixture.b);
  CHECK(fs::exists(fixture.path_of(config)));
  report = fixture.repair();
  CHECK(lines(report) == Lines{damaged + " repaired", missing});
  CHECK_FALSE(fs::exists(fixture.path_of(config)));
  // What is removed comes back with a pull or a build, and all is well again.
  {
    LayoutStore store(fixture.root, Access::write);
    test::MemoryStore from;
    for (const char* name : {"a", "b"})
      (void)image::copy_image(from, store, test::put_image(from, name),
                              {.check = image::CopyCheck::deep});
  }
  CHECK(lines(fixture.check()) == Lines{});
}

TEST_CASE("an index that cannot be read is replaced by one of all images found") {
  const Fixture fixture;
  const std::string before = test::index_of(fixture.root);
  write_file(fixture.root / "index.json", before.substr(0, before.size() / 2));
  CheckReport report = fixture.check();
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].kind == Kind::index);
  CHECK(report.images == 0);
  report = fixture.repair();
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].is_repaired);
  CHECK(report.problems[0].message.ends_with(
      "; the 2 images found are listed without their names, and the damaged file is kept as "
      "index.json.damaged"));
  CHECK(report.images == 2);
  CHECK(lines(fixture.check()) == Lines{});
  CHECK(LayoutStore(fixture.root, Access::read).resolve(fixture.a.digest.text()) == fixture.a);
}

TEST_CASE("two entries with one name are found, and the last keeps it") {
  const Fixture fixture;
  std::string index = test::index_of(fixture.root);
  for (std::size_t at = index.find("localhost/a"); at != std::string::npos;
       at = index.find("localhost/a"))
    index.replace(at, 11, "localhost/b");
  write_file(fixture.root / "index.json", index);
  const std::string line =
      "name localhost/b: several entries of the index have this name; the last one counts";
  CHECK(lines(fixture.check()) == Lines{line});
  CHECK(lines(fixture.repair()) == Lines{line + " repaired"});
  CHECK(lines(fixture.check()) == Lines{});
  CHECK(LayoutStore(fixture.root, Access::read).resolve("localhost/b") == fixture.b);
}

TEST_CASE("damaged records, leftovers and stray files are found") {
  const Fixture fixture;
  const StepCache steps(fixture.root / "cache/steps");
  REQUIRE(steps.put(sha256(as_bytes("good")), "record"));
  REQUIRE(steps.put(sha256(as_bytes("bad")), "record"));
  const std::string hex = to_hex(sha256(as_bytes("bad")));
  const std::string bad = "cache/steps/" + hex.substr(0, 2) + "/" + hex.substr(2);
  write_file(fixture.root / bad, "modulah 1 no record");
  write_file(fixture.root / "cache/tmp/.tmp-1-1", "left");
  write_file(fixture.root / "cache/steps" / hex.substr(0, 2) / ".tmp-1-2", "left");
  write_file(fixture.root / "blobs/sha256/README", "mine");
  write_file(fixture.root / "notes.txt", "mine");
  const AtomicFile in_use(fixture.root / "cache/tmp");
  const Lines found = lines(fixture.check());
  const std::string left = ": a killed process left this file";
  CHECK(found == Lines{"cache " + bad + ": the record is damaged",
                       "leftover cache/steps/" + hex.substr(0, 2) + "/.tmp-1-2" + left,
                       "leftover cache/tmp/.tmp-1-1" + left,
                       "stray notes.txt: this file is not part of a store",
                       "stray blobs/sha256/README: this file is not part of a store"});
  (void)fixture.repair();
  CHECK(lines(fixture.check()) == Lines{found[3], found[4]});
  CHECK(steps.find(sha256(as_bytes("good"))) == "record");
}

TEST_CASE("a store that others have access to is reported, and repaired") {
  const Fixture fixture;
  fs::permissions(fixture.root, fs::perms{0755});
  CHECK(lines(fixture.check()) ==
        Lines{"permissions .: others have access to the store: its mode is 0755, not 0700"});
  (void)fixture.repair();
  CHECK(lines(fixture.check()) == Lines{});
}

TEST_CASE("a store in use is not repaired") {
  const Fixture fixture;
  const LayoutStore other(fixture.root, Access::write);
  CHECK(test::error_of([&] { (void)fixture.repair(); }) ==
        fixture.root.native() + " is in use, so it cannot be repaired");
  CHECK(lines(fixture.check()) == Lines{});
}

TEST_CASE("a check can be interrupted") {
  const Fixture fixture;
  LayoutStore store(fixture.root, Access::read);
  std::stop_source stop;
  stop.request_stop();
  CHECK(test::kind_of_error([&] { (void)check_store(store, {.stop = stop.get_token()}); }) ==
        "cancelled");
}
