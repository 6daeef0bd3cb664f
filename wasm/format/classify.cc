// Roles, WASI versions and environments, told by names.
//
// https://github.com/WebAssembly/tool-conventions/blob/main/BasicModuleABI.md and DynamicLinking.md
#include "classify.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace modulah::wasm {
namespace {

/// "0.2.3" or "0.2.0-rc-2023-11-10", in an order.
struct Version {
  std::array<unsigned, 3> numbers = {};
  bool is_release = true;
  std::string_view text;

  friend bool operator<(const Version& a, const Version& b) {
    return std::tie(a.numbers, a.is_release, a.text) < std::tie(b.numbers, b.is_release, b.text);
  }
};

Version parse_version(std::string_view text) {
  Version version;
  version.text = text;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (unsigned& number : version.numbers) {
    const auto [next, error] = std::from_chars(at, end, number);
    at = next;
    if (error != std::errc() || at == end || *at != '.') break;
    ++at;
  }
  version.is_release = at == end || *at != '-';
  return version;
}

/// The "0.2.3" of "wasi:cli/run@0.2.3", nothing when the name is not a WASI interface.
std::optional<std::string_view> wasi_version_of(std::string_view name) {
  // The names of a core module that is to become a component.
  if (const std::size_t bar = name.find('|'); name.starts_with("cm32p2|"))
    name.remove_prefix(bar + 1);
  if (!name.starts_with("wasi:")) return std::nullopt;
  const std::size_t at = name.rfind('@');
  return at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
}

/// Interface names with a version that all begin with `name`.
bool is_interface(std::string_view text, std::string_view name) {
  return text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '@');
}

class Classifier {
 public:
  explicit Classifier(Summary& summary) : summary_(summary) {}

  void run() {
    for (const Import& import : summary_.imports) {
      read_wasi(summary_.kind == BinaryKind::component ? import.name : import.module);
      if (summary_.kind == BinaryKind::module) read_environment(import);
    }
    for (const Export& exported : summary_.exports) {
      read_wasi(exported.name);
      if (exported.name.starts_with("proxy_abi_version_")) note(Environment::proxy_wasm);
    }
    if (summary_.kind == BinaryKind::component)
      read_component_role();
    else
      read_module_role();
    finish_wasi();
    finish_environments();
  }

 private:
  void note(Environment environment) { seen_[static_cast<std::size_t>(environment)] = true; }
  [[nodiscard]] bool has(Environment environment) const {
    return seen_[static_cast<std::size_t>(environment)];
  }

  void read_wasi(std::string_view name) {
    has_preview1_ |= name == "wasi_snapshot_preview1";
    has_unstable_ |= name == "wasi_unstable";
    if (const auto text = wasi_version_of(name)) {
      const Version version = parse_version(*text);
      if (!highest_ || *highest_ < version) highest_ = version;
    }
  }

  void read_environment(const Import& import);
  void read_env_import(const Import& import);
  void read_module_role();
  void read_component_role();
  void finish_wasi();
  void finish_environments();

  static constexpr std::size_t kEnvironments =
      static_cast<std::size_t>(Environment::unresolved_env) + 1;
  Summary& summary_;
  std::array<bool, kEnvironments> seen_ = {};
  bool has_preview1_ = false;
  bool has_unstable_ = false;
  std::optional<Version> highest_;
};

void Classifier::read_environment(const Import& import) {
  const std::string_view module = import.module;
  if (module == "env") {
    read_env_import(import);
  } else if (module == "wbg" || module.starts_with("__wbindgen_")) {
    note(Environment::wasm_bindgen);
  } else if (module == "gojs" || module == "go") {
    note(Environment::go_js);
  } else if (module == "wasi" && import.name == "thread-spawn") {
    note(Environment::wasi_threads);
  } else if (module == "wasi_nn" || module == "wasi_ephemeral_nn") {
    note(Environment::wasi_nn);
  } else if (module.starts_with("wasi_ephemeral_crypto")) {
    note(Environment::wasi_crypto);
  }
}

void Classifier::read_env_import(const Import& import) {
  // Names that emcc's JavaScript provides and wasi-libc does not.
  constexpr std::string_view kEmscripten[] = {"emscripten_", "_emscripten_", "__syscall_",
                                              "invoke_",     "__cxa_",       "_embind_",
                                              "_emval_",     "_abort_js",    "__call_sighandler"};
  const std::string_view name = import.name;
  if (import.kind != ExternKind::function) return;  // A shared memory, or what dylink.0 needs.
  if (name.starts_with("proxy_")) {
    note(Environment::proxy_wasm);
    return;
  }
  const bool is_emscripten =
      std::any_of(std::begin(kEmscripten), std::end(kEmscripten),
                  [&](std::string_view prefix) { return name.starts_with(prefix); });
  note(is_emscripten ? Environment::emscripten : Environment::unresolved_env);
}

void Classifier::read_module_role() {
  for (const CustomSection& section : summary_.custom_sections) {
    if (section.name == "__wasm_bindgen_unstable") note(Environment::wasm_bindgen);
    if (section.name == "dylink.0" || section.name == "dylink") {
      summary_.role = Role::shared_library;
      return;
    }
    if (section.name == "linking" || section.name.starts_with("reloc.")) {
      summary_.role = Role::object_file;
      return;
    }
  }
  if (summary_.has_start_export)
    summary_.role = Role::command;
  else if (summary_.has_initialize_export)
    summary_.role = Role::reactor;
}

void Classifier::read_component_role() {
  for (const Export& exported : summary_.exports) {
    if (is_interface(exported.name, "wasi:cli/run")) {
      summary_.role = Role::command;
      return;
    }
    if (is_interface(exported.name, "wasi:http/incoming-handler") ||
        is_interface(exported.name, "wasi:http/handler"))
      summary_.role = Role::reactor;
  }
}

void Classifier::finish_wasi() {
  if (highest_) {
    summary_.wasi_version = highest_->text;
    summary_.wasi =
        highest_->numbers[0] == 0 && highest_->numbers[1] <= 2 ? Wasi::preview2 : Wasi::preview3;
  }
  // A core module's own interface is older than that of one which is to become a component.
  if (has_unstable_) summary_.wasi = Wasi::unstable;
  if (has_preview1_) summary_.wasi = Wasi::preview1;
}

void Classifier::finish_environments() {
  // A filter or an emscripten program has further imports of "env" that its host knows.
  const bool is_hosted = has(Environment::emscripten) || has(Environment::proxy_wasm);
  for (std::size_t i = 0; i < kEnvironments; ++i) {
    const auto environment = static_cast<Environment>(i);
    if (!seen_[i] || (is_hosted && environment == Environment::unresolved_env)) continue;
    summary_.environments.push_back(environment);
  }
}

}  // namespace

void classify(Summary& summary) { Classifier(summary).run(); }

}  // namespace modulah::wasm
