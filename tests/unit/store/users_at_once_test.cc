// A store with several users at once, some of whom are killed.
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/store/layout_store.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "store_helpers.h"

using namespace modulah;
using namespace modulah::store;
using oci::Descriptor;
using test::count_files;
using test::kTemporary;
using test::pull;

namespace fs = std::filesystem;

TEST_CASE("nothing is removed while another one writes") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  auto builder = std::make_unique<LayoutStore>(directory.path(), Access::write);
  const Descriptor blob = test::put_text(*builder, "text/plain", "just built");
  store.tag("a", pull(store, "a"));
  Removal removal = store.remove("a", Removing::last_name_only);
  CHECK(removal.is_put_off);
  CHECK(removal.freed_bytes == 0);
  CHECK(builder->has(blob));
  builder.reset();
  removal = store.prune();
  CHECK_FALSE(removal.is_put_off);
  CHECK(store.disk_usage() == 0);
}

TEST_CASE("two processes tagging at once lose nothing") {
  const TempDir directory(kTemporary);
  constexpr int kTags = 40;
  Descriptor a{"", oci::Digest::of(""), 0};
  {
    LayoutStore store(directory.path(), Access::write);
    a = pull(store, "a");
  }
  std::vector<pid_t> children;
  for (const char* side : {"left", "right"}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        LayoutStore store(directory.path(), Access::write);
        for (int i = 0; i < kTags; ++i) store.tag(fmt::format("{}-{}", side, i), a);
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  LayoutStore store(directory.path(), Access::read);
  REQUIRE(store.images().size() == 1);
  CHECK(store.images()[0].names.size() == 2 * kTags);
}

TEST_CASE("a name that is given while the image is removed is not lost") {
  const TempDir directory(kTemporary);
  for (int round = 0; round < 100; ++round) {
    LayoutStore remover(directory.path(), Access::write);
    const Descriptor a = pull(remover, "a");
    remover.tag("own", a);
    bool is_tagged = false;
    std::thread other([&] {
      LayoutStore tagger(directory.path(), Access::write);
      const auto found = tagger.resolve("own");
      if (found && tagger.has(*found)) {
        tagger.tag("other", *found);
        is_tagged = true;
      }
    });
    (void)remover.remove("own", Removing::last_name_only);
    other.join();
    const auto found = remover.resolve("other");
    CHECK(found.has_value() == is_tagged);
    if (!found) continue;
    test::MemoryStore out;
    CHECK(image::copy_image(remover, out, *found).blobs_copied == 3);
    (void)remover.remove("other", Removing::last_name_only);
  }
}

TEST_CASE("a reader who holds the blobs finds them, whatever is removed meanwhile") {
  const TempDir directory(kTemporary);
  LayoutStore writer(directory.path(), Access::write);
  const Descriptor a = pull(writer, "a");
  writer.tag("a", a);
  LayoutStore reader(directory.path(), Access::read);
  reader.hold_blobs();
  CHECK(writer.remove("a", Removing::last_name_only).is_put_off);
  {
    test::MemoryStore out;
    CHECK(image::copy_image(reader, out, a).blobs_copied == 3);
  }
  // A store that is not there, or has no cache folder, is read all the same.
  LayoutStore(directory.path() / "nothing", Access::read).hold_blobs();
  CHECK_FALSE(fs::exists(directory.path() / "nothing"));
}

TEST_CASE("what a killed process was writing goes when the next one writes") {
  const TempDir directory(kTemporary);
  for (const Role role : {Role::store, Role::layout}) {
    const fs::path root = directory.path() / (role == Role::store ? "store" : "layout");
    { LayoutStore store(root, Access::write, role); }
    const fs::path temporary = role == Role::store ? root / "cache/tmp" : root;
    write_file(temporary / ".tmp-1-0", "half a layer");
    LayoutStore store(root, Access::write, role);
    const auto blob = store.begin_blob();
    LayoutStore other(root, Access::write, role);
    CHECK_FALSE(fs::exists(temporary / ".tmp-1-0"));
    (void)blob->commit("text/plain");
  }
}

TEST_CASE("two processes making one store at once both get it") {
  for (int round = 0; round < 20; ++round) {
    const TempDir directory(kTemporary);
    std::vector<pid_t> children;
    for (const char* name : {"a", "b"}) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        try {
          LayoutStore store(directory.path() / "new", Access::write);
          store.tag(name, pull(store, name));
        } catch (...) {
          ::_exit(1);
        }
        ::_exit(0);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    CHECK(LayoutStore(directory.path() / "new", Access::read).images().size() == 2);
  }
}

TEST_CASE("a process killed while it writes leaves a valid store") {
  const TempDir directory(kTemporary);
  for (int round = 0; round < 15; ++round) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      LayoutStore store(directory.path(), Access::write);
      for (int i = 0;; ++i) {
        if (i == round && ::write(ready[1], "x", 1) != 1) ::_exit(1);
        const auto blob = store.begin_blob();
        blob->write(as_bytes(std::string(100'000, static_cast<char>('a' + i % 20))));
        (void)blob->commit("text/plain");
        store.tag(fmt::format("n{}", i % 7), pull(store, fmt::format("{}", i)));
      }
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    ::close(ready[0]);
    ::close(ready[1]);

    LayoutStore store(directory.path(), Access::write);
    for (const StoredImage& image : store.images()) {
      CHECK(image.problem.empty());
      test::MemoryStore out;
      CHECK(image::copy_image(store, out, image.manifest).blobs_copied == 3);
    }
  }
  LayoutStore store(directory.path(), Access::write);
  CHECK(count_files(directory.path() / "cache/tmp") == 0);
  CHECK_FALSE(store.prune().is_put_off);
}

TEST_CASE("many threads store and name images at once") {
  const TempDir directory(kTemporary);
  LayoutStore store(directory.path(), Access::write);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&store, i] {
      for (int j = 0; j < 10; ++j)
        store.tag(fmt::format("{}-{}", i, j), pull(store, fmt::format("{}", j)));
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(store.images().size() == 10);
  std::size_t names = 0;
  for (const StoredImage& image : store.images()) names += image.names.size();
  CHECK(names == 40);
}
