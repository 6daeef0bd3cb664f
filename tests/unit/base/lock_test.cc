#include <optional>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/files.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using test::error_of;

namespace fs = std::filesystem;

TEST_CASE("who waits for a lock learns who holds it") {
  const TempDir directory(fs::temp_directory_path());
  const fs::path path = directory.path() / "lock";
  std::optional<FileLock> held(std::in_place, path, FileLock::Mode::exclusive);
  std::string holder;
  // The lock is given back when the one who waits has been told.
  const FileLock second(path, FileLock::Mode::exclusive,
                        {.stop = {}, .report = [&](const auto& who) {
                           holder = who;
                           held.reset();
                         }});
  CHECK(holder == fmt::format("test_base (process {})", ::getpid()));
}

TEST_CASE("waiting for a lock ends when it is asked to") {
  const TempDir directory(fs::temp_directory_path());
  const fs::path path = directory.path() / "lock";
  const FileLock held(path, FileLock::Mode::shared);
  const FileLock also(path, FileLock::Mode::shared);
  std::stop_source stop;
  stop.request_stop();
  CHECK(error_of([&] {
          const FileLock other(path, FileLock::Mode::exclusive, {.stop = stop.get_token()});
        }) == "waiting for the lock on " + path.native() + " was interrupted");
}
