// The command line: read the words, run the command, print what went wrong.
//
// This is the one place that turns an exception into text and into an exit status:
// 0 done; 1 failed; 2 the command line is wrong; 70 a bug of ours; 128 + signal when interrupted.
// `run` passes the guest's status on and has podman's 125 to 127 for itself.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "command.h"
#include "interrupts.h"
#include "parse.h"
#include "print.h"

namespace modulah::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kBug = 70;

int status_of(const Error& error, const Command* command) {
  if (command != nullptr && command->failure_status != 0) return command->failure_status;
  return error.kind() == ErrorKind::usage ? kUsage : kFailed;
}

/// What the system refused to the standard library, a thread say, as an error like all others.
Error error_of_system(const std::system_error& error) {
  const bool is_limit = error.code() == std::errc::resource_unavailable_try_again;
  return Error(ErrorKind::io, fmt::format("the system refuses: {}", error.what()),
               is_limit ? "It has no more threads or memory for this user; see 'ulimit -a'." : "");
}

int run(int argc, char** argv, Parsed& parsed) {
  const World world = read_world();
  parse(argc, argv, parsed);
  if (!parsed.text.empty()) {
    print(parsed.text);
    flush_output();
    return 0;
  }
  Interrupts interrupts;
  const Invocation invocation{world, *parsed.globals, interrupts};
  try {
    const int status = parsed.run(invocation);
    flush_output();
    return status;
  } catch (const Error&) {
    // Whatever went wrong after the signal went wrong because of it.
    const auto signal = interrupts.signal();
    if (!signal) throw;
    print_error("modulah: interrupted\n");
    return 128 + *signal;
  }
}

}  // namespace
}  // namespace modulah::cli

int main(int argc, char** argv) {
  using namespace modulah;
  // A reader that goes away (`modulah images | head`) is an error of the write, not a death.
  std::signal(SIGPIPE, SIG_IGN);
  // The same for a file that becomes larger than the user may make one.
  std::signal(SIGXFSZ, SIG_IGN);
  cli::Parsed parsed;
  try {
    return cli::run(argc, argv, parsed);
  } catch (const cli::OutputGone&) {
    return 0;
  } catch (const Error& error) {
    cli::print_failure(error);
    return cli::status_of(error, parsed.command);
  } catch (const std::system_error& error) {
    const Error ours = cli::error_of_system(error);
    cli::print_failure(ours);
    return cli::status_of(ours, parsed.command);
  } catch (const std::bad_alloc&) {
    cli::print_error("modulah: error: out of memory\n");
    return cli::kFailed;
  } catch (const std::exception& error) {
    cli::print_error(fmt::format(
        "modulah: internal error: {}\nhint: This is a bug of modulah; please report it with the "
        "command line.\n",
        error.what()));
    return cli::kBug;
  }
}
