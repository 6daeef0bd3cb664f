// The table of engines, and the directories of the host that a guest sees.
#include "modulah/runner/engines.h"

#include <array>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/process.h"

#include "guest_path.h"

namespace modulah::runner {
namespace {

// Columns: components, exit status, read-only directories, a function by name, working directory,
// isolation.
constexpr std::array<EngineInfo, 7> kEngines = {{
    {EngineId::embedded, "embedded", "Wasmtime as a part of modulah", true, true, true, true, true,
     true, ""},
    {EngineId::wasmtime, "wasmtime", "the program of Wasmtime, 21 or newer", true, true, false,
     true, true, true,
     "Get it at https://wasmtime.dev, or use the embedded engine, which is Wasmtime."},
    {EngineId::wasmedge, "wasmedge", "WasmEdge, an interpreter unless the module is AOT-compiled",
     false, true, false, true, true, true,
     "Install the package wasmedge (Debian 13 has it), or get it at https://wasmedge.org."},
    {EngineId::wasmer, "wasmer", "Wasmer", false, true, false, true, true, false,
     "Get it at https://wasmer.io, or use the embedded engine."},
    {EngineId::iwasm, "iwasm", "the program of the WebAssembly Micro Runtime", false, true, false,
     true, true, true,
     "Get it at https://github.com/bytecodealliance/wasm-micro-runtime, or use the embedded "
     "engine."},
    {EngineId::node, "node", "Node.js 20 or newer, by its module node:wasi", false, true, false,
     true, true, false, "Install the package nodejs, or get it at https://nodejs.org."},
    {EngineId::crun, "crun", "crun with a Wasm handler, as in a cluster; needs root", false, false,
     true, false, false, true, "Install the package crun; Debian 13's has a Wasm handler."},
}};

/// Where the guest's `path`, which is in `volume`, is on the host.
std::filesystem::path below(const Volume& volume, std::string_view path) {
  path.remove_prefix(volume.guest == "/" ? 0 : volume.guest.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? volume.host : volume.host / path;
}

}  // namespace

std::span<const EngineInfo> engine_table() { return kEngines; }

const EngineInfo& engine_info(EngineId id) {
  for (const EngineInfo& info : kEngines)
    if (info.id == id) return info;
  return kEngines.front();
}

EngineId parse_engine(std::string_view name) {
  std::string names;
  for (const EngineInfo& info : kEngines) {
    if (info.name == name) return info.id;
    names += names.empty() ? "" : ", ";
    names += info.name;
  }
  throw Error(ErrorKind::usage, fmt::format("engine \"{}\" is none of {}", name, names));
}

std::vector<std::string> engine_warnings(EngineId id, const RunSpec& spec) {
  const EngineInfo& info = engine_info(id);
  std::vector<std::string> lines;
  if (!info.has_exit_status)
    lines.push_back(
        fmt::format("engine {} does not return the guest's exit status: it may be 0 "
                    "whatever the guest's status is",
                    info.name));
  if (!info.has_directory && spec.working_directory != "/")
    lines.push_back(fmt::format("engine {} starts the guest in /, not in {}", info.name,
                                spec.working_directory));
  return lines;
}

std::optional<std::filesystem::path> find_engine(EngineId id, std::string_view search_path) {
  if (id == EngineId::embedded) return std::nullopt;
  return find_program(engine_info(id).name, search_path);
}

std::vector<wasm::GuestDirectory> guest_directories(const RunSpec& spec, const RunFiles& files) {
  using wasm::Access;
  std::vector<wasm::GuestDirectory> directories;
  const Volume* working_volume = nullptr;  // The innermost volume that has the working directory.
  bool is_root_given = false;
  for (const Volume& volume : spec.volumes) {
    if (volume.guest == "/") is_root_given = true;
    if (is_within(spec.working_directory, volume.guest) &&
        (working_volume == nullptr || volume.guest.size() >= working_volume->guest.size()))
      working_volume = &volume;
  }
  if (!is_root_given) directories.push_back({files.root, "/", Access::read_only});
  for (const Volume& volume : spec.volumes)
    if (volume.guest == "/") directories.push_back({volume.host, "/", volume.access});
  if (spec.working_directory != "/") {
    if (working_volume != nullptr) {
      if (!is_root_given)
        for (const std::string& name : files.root_directories)
          directories.push_back({files.root / name, "/" + name, Access::read_only});
      directories.push_back(
          {below(*working_volume, spec.working_directory), ".", working_volume->access});
    } else {
      directories.push_back({files.working_directory, ".", Access::read_only});
    }
    // The volumes in the working directory, by the names that a relative path has for them.
    for (const Volume& volume : spec.volumes)
      if (is_within(volume.guest, spec.working_directory) && volume.guest != spec.working_directory)
        directories.push_back(
            {volume.host, volume.guest.substr(spec.working_directory.size() + 1), volume.access});
  }
  for (const Volume& volume : spec.volumes)
    if (volume.guest != "/") directories.push_back({volume.host, volume.guest, volume.access});
  return directories;
}

}  // namespace modulah::runner
