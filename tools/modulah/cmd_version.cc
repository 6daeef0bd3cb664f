// modulah version: what this is, and which engines it can use.
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

/// The first Wasmtime that is there as a file; empty when it is left to the system's loader.
std::string wasmtime_library(const World& world) {
  for (const std::filesystem::path& candidate : wasmtime_candidates(world)) {
    std::error_code ignored;
    if (candidate.has_parent_path() && std::filesystem::exists(candidate, ignored))
      return candidate.native();
  }
  return {};
}

int run(const Options& options, const World& world) {
  if (!options.is_json) {
    print(fmt::format("modulah {}\n", kVersion));
    return 0;
  }
  nlohmann::ordered_json json;
  json["version"] = kVersion;
  json["wasmtime_major"] = wasm::kWasmtimeMajor;
  json["wasmtime_library"] = wasmtime_library(world);
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
  return [options](const Invocation& invocation) { return run(*options, invocation.world); };
}

}  // namespace

const Command version_command = {
    .name = "version",
    .alias = "",
    .group = "Other",
    .operands = "",
    .summary = "Show the version",
    .description =
        R"(A record of --json has version, wasmtime_major (the version that is embedded),
wasmtime_library (its file; empty when the system's is taken) and engines (the
programs that 'run --engine' finds; empty when not installed).

Exit status:
  0 on success, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
