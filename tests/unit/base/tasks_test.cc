#include "modulah/base/tasks.h"

#include <atomic>

#include "modulah/base/error.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;

TEST_CASE("a TaskGroup runs every task, those that tasks add too") {
  TaskGroup group(3);
  std::atomic<int> count = 0;
  for (int i = 0; i < 50; ++i)
    group.run([&](std::stop_token) {
      ++count;
      group.run([&](std::stop_token) { ++count; });
    });
  group.wait();
  CHECK(count == 100);
}

TEST_CASE("a TaskGroup hands the first exception to the one who waits") {
  TaskGroup group(1);
  std::atomic<int> later = 0;
  group.run([](std::stop_token) { throw Error(ErrorKind::io, "the disk is full"); });
  group.run([&](std::stop_token stop) { later += stop.stop_requested() ? 0 : 1; });
  CHECK(test::error_of([&] { group.wait(); }) == "the disk is full");
  CHECK(later == 0);
}

TEST_CASE("a TaskGroup without tasks waits for nothing") {
  TaskGroup group(4);
  group.wait();
  SUCCEED();
}
