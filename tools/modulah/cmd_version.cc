// modulah version: the version, and which engines it can use.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/runner/engines.h"
#include "modulah/wasm/engine.h"

#include "commands.h"
#include "engines.h"
#include "print.h"
#include "version.h"

namespace modulah::cli {

namespace {

struct Options {
  bool is_json = false;
};

int run(const Options& options, const Invocation& invocation) {
  const World& world = invocation.world;
  if (const std::string missing = missing_wasmtime(world); !missing.empty())
    invocation.make_reporter()->warning(missing);
  if (!options.is_json) {
    print(fmt::format("modulah {}\n", kVersion));
    return 0;
  }
  nlohmann::ordered_json json;
  json["version"] = kVersion;
  json["wasmtimeMajor"] = wasm::kWasmtimeMajor;
  json["wasmtimeLibrary"] = wasmtime_library(world).native();
  json["engines"] = nlohmann::ordered_json::object();
  for (const runner::EngineInfo& engine : runner::engine_table()) {
    if (engine.id == runner::EngineId::embedded) continue;
    const auto program = runner::find_engine(engine.id, world.search_path());
    json["engines"][std::string(engine.name)] = program ? program->native() : "";
  }
  print(json_text(json, 4) + "\n");
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_flag("--json", options->is_json, "Print a JSON record");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command version_command = {
    .name = "version",
    .alias = "",
    .group = "Other",
    .operands = "",
    .summary = "Show the version",
    .description =
        R"(A record of --json has version, wasmtimeMajor (the version of Wasmtime that is
embedded), wasmtimeLibrary (its file; empty when the system's is used) and engines
(the programs that 'run --engine' finds; empty when not installed). 'modulah info'
shows more.

Exit status:
  0 on success, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
