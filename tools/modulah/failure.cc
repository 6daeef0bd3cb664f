// From exceptions to text and exit status.
#include "failure.h"

#include <new>
#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"
#include "modulah/containerfile/source.h"
#include "modulah/wasm/optimizer.h"

#include "print.h"

namespace modulah::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kTimedOut = 124;     // As the command timeout has it.
constexpr int kOutOfMemory = 137;  // As of a container that is killed for its memory.
constexpr int kBug = 70;

int failed(const Command* command) {
  return command != nullptr && command->failure_status != 0 ? command->failure_status : kFailed;
}

Failure failure_of_error(const Error& error, const Command* command) {
  const bool is_usage =
      error.kind() == ErrorKind::usage && (command == nullptr || command->failure_status == 0);
  return {failure_text(error), is_usage ? kUsage : failed(command)};
}

/// The status of a limit on what a module may take; `run` has one for all errors.
int limit_status(const wasm::OptimizeLimitError& error, const Command* command) {
  if (command != nullptr && command->failure_status != 0) return command->failure_status;
  return error.limit() == wasm::OptimizeLimitError::Limit::time ? kTimedOut : kOutOfMemory;
}

/// What the system refused to the standard library, e.g. a thread, as an Error.
Error error_of_system(const std::system_error& error) {
  const bool is_limit = error.code() == std::errc::resource_unavailable_try_again;
  return Error(
      ErrorKind::io, fmt::format("the system refuses: {}", error.what()),
      is_limit ? "This user has reached a limit on threads or memory; see 'ulimit -a'." : "");
}

}  // namespace

Failure failure_of(std::exception_ptr exception, const Command* command) {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const OutputGone&) {
    return {};
  } catch (const containerfile::SourceErrors& errors) {
    Failure failure = failure_of_error(errors, command);
    failure.text.clear();
    for (const Error& error : errors.all()) failure.text += failure_text(error);
    return failure;
  } catch (const wasm::OptimizeLimitError& error) {
    return {failure_text(error), limit_status(error, command)};
  } catch (const Error& error) {
    return failure_of_error(error, command);
  } catch (const std::system_error& error) {
    return failure_of_error(error_of_system(error), command);
  } catch (const std::bad_alloc&) {
    return {"modulah: error: out of memory\n", failed(command)};
  } catch (const std::exception& error) {
    return {
        fmt::format("modulah: internal error: {}\nhint: This is a bug in modulah; please report "
                    "it with the command line.\n",
                    printable(error.what())),
        kBug};
  }
}

}  // namespace modulah::cli
