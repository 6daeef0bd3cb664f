// The command line of each external engine.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/runner/engines.h"

namespace modulah::runner {
namespace {

using Words = std::vector<std::string>;

/// Node.js has no option for this, so it is given a program; the spec is passed in a variable, so
/// that the guest's variables do not appear in the list of processes. A trap is 134 as elsewhere.
constexpr std::string_view kNodeProgram = R"(
const { WASI } = require("node:wasi");
const { readFileSync } = require("node:fs");
if (!WASI.prototype.getImportObject) {
  console.error(`Node.js ${process.version} is too old: 20 or newer can run modules`);
  process.exit(126);
}
const spec = JSON.parse(process.env.MODULAH_RUN_SPEC);
const fail = (status) => (error) => {
  console.error(String((error && error.stack) || error));
  process.exit(status);
};
const wasi = new WASI({
  version: "preview1",
  args: spec.args,
  env: spec.env,
  preopens: spec.preopens,
  returnOnExit: true,
});
const run = (instance) => {
  try {
    if (spec.function) {
      wasi.initialize(instance);
      instance.exports[spec.function]();
    } else {
      process.exitCode = wasi.start(instance);
    }
  } catch (error) {
    fail(134)(error);
  }
};
WebAssembly.compile(readFileSync(spec.module))
  .then((module) => WebAssembly.instantiate(module, wasi.getImportObject()))
  .then(run, fail(126));
)";

/// Throws Error unsupported when a path contains the text by which the engine separates paths.
std::string mapping(std::string_view first, std::string_view separator, std::string_view second,
                    std::string_view engine) {
  if (first.find(separator) != std::string_view::npos ||
      second.find(separator) != std::string_view::npos)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} cannot map {} to {}: a path contains \"{}\"", engine, first, second,
                            separator),
                "Use the embedded engine.");
  return fmt::format("{}{}{}", first, separator, second);
}

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// All arguments but the program's name.
Words rest_of(const RunSpec& spec) { return {spec.args.begin() + 1, spec.args.end()}; }

Words wasmtime_words(const RunSpec& spec, const RunFiles& files) {
  Words words = {"run", "--argv0", spec.args.front()};
  for (const wasm::GuestDirectory& d : guest_directories(spec, files))
    append(words, {"--dir", mapping(d.host.native(), "::", d.guest, "wasmtime")});
  for (const std::string& variable : spec.environment) append(words, {"--env", variable});
  if (!spec.function.empty()) append(words, {"--invoke", spec.function});
  append(words, {"--", files.module.native()});
  append(words, rest_of(spec));
  return words;
}

Words wasmedge_words(const RunSpec& spec, const RunFiles& files) {
  Words words;
  if (!spec.function.empty()) words.push_back("--reactor");
  for (const wasm::GuestDirectory& d : guest_directories(spec, files))
    append(words, {"--dir", mapping(d.guest, ":", d.host.native(), "wasmedge")});
  for (const std::string& variable : spec.environment) append(words, {"--env", variable});
  append(words, {"--", files.module.native()});
  if (!spec.function.empty()) words.push_back(spec.function);
  append(words, rest_of(spec));
  return words;
}

/// Since version 7.1 it warns that --mapdir is deprecated.
/// https://github.com/wasmerio/wasmer/issues/6089
Words wasmer_words(const RunSpec& spec, const RunFiles& files, std::string_view help) {
  Words words = {"run"};
  const bool has_volume = help.find("--volume") != std::string_view::npos;
  for (const wasm::GuestDirectory& d : guest_directories(spec, files))
    if (has_volume)
      append(words, {"--volume", mapping(d.host.native(), ":", d.guest, "wasmer")});
    else
      append(words, {"--mapdir", mapping(d.guest, ":", d.host.native(), "wasmer")});
  for (const std::string& variable : spec.environment) append(words, {"--env", variable});
  if (!spec.function.empty()) append(words, {"--invoke", spec.function});
  append(words, {files.module.native(), "--"});
  append(words, rest_of(spec));
  return words;
}

Words iwasm_words(const RunSpec& spec, const RunFiles& files) {
  // Its default of 64 KiB is too small for compiled programs.
  Words words = {"--stack-size=1048576"};
  for (const wasm::GuestDirectory& d : guest_directories(spec, files))
    words.push_back("--map-dir=" + mapping(d.guest, "::", d.host.native(), "iwasm"));
  for (const std::string& variable : spec.environment) words.push_back("--env=" + variable);
  if (!spec.function.empty()) append(words, {"-f", spec.function});
  words.push_back(files.module.native());
  append(words, rest_of(spec));
  return words;
}

std::string node_spec(const RunSpec& spec, const RunFiles& files) {
  nlohmann::ordered_json env = nlohmann::ordered_json::object();
  for (const std::string& variable : spec.environment) {
    const std::size_t equals = variable.find('=');
    env[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  // node:wasi takes an object, and keeps the order of its keys.
  nlohmann::ordered_json preopens = nlohmann::ordered_json::object();
  for (const wasm::GuestDirectory& d : guest_directories(spec, files))
    preopens[d.guest] = d.host.native();
  const nlohmann::ordered_json document = {{"module", files.module.native()},
                                           {"args", spec.args},
                                           {"env", std::move(env)},
                                           {"preopens", std::move(preopens)},
                                           {"function", spec.function}};
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Throws Error unsupported for what the engine has no option for.
void require_ability(const EngineInfo& info, const RunSpec& spec) {
  if (!info.has_functions && !spec.function.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("engine {} cannot call the function {}", info.name, spec.function),
                "Use the embedded engine.");
  if (info.has_read_only) return;
  for (const Volume& volume : spec.volumes)
    if (volume.access == wasm::Access::read_only)
      throw Error(ErrorKind::unsupported,
                  fmt::format("engine {} cannot show {} read-only", info.name, volume.guest),
                  "Use the embedded engine, or crun.");
}

}  // namespace

std::vector<std::string> help_arguments(EngineId id) {
  return id == EngineId::wasmer ? Words{"run", "--help"} : Words{};
}

CommandLine engine_command(EngineId id, const std::filesystem::path& program, const RunSpec& spec,
                           const RunFiles& files, std::string_view help) {
  require_ability(engine_info(id), spec);
  CommandLine command{{program.native()}, {}};
  switch (id) {
    case EngineId::embedded:
      break;
    case EngineId::wasmtime:
      append(command.args, wasmtime_words(spec, files));
      return command;
    case EngineId::wasmedge:
      append(command.args, wasmedge_words(spec, files));
      return command;
    case EngineId::wasmer:
      append(command.args, wasmer_words(spec, files, help));
      return command;
    case EngineId::iwasm:
      append(command.args, iwasm_words(spec, files));
      return command;
    case EngineId::node:
      append(command.args, {"--no-warnings", "-e", std::string(kNodeProgram)});
      command.environment.push_back("MODULAH_RUN_SPEC=" + node_spec(spec, files));
      return command;
    case EngineId::crun:
      break;
  }
  throw Error(ErrorKind::usage,
              fmt::format("engine {} is not run by a command line alone", engine_info(id).name));
}

}  // namespace modulah::runner
