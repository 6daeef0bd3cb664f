// Rules about a module that is to be run as a command.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "modulah/validate/module.h"

#include "preview1.h"

namespace modulah::validate {

namespace {

using wasm::Environment;

constexpr std::string_view kPreview1 = "wasi_snapshot_preview1";

/// What an environment's imports mean for who wants to run the module.
struct EnvironmentWords {
  RuleId rule;
  std::string_view needs;  ///< "needs …"
  std::string_view hint;
};

EnvironmentWords words_of(Environment environment) {
  switch (environment) {
    case Environment::emscripten:
      return {RuleId::entry_point_imports, "the JavaScript of emscripten",
              "Compile with -sSTANDALONE_WASM, or with a compiler for wasm32-wasi."};
    case Environment::wasm_bindgen:
      return {RuleId::entry_point_imports, "the JavaScript of wasm-bindgen",
              "Compile for the target wasm32-wasip1, without wasm-bindgen."};
    case Environment::go_js:
      return {RuleId::entry_point_imports, "the JavaScript of Go",
              "Compile with GOOS=wasip1 instead of GOOS=js."};
    case Environment::wasi_threads:
      return {RuleId::entry_point_extensions, "wasi-threads",
              "Threads need an engine that has them and has them switched on; crun does not."};
    case Environment::wasi_nn:
      return {RuleId::entry_point_extensions, "wasi-nn",
              "Only engines with this extension, and with it switched on, run it."};
    case Environment::wasi_crypto:
      return {RuleId::entry_point_extensions, "wasi-crypto",
              "Only engines with this extension, and with it switched on, run it."};
    case Environment::proxy_wasm:
      return {RuleId::plugin_module, "proxy-wasm, which Envoy and Istio have",
              "They take it from the image as plugin.wasm, in the last layer."};
    case Environment::unresolved_env:
      return {RuleId::entry_point_imports, "functions that the linker did not find",
              "Link it without --allow-undefined to see where they are used."};
  }
  return {};
}

/// The environment that an import belongs to, by its module's name, or none; as
/// Summary::environments has it.
bool belongs_to(const wasm::Import& import, Environment environment) {
  const std::string_view module = import.module;
  switch (environment) {
    case Environment::emscripten:
    case Environment::unresolved_env:
      return module == "env" && !import.name.starts_with("proxy_") &&
             import.kind == wasm::ExternKind::function;
    case Environment::proxy_wasm:
      return module == "env" && import.name.starts_with("proxy_");
    case Environment::wasm_bindgen:
      return module == "wbg" || module.starts_with("__wbindgen_");
    case Environment::go_js:
      return module == "gojs" || module == "go";
    case Environment::wasi_threads:
      return module == "wasi" && import.name == "thread-spawn";
    case Environment::wasi_nn:
      return module == "wasi_nn" || module == "wasi_ephemeral_nn";
    case Environment::wasi_crypto:
      return module.starts_with("wasi_ephemeral_crypto");
  }
  return false;
}

/// Imports that are no business of this rule: WASI's own, and what a known environment has.
bool is_known(const wasm::Import& import) {
  const std::string_view module = import.module;
  return module == kPreview1 || module == "wasi_unstable" || module == "env" || module == "wasi" ||
         module == "wbg" || module.starts_with("__wbindgen_") || module == "gojs" ||
         module == "go" || module == "wasi_nn" || module == "wasi_ephemeral_nn" ||
         module.starts_with("wasi_ephemeral_crypto") || module.starts_with("wasi:") ||
         module.starts_with("cm32p2|");
}

/// "an object file", "a shared library".
std::string with_article(wasm::Role role) {
  return fmt::format("{} {}", role == wasm::Role::object_file ? "an" : "a", to_string(role));
}

/// Collects the findings of one module.
class ModuleCheck {
 public:
  ModuleCheck(const wasm::Summary& summary, const std::string& subject, ModuleUse use)
      : summary_(summary), subject_(subject), use_(use) {}

  std::vector<Finding> run() {
    if (summary_.role == wasm::Role::object_file || summary_.role == wasm::Role::shared_library) {
      add(RuleId::entry_point_not_linked,
          fmt::format("is {}, not a program", with_article(summary_.role)),
          "Link it to a command, for instance with clang --target=wasm32-wasi.");
      return std::move(findings_);
    }
    if (summary_.kind == wasm::BinaryKind::component) {
      check_component();
      return std::move(findings_);
    }
    check_start();
    check_memory();
    check_wasi();
    check_environments();
    check_compiled_code();
    return std::move(findings_);
  }

 private:
  void add(RuleId rule, std::string message, std::string_view hint) {
    findings_.push_back(make_finding(rule, subject_, std::move(message), std::string(hint)));
  }
  [[nodiscard]] bool has_environment(Environment environment) const {
    return std::find(summary_.environments.begin(), summary_.environments.end(), environment) !=
           summary_.environments.end();
  }

  void check_component() {
    const std::string version =
        summary_.wasi_version.empty() ? "" : fmt::format(" of WASI {}", summary_.wasi_version);
    add(RuleId::entry_point_component,
        fmt::format("is a component{}; crun, podman and cri-o run modules of preview 1 only",
                    version),
        "Compile for wasm32-wasip1, or run it with containerd's shims, Wasmtime or modulah run.");
  }

  void check_start() {
    if (summary_.has_start_export && summary_.has_initialize_export)
      add(RuleId::entry_point_two_starts, "exports both _start and _initialize",
          "Compile it as a command or as a reactor.");
    if (summary_.has_start_export && summary_.is_start_callable) return;
    // A plugin is called by its proxy, and with "PATH#FUNCTION" another function than _start is.
    if (use_ == ModuleUse::function || has_environment(Environment::proxy_wasm)) return;
    if (summary_.has_start_export)
      add(RuleId::entry_point_no_start, "exports a _start that takes or gives values",
          "The start of a command has the type () -> ().");
    else
      add(RuleId::entry_point_no_start,
          fmt::format("exports no _start function: it is a {}, not a command",
                      to_string(summary_.role)),
          "Compile it as a command; or name a function with PATH#FUNCTION as entry point, which "
          "containerd's shims and modulah run call.");
    if (use_ == ModuleUse::file) findings_.back().severity = Severity::warning;
  }

  void check_memory() {
    const auto needs = std::find_if(summary_.imports.begin(), summary_.imports.end(),
                                    [](const wasm::Import& import) {
                                      return import.module == kPreview1 && uses_memory(import.name);
                                    });
    if (needs == summary_.imports.end()) return;
    const bool has_memory = std::any_of(
        summary_.exports.begin(), summary_.exports.end(), [](const wasm::Export& exported) {
          return exported.kind == wasm::ExternKind::memory && exported.name == "memory";
        });
    if (!has_memory)
      add(RuleId::entry_point_memory,
          fmt::format("exports no \"memory\", which {} reads or writes", needs->name),
          "Export the memory under this name, as linkers do by default.");
  }

  void check_wasi() {
    if (summary_.wasi == wasm::Wasi::unstable)
      add(RuleId::entry_point_preview0, "imports wasi_unstable, the preview before preview 1",
          "Compile it with a newer toolchain for wasm32-wasip1.");
    for (const wasm::Import& import : summary_.imports)
      if (import.module == kPreview1 && !is_preview1_function(import.name)) {
        add(RuleId::entry_point_imports,
            fmt::format("imports \"{}\", which {} does not have", import.name, kPreview1),
            "Compile it for wasm32-wasip1, with a toolchain that knows preview 1 as it is.");
        break;
      }
    for (const wasm::Import& import : summary_.imports)
      if (import.module.starts_with("wasi:") || import.module.starts_with("cm32p2|")) {
        add(RuleId::entry_point_imports,
            fmt::format("imports \"{}\", which only a component can", import.module),
            "Make a component of it with wasm-tools component new, or compile for wasm32-wasip1.");
        break;
      }
  }

  void check_environments() {
    for (const Environment environment : summary_.environments) {
      const EnvironmentWords words = words_of(environment);
      const auto example =
          std::find_if(summary_.imports.begin(), summary_.imports.end(),
                       [&](const wasm::Import& import) { return belongs_to(import, environment); });
      add(words.rule,
          example == summary_.imports.end()
              ? fmt::format("needs {}", words.needs)
              : fmt::format("needs {}: it imports \"{}\" of \"{}\"", words.needs, example->name,
                            example->module),
          words.hint);
    }
    const auto other = std::find_if(summary_.imports.begin(), summary_.imports.end(),
                                    [](const wasm::Import& import) { return !is_known(import); });
    if (other != summary_.imports.end())
      add(RuleId::entry_point_extensions,
          fmt::format("imports \"{}\" of \"{}\", which is not WASI", other->name, other->module),
          "It runs only where the host has this function.");
  }

  void check_compiled_code() {
    for (const wasm::CustomSection& section : summary_.custom_sections)
      if (section.name == "wasmedge")
        add(RuleId::entry_point_compiled_code,
            fmt::format("has {} bytes of code that WasmEdge compiled for one processor",
                        section.size),
            "Copy the module as it was before wasmedge compile.");
  }

  const wasm::Summary& summary_;
  const std::string& subject_;
  const ModuleUse use_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_module(const wasm::Summary& summary, const std::string& subject,
                                  ModuleUse use) {
  return ModuleCheck(summary, subject, use).run();
}

std::vector<Finding> check_copied_file(FileKind kind, std::string_view path,
                                       const std::string& subject,
                                       const containerfile::Span& span) {
  const FileKindWords& words = words_of(kind);
  if (is_native(kind))
    return {make_finding(RuleId::native_binary_copied, subject,
                         fmt::format("{} is {}, which no Wasm runtime can run", path, words.what),
                         std::string(words.hint), span)};
  if (kind != FileKind::module && path.ends_with(".wasm"))
    return {make_finding(RuleId::wasm_file_not_module, subject,
                         fmt::format("{} {}", path, not_a_module(kind)), std::string(words.hint),
                         span)};
  return {};
}

}  // namespace modulah::validate
