// modulah info: the program, this machine, the store and the engines, as podman info shows them.
#include <memory>

#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"
#include "modulah/builder/builder.h"
#include "modulah/runner/engines.h"
#include "modulah/runner/run.h"
#include "modulah/store/cache_trim.h"
#include "modulah/store/layout_store.h"
#include "modulah/wasm/engine.h"

#include "commands.h"
#include "engines.h"
#include "print.h"
#include "template.h"
#include "version.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxReleaseBytes = 64 * 1024;

struct Options {
  std::string format;
  bool is_json = false;
};

/// The value of NAME=value or NAME="value" in os-release.
std::string release_value(const std::string& text, std::string_view name) {
  for (const std::string& line : CLI::detail::split(text, '\n')) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != '=') continue;
    std::string value = line.substr(name.size() + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return "unknown";
}

Json host_record(const World& world) {
  utsname system{};
  (void)::uname(&system);
  const std::string release =
      read_file_if_exists("/etc/os-release", kMaxReleaseBytes).value_or(std::string());
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGE_SIZE);
  Json json;
  json["arch"] = system.machine;
  json["cpus"] = world.threads;
  json["distribution"] = {{"distribution", release_value(release, "ID")},
                          {"version", release_value(release, "VERSION_ID")}};
  json["kernel"] = system.release;
  json["memTotal"] = pages > 0 && page_bytes > 0 ? pages * page_bytes : 0;
  json["os"] = "linux";
  return json;
}

Json binaryen_record(const World& world) {
  try {
    const wasm::BinaryenInfo binaryen = wasm::find_binaryen(optimizer_setup(world));
    return {{"version", binaryen.version}, {"library", binaryen.library.native()}};
  } catch (const Error&) {
    return {{"version", ""}, {"library", ""}};
  }
}

Json engines_record(const World& world) {
  Json json;
  const std::string missing = missing_wasmtime(world);
  const std::filesystem::path library = wasmtime_library(world);
  json["embedded"] = {{"name", "wasmtime"},
                      {"version", wasm::kWasmtimeMajor},
                      {"library", !missing.empty()  ? "missing"
                                  : library.empty() ? "libwasmtime.so"
                                                    : library.native()}};
  for (const runner::EngineInfo& engine : runner::engine_table()) {
    if (engine.id == runner::EngineId::embedded) continue;
    const auto program = runner::find_engine(engine.id, world.search_path());
    json[std::string(engine.name)] = program ? program->native() : "";
  }
  return json;
}

Json store_record(const Invocation& invocation) {
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  const std::filesystem::path cache = store.cache_directory();
  Json json;
  json["graphRoot"] = store.root().native();
  json["graphRootUsed"] = store.disk_usage();
  json["imageStore"] = {{"number", store.images().size()}};
  json["buildCache"] = {{"path", cache.native()},
                        {"used", store::measure_caches(builder::build_cache_folders(cache)).bytes}};
  json["runCache"] = {
      {"path", (cache / "run").native()},
      {"used", store::measure_caches(runner::run_cache_folders(cache / "run")).bytes}};
  return json;
}

Json info_record(const Invocation& invocation) {
  Json json;
  json["host"] = host_record(invocation.world);
  json["engines"] = engines_record(invocation.world);
  json["optimizer"] = binaryen_record(invocation.world);
  json["registries"] = {{"search", {"docker.io"}}};
  json["store"] = store_record(invocation);
  json["version"] = {{"Version", kVersion},
                     {"OsArch", fmt::format("linux/{}", json["host"]["arch"].get<std::string>())},
                     {"Executable", invocation.world.executable.native()}};
  return json;
}

/// The record as podman prints it: "key: value", what is below a key indented.
void append_lines(std::string& out, const Json& json, std::size_t depth) {
  for (const auto& [key, value] : json.items()) {
    out += fmt::format("{}{}:", std::string(2 * depth, ' '), key);
    if (value.is_object()) {
      out += '\n';
      append_lines(out, value, depth + 1);
    } else if (value.is_array()) {
      out += '\n';
      for (const Json& item : value)
        out += fmt::format("{}- {}\n", std::string(2 * depth + 2, ' '),
                           printable(item.get<std::string>()));
    } else {
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      out += text.empty() ? " \"\"\n" : fmt::format(" {}\n", printable(text));
    }
  }
}

int run(const Options& options, const Invocation& invocation) {
  const Json record = info_record(invocation);
  if (const std::string missing = missing_wasmtime(invocation.world); !missing.empty())
    invocation.make_reporter()->warning(missing);
  if (options.is_json || options.format == "json") {
    print(json_text(record, 4) + "\n");
  } else if (!options.format.empty()) {
    print(fill_template(options.format, record));
  } else {
    std::string out;
    append_lines(out, record, 0);
    print(out);
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("-f,--format", options->format,
                 "Print fields, e.g. '{{.store.graphRoot}}'; json prints JSON")
      ->option_text("TEMPLATE");
  app.add_flag("--json", options->is_json, "Print a JSON record");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command info_command = {
    .name = "info",
    .alias = "system info",
    .group = "System",
    .operands = "",
    .summary = "Show the program, this machine, the store and the engines",
    .description =
        R"(Shows versions and paths, for bug reports. Engines that are not installed have an
empty path; sizes are in bytes.

Examples:
  # Where are the images?
  $ modulah info --format '{{.store.graphRoot}}'

Exit status:
  0 on success, 1 when the store cannot be read, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
