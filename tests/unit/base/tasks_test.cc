#include "modulah/base/tasks.h"

#include <atomic>

#include "modulah/base/error.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/no_threads.h"

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

TEST_CASE("a TaskGroup that gets no thread runs all tasks on the one who waits") {
  const auto count_tasks = [] {
    TaskGroup group(3);
    int count = 0;
    for (int i = 0; i < 5; ++i)
      group.run([&](std::stop_token) {
        ++count;
        group.run([&](std::stop_token) { ++count; });
      });
    const int before = count;
    group.wait();
    return before == 0 ? count : -1;
  };
  CHECK(test::with_threads_left(0, count_tasks) == 10);
}

TEST_CASE("a TaskGroup that gets no thread keeps the first exception") {
  const auto count_tasks = [] {
    TaskGroup group(3);
    int later = 0;
    group.run([](std::stop_token) { throw Error(ErrorKind::io, "the disk is full"); });
    group.run([&](std::stop_token) { ++later; });
    const std::string error = test::error_of([&] { group.wait(); });
    return error == "the disk is full" ? later : 50;
  };
  CHECK(test::with_threads_left(0, count_tasks) == 0);
}
