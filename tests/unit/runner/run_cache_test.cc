// Which directory a run keeps its files in. A place "below a file" is one that nobody can make,
// root included.
#include "run_cache.h"

#include <unistd.h>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "scratch.h"

using namespace modulah;
using namespace modulah::runner;
using modulah::test::Scratch;

namespace {

struct Places {
  Places() { scratch.write("file", ""); }

  Scratch scratch;
  std::filesystem::path nowhere = scratch.path / "file" / "cache";
  std::filesystem::path second = scratch.path / "user" / "cache";
  std::filesystem::path temporary = scratch.path;
};

}  // namespace

TEST_CASE("a RunCache takes the first place that can be made") {
  const Places places;
  const RunCache cache({places.nowhere, {}, places.second}, places.temporary);
  CHECK(cache.directory() == places.second);
  CHECK(std::filesystem::status(places.second).permissions() == std::filesystem::perms::owner_all);
  CHECK(cache.empty() == places.second / "empty");
}

TEST_CASE("a RunCache leaves another user's directory alone") {
  const Places places;
  std::filesystem::path theirs = "/usr";
  if (geteuid() == 0) {
    theirs = places.scratch.path / "theirs";
    std::filesystem::create_directory(theirs);
    REQUIRE(chown(theirs.c_str(), 65534, 65534) == 0);
  }
  const RunCache cache({theirs, places.second}, {});
  CHECK(cache.directory() == places.second);
  CHECK(test::error_of([&] { const RunCache alone({theirs}, {}); }) ==
        "cache directory " + theirs.native() + " belongs to another user");
}

TEST_CASE("a RunCache of one run is gone after it") {
  const Places places;
  std::filesystem::path directory;
  {
    const RunCache cache({places.nowhere}, places.temporary);
    directory = cache.directory();
    CHECK(directory.parent_path().parent_path() == places.temporary);
    CHECK(std::filesystem::is_directory(cache.empty()));
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("a RunCache that can be nowhere says why not at the first place, and all that it tried") {
  const Places places;
  const std::filesystem::path last = places.scratch.path / "gone";
  const auto open = [&] { const RunCache cache({places.nowhere, places.nowhere}, last); };
  CHECK(test::error_of(open) == "make directory " + places.nowhere.native() + ": not a directory");
  CHECK(test::hint_of(open) ==
        "A run needs a place for files; none of these can be used: " + places.nowhere.native() +
            ", " + places.nowhere.native() + ", " + last.native() + ".");
}
