// The configuration of a runtime bundle, with which crun runs the module as a cluster would.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/runner/engines.h"

namespace modulah::runner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVariant = "module.wasm.image/variant";
constexpr std::string_view kHandler = "run.oci.handler";

Json mounts_of(const RunSpec& spec) {
  Json mounts = Json::array();
  mounts.push_back({{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}});
  mounts.push_back({{"destination", "/dev"},
                    {"type", "tmpfs"},
                    {"source", "tmpfs"},
                    {"options", {"nosuid", "strictatime", "mode=755", "size=65536k"}}});
  for (const Volume& volume : spec.volumes)
    mounts.push_back(
        {{"destination", volume.guest},
         {"type", "bind"},
         {"source", volume.host.native()},
         {"options", {"rbind", volume.access == wasm::Access::read_only ? "ro" : "rw"}}});
  return mounts;
}

/// crun takes its Wasm handler by the variant. The handler's own name is not passed on: crun
/// refuses it when it was itself called as crun-wasm.
Json annotations_of(const oci::Annotations& annotations) {
  Json all = Json::object();
  for (const auto& [key, value] : annotations)
    if (key != kHandler) all[key] = value;
  if (!all.contains(kVariant)) all[kVariant] = "compat";
  return all;
}

}  // namespace

std::string bundle_config(const RunSpec& spec, const RunFiles& files,
                          const oci::Annotations& annotations) {
  std::vector<std::string> args = spec.args;
  args.front() = spec.module_path;
  Json namespaces = Json::array();
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"})
    namespaces.push_back({{"type", type}});
  const Json config = {{"ociVersion", "1.0.2"},
                       {"process",
                        {{"terminal", false},
                         {"user", {{"uid", 0}, {"gid", 0}}},
                         {"args", args},
                         {"env", spec.environment},
                         {"cwd", spec.working_directory},
                         {"noNewPrivileges", true}}},
                       {"root", {{"path", files.root.native()}, {"readonly", true}}},
                       {"mounts", mounts_of(spec)},
                       {"annotations", annotations_of(annotations)},
                       {"linux", {{"namespaces", std::move(namespaces)}}}};
  return config.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace modulah::runner
