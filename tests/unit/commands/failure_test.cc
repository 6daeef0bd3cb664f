// Each kind of exception, and the exit status that it ends a command with.
#include "failure.h"

#include <new>
#include <stdexcept>
#include <system_error>

#include "modulah/base/error.h"
#include "modulah/wasm/optimizer.h"

#include "modulah_test/catch.h"
#include "print.h"

using namespace modulah;
using namespace modulah::cli;

namespace {

template <typename Exception>
Failure ended_by(const Exception& exception, int failure_status = 0) {
  Command command{};
  command.failure_status = failure_status;
  return failure_of(std::make_exception_ptr(exception), &command);
}

}  // namespace

TEST_CASE("an exception that is no error of ours is a bug, with 70") {
  for (const int failure_status : {0, 125}) {
    const Failure failure = ended_by(std::logic_error("vector::at"), failure_status);
    CHECK(failure.status == 70);
    CHECK(failure.text ==
          "modulah: internal error: vector::at\n"
          "hint: This is a bug in modulah; please report it with the command line.\n");
  }
}

TEST_CASE("an error ends with 1, a wrong command line with 2, and run's own with 125") {
  const Error denied(ErrorKind::denied, "no", "Do it.");
  CHECK(ended_by(denied).status == 1);
  CHECK(ended_by(denied).text == "modulah: error: no\nhint: Do it.\n");
  CHECK(ended_by(denied, 125).status == 125);
  const Error usage(ErrorKind::usage, "IMAGE is missing");
  CHECK(ended_by(usage).status == 2);
  CHECK(ended_by(usage, 125).status == 125);
  CHECK(failure_of(std::make_exception_ptr(usage), nullptr).status == 2);
}

TEST_CASE("a limit on optimizing ends with a status of its own, but not in run") {
  using wasm::OptimizeLimitError;
  const OptimizeLimitError time(OptimizeLimitError::Limit::time, "too long", "Wait.");
  const OptimizeLimitError memory(OptimizeLimitError::Limit::memory, "too much", "Buy.");
  CHECK(ended_by(time).status == 124);
  CHECK(ended_by(time).text == "modulah: error: too long\nhint: Wait.\n");
  CHECK(ended_by(memory).status == 137);
  CHECK(ended_by(memory, 125).status == 125);
}

TEST_CASE("what the system refuses is an error, and no bug") {
  const std::system_error no_thread(
      std::make_error_code(std::errc::resource_unavailable_try_again));
  CHECK(ended_by(no_thread).status == 1);
  CHECK(ended_by(no_thread).text ==
        "modulah: error: the system refuses: Resource temporarily unavailable\n"
        "hint: This user has reached a limit on threads or memory; see 'ulimit -a'.\n");
  CHECK(ended_by(no_thread, 125).status == 125);
  CHECK(ended_by(std::bad_alloc()).status == 1);
  CHECK(ended_by(std::bad_alloc(), 125).status == 125);
  CHECK(ended_by(std::bad_alloc()).text == "modulah: error: out of memory\n");
}

TEST_CASE("a reader that has gone is no failure") {
  CHECK(ended_by(OutputGone()).status == 0);
  CHECK(ended_by(OutputGone()).text.empty());
}
