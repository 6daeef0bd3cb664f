// The command line: read the words, run the command, print what went wrong.
//
// This is the one place that tells what went wrong (failure.h has the words) and ends with a
// status: 0 done; 1 failed; 2 the command line is wrong; 70 a bug of ours; 128 + signal when
// interrupted. `run` passes the guest's status on and has podman's 125 to 127 for itself.
#include <csignal>
#include <exception>

#include "modulah/base/error.h"

#include "command.h"
#include "failure.h"
#include "interrupts.h"
#include "parse.h"
#include "print.h"

namespace modulah::cli {
namespace {

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
  } catch (...) {
    const cli::Failure failure = cli::failure_of(std::current_exception(), parsed.command);
    if (!failure.text.empty()) cli::print_error(failure.text);
    return failure.status;
  }
}
