// From bytes to a Summary; and the words for its enumerators.
#include "modulah/wasm/summary.h"

#include "modulah/wasm/custom_tail.h"

#include "classify.h"
#include "component.h"
#include "custom.h"
#include "module.h"
#include "reader.h"

namespace modulah::wasm {

std::string_view to_string(ExternKind kind) {
  switch (kind) {
    case ExternKind::function:
      return "function";
    case ExternKind::table:
      return "table";
    case ExternKind::memory:
      return "memory";
    case ExternKind::global:
      return "global";
    case ExternKind::tag:
      return "tag";
    case ExternKind::module:
      return "module";
    case ExternKind::component:
      return "component";
    case ExternKind::instance:
      return "instance";
    case ExternKind::type:
      return "type";
    case ExternKind::value:
      return "value";
  }
  return {};
}

std::string_view to_string(Wasi wasi) {
  switch (wasi) {
    case Wasi::none:
      return "none";
    case Wasi::unstable:
      return "unstable";
    case Wasi::preview1:
      return "preview1";
    case Wasi::preview2:
      return "preview2";
    case Wasi::preview3:
      return "preview3";
  }
  return {};
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::command:
      return "command";
    case Role::reactor:
      return "reactor";
    case Role::library:
      return "library";
    case Role::object_file:
      return "object file";
    case Role::shared_library:
      return "shared library";
  }
  return {};
}

std::string_view to_string(Environment environment) {
  switch (environment) {
    case Environment::emscripten:
      return "emscripten";
    case Environment::wasm_bindgen:
      return "wasm-bindgen";
    case Environment::go_js:
      return "go-js";
    case Environment::wasi_threads:
      return "wasi-threads";
    case Environment::wasi_nn:
      return "wasi-nn";
    case Environment::wasi_crypto:
      return "wasi-crypto";
    case Environment::proxy_wasm:
      return "proxy-wasm";
    case Environment::unresolved_env:
      return "env";
  }
  return {};
}

Summary summarize(std::span<const std::byte> bytes, std::string_view name, Depth depth) {
  return summarize(bytes, CustomTail{}, name, depth);
}

Summary summarize(std::span<const std::byte> bytes, const CustomTail& tail, std::string_view name,
                  Depth depth) {
  constexpr std::uint64_t kPreambleBytes = 8;
  Summary summary;
  summary.kind = kind_of_binary(bytes, name);
  summary.size = bytes.size();
  Reader reader(bytes, 0, name);
  reader.skip(kPreambleBytes);
  if (summary.kind == BinaryKind::module)
    read_module(reader, depth, summary);
  else
    read_component(reader, depth, summary);
  for (const TailSection& one : tail.sections) {
    summary.size += one.section.size;
    note_custom_section(one.section, summary);
  }
  classify(summary);
  return summary;
}

}  // namespace modulah::wasm
