// Rules about a module that is to be run as a command.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/validate/image.h"

namespace modulah::validate {

namespace {

/// What an environment's imports mean for who wants to run the module.
std::string advice_for(wasm::Environment environment) {
  switch (environment) {
    case wasm::Environment::emscripten:
      return "Compile with -sSTANDALONE_WASM, or with a compiler for wasm32-wasi.";
    case wasm::Environment::wasm_bindgen:
      return "wasm-bindgen is for browsers: compile for the target wasm32-wasip1 without it.";
    case wasm::Environment::go_js:
      return "Compile with GOOS=wasip1 instead of GOOS=js.";
    case wasm::Environment::wasi_threads:
      return "Threads need an engine that is told to have them; crun does not.";
    case wasm::Environment::wasi_nn:
    case wasm::Environment::wasi_crypto:
      return "Only engines with this extension, and with it switched on, run it.";
    case wasm::Environment::proxy_wasm:
      return "A proxy-wasm filter runs in Envoy or Istio, which take it from the image as "
             "plugin.wasm.";
    case wasm::Environment::unresolved_env:
      return "Link it without --allow-undefined to see which functions are missing.";
  }
  return "";
}

std::string example_of(const wasm::Summary& summary, wasm::Environment environment) {
  const bool is_env = environment == wasm::Environment::unresolved_env ||
                      environment == wasm::Environment::emscripten;
  for (const wasm::Import& import : summary.imports) {
    if (import.module == "wasi_snapshot_preview1" || import.module == "wasi_unstable") continue;
    if (is_env && import.module != "env") continue;
    return fmt::format(", e.g. \"{}\" of \"{}\"", import.name, import.module);
  }
  return "";
}

}  // namespace

std::vector<Finding> check_module(const wasm::Summary& summary, const std::string& subject) {
  std::vector<Finding> findings;
  const auto add = [&](RuleId rule, std::string message, std::string hint) {
    findings.push_back(make_finding(rule, subject, std::move(message), std::move(hint)));
  };
  if (summary.role == wasm::Role::object_file || summary.role == wasm::Role::shared_library) {
    add(RuleId::entry_point_not_linked,
        fmt::format("{} {}, not a program",
                    summary.role == wasm::Role::object_file ? "is an" : "is a",
                    to_string(summary.role)),
        "Link it to a command, e.g. with clang --target=wasm32-wasi.");
    return findings;
  }
  if (summary.kind == wasm::BinaryKind::component) {
    add(RuleId::entry_point_component,
        fmt::format("is a component ({}), which crun cannot run", to_string(summary.wasi)),
        "Compile for wasm32-wasip1, or run it with Wasmtime or one of containerd's shims.");
    return findings;
  }
  if (summary.has_start_export && !summary.is_start_callable)
    add(RuleId::entry_point_no_start, "exports a _start that takes or gives values",
        "The start of a command has the type () -> ().");
  else if (!summary.has_start_export)
    add(RuleId::entry_point_no_start,
        fmt::format("exports no _start function: it is a {}", to_string(summary.role)),
        "Compile it as a command; or name a function with PATH#FUNCTION as entry point, which "
        "containerd's shims and 'modulah run' call.");
  if (summary.wasi == wasm::Wasi::unstable)
    add(RuleId::entry_point_preview0, "imports wasi_unstable, the preview before preview 1",
        "Compile it with a newer toolchain for wasm32-wasip1.");
  for (const wasm::Environment environment : summary.environments)
    add(RuleId::entry_point_imports,
        fmt::format("needs {}{}, which WASI does not have", to_string(environment),
                    example_of(summary, environment)),
        advice_for(environment));
  return findings;
}

}  // namespace modulah::validate
