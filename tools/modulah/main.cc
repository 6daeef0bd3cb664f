// The command line: read the words, run the command, print what went wrong.
//
// This is the one place that reports errors (failure.h has the text) and chooses the exit status:
// 0 success; 1 failure; 2 wrong command line; 70 a bug in modulah; 128 + signal when interrupted.
// `run` passes on the guest's status and uses podman's 125 to 127 for its own errors.
#include <csignal>
#include <exception>

#include "modulah/base/error.h"

#include "color.h"
#include "command.h"
#include "failure.h"
#include "interrupts.h"
#include "parse.h"
#include "print.h"

namespace modulah::cli {
namespace {

void choose_colors(const World& world, ColorMode mode) {
  use_colors(wants_color(world, mode, world.is_error_terminal),
             wants_color(world, mode, world.is_output_terminal));
}

/// Reads the command line. A mistake in it is shown in the colours that were chosen before it.
void parse_line(const World& world, int argc, char** argv, Parsed& parsed) {
  choose_colors(world, ColorMode::automatic);
  try {
    parse(argc, argv, parsed);
  } catch (const Error&) {
    if (parsed.globals) choose_colors(world, parse_color_mode(parsed.globals->color));
    throw;
  }
  choose_colors(world, parse_color_mode(parsed.globals->color));
}

int run(int argc, char** argv, Parsed& parsed) {
  const World world = read_world();
  parse_line(world, argc, argv, parsed);
  if (!parsed.text.empty()) {
    print_help(parsed.text);
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
    // An error after the signal is a consequence of it.
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
  // A reader that goes away (`modulah images | head`) makes the write fail instead of killing us.
  std::signal(SIGPIPE, SIG_IGN);
  // The same for a file that exceeds the user's limit on file sizes.
  std::signal(SIGXFSZ, SIG_IGN);
  cli::Parsed parsed;
  try {
    return cli::run(argc, argv, parsed);
  } catch (...) {
    const cli::Failure failure = cli::failure_of(std::current_exception(), parsed.command);
    if (!failure.text.empty()) cli::print_message(failure.text);
    return failure.status;
  }
}
