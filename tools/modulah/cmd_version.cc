// modulah version: what this is.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "print.h"
#include "version.h"

namespace modulah::cli {

namespace {

struct Options {
  bool is_json = false;
};

int run(const Options& options) {
  if (options.is_json) {
    nlohmann::ordered_json json;
    json["version"] = kVersion;
    print(json.dump(2) + "\n");
    return 0;
  }
  print(fmt::format("modulah {}\n", kVersion));
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_flag("--json", options->is_json, "Print a JSON record");
  return [options](const Invocation&) { return run(*options); };
}

}  // namespace

const Command version_command = {
    .name = "version",
    .alias = "",
    .group = "Other",
    .operands = "",
    .summary = "Show the version",
    .description = "",
    .define = define,
};

}  // namespace modulah::cli
