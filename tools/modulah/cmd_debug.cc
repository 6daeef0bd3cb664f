// modulah debug: what the parts of modulah see, for who works on them. Not in the list of commands.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/printer.h"

#include "commands.h"
#include "print.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string what;
  std::string file;
};

int run(const Options& options, const World& world) {
  if (options.what != "ast")
    throw Error(ErrorKind::usage, fmt::format("debug cannot show \"{}\"", options.what),
                "Run 'modulah debug ast FILE'.");
  const containerfile::SourceText source(
      options.file, read_file(world.directory / options.file, containerfile::kMaxSourceBytes));
  print(containerfile::dump(containerfile::parse_nodes(source)));
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("WHAT", options->what, "What to show: ast")->required();
  app.add_option("FILE", options->file, "The Containerfile")->required();
  return [options](const Invocation& invocation) { return run(*options, invocation.world); };
}

}  // namespace

const Command debug_command = {
    .name = "debug",
    .alias = "",
    .group = "",
    .operands = "ast FILE",
    .summary = "Show how a Containerfile is read",
    .description =
        R"(Prints each instruction as an s-expression on a line of its own: the keyword, its
flags, its words. What the words mean is not checked; see 'modulah validate'.

Examples:
  $ modulah debug ast Containerfile

Exit status:
  0 on success, 1 when the file cannot be read, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
