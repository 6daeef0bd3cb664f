// Reads what a module or component says about itself: imports, exports, WASI version, memory,
// features, producers.
//
// A reader, not a validator: it checks the structure of what it reads (sections, counts, lengths,
// indices of types) and leaves the typing of instructions to an engine. With `Depth::headers` the
// bodies of functions and the data are stepped over, so a module of several MB costs microseconds;
// with `Depth::instructions` each instruction is decoded to see which features it needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/wasm/binary.h"
#include "modulah/wasm/features.h"

namespace modulah::wasm {

/// How much of a binary `summarize` reads.
enum class Depth : std::uint8_t {
  headers,       ///< No function body, no data, no element segment.
  instructions,  ///< All of it.
};

/// What an import or export is. The first five are a module's, the others only a component's.
enum class ExternKind : std::uint8_t {
  function,
  table,
  memory,
  global,
  tag,
  module,
  component,
  instance,
  type,
  value,
};
/// "function", "table", ...
[[nodiscard]] std::string_view to_string(ExternKind kind);

struct Import {
  std::string module;  ///< "wasi_snapshot_preview1"; empty in a component, which has one name.
  std::string name;    ///< "fd_write"; in a component "wasi:cli/environment@0.2.3".
  ExternKind kind = ExternKind::function;
  /// In the words of the text format: "(i32, i32) -> i32", "17", "2 funcref", "mut i32"; empty in a
  /// component. Cut at 16 parameters or results.
  std::string type;
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::function;
  std::string type;         ///< As of an Import.
  std::uint32_t index = 0;  ///< Among the things of its kind, imported ones first.
};

/// Limits of a linear memory.
struct Memory {
  std::uint64_t minimum = 0;  ///< In pages.
  std::optional<std::uint64_t> maximum;
  std::uint64_t page_bytes = 65'536;
  bool is_shared = false;
  bool is_64 = false;
  bool is_imported = false;
  bool is_exported = false;
};

struct Table {
  std::string type;  ///< "1 10 funcref": its limits, in elements, and what these are.
  bool is_imported = false;
  bool is_exported = false;
};

/// The interface to the system that a binary was made for.
enum class Wasi : std::uint8_t {
  none,
  unstable,  ///< Imports "wasi_unstable" (preview 0).
  preview1,  ///< Imports "wasi_snapshot_preview1".
  preview2,  ///< A component with "wasi:...@0.2.x" (or a module with such imports).
  preview3,  ///< The same with 0.3.
};
/// "none", "unstable", "preview1", ...
[[nodiscard]] std::string_view to_string(Wasi wasi);

/// How a binary is meant to be used.
enum class Role : std::uint8_t {
  command,         ///< Runs once: exports `_start`, or wasi:cli/run.
  reactor,         ///< Is initialised, then called: exports `_initialize`, or wasi:http handlers.
  library,         ///< Neither; its exports can be called.
  object_file,     ///< Made to be linked: sections "linking" or "reloc.*".
  shared_library,  ///< Made to be loaded by another module: section "dylink.0".
};
/// "command", "reactor", "library", "object file", "shared library".
[[nodiscard]] std::string_view to_string(Role role);

/// Environments beside WASI that a module needs; engines do not provide their imports.
enum class Environment : std::uint8_t {
  emscripten,      ///< "env" with emscripten's names, or "wasi_snapshot_preview1" beside them.
  wasm_bindgen,    ///< "wbg", "__wbindgen_placeholder__": needs JavaScript.
  go_js,           ///< "gojs", "go": Go's GOOS=js.
  wasi_threads,    ///< "wasi"."thread-spawn".
  wasi_nn,         ///< "wasi_nn" or "wasi_ephemeral_nn".
  wasi_crypto,     ///< "wasi_ephemeral_crypto*".
  proxy_wasm,      ///< "env"."proxy_*" or an export "proxy_abi_version_*": a filter for Envoy.
  unresolved_env,  ///< Other imports of "env": names that the linker did not find.
};
/// "emscripten", "wasm-bindgen", ...
[[nodiscard]] std::string_view to_string(Environment environment);

/// One value of the section "producers".
struct Producer {
  std::string field;  ///< "language", "processed-by" or "sdk".
  std::string name;   ///< "clang"
  std::string version;
};

struct CustomSection {
  std::string name;
  std::uint64_t offset = 0;   ///< Of the section's first byte (its id), from the binary's start.
  std::uint64_t size = 0;     ///< Of all of it, in bytes, with id, length and name.
  bool is_malformed = false;  ///< Of a kind that is read here, but malformed.
};

/// A section of a module, or all sections of one kind of a component. Custom sections are always
/// one by one.
struct Section {
  std::string name;  ///< "code", "data"; of a component "core module"; a custom section's own name.
  bool is_custom = false;
  std::uint64_t offset = 0;  ///< Of its first byte (its id), from the binary's start.
  std::uint64_t size = 0;    ///< In bytes, with id and length: all add up to the file's, less 8.
  std::uint64_t count = 0;   ///< How many functions, segments, ... it has; 0 for a custom section.
};

/// A core module or component within a component.
struct NestedBinary {
  BinaryKind kind = BinaryKind::module;
  unsigned depth = 0;                ///< How many components it is in, without the outermost one.
  std::uint64_t offset = 0;          ///< Of its preamble, from the whole binary's start.
  std::uint64_t size = 0;            ///< In bytes, with its preamble.
  std::string name;                  ///< Of a module, from its section "name"; else empty.
  std::uint32_t function_count = 0;  ///< Of a module, without imported ones.
};

/// The most entries in `Summary::nested`; `Summary::core_module_count` counts all.
inline constexpr std::size_t kMaxNestedBinaries = 1'000;

/// What a binary says about itself. In a component, counts, features, memories and tables are those
/// of all core modules in it.
struct Summary {
  BinaryKind kind = BinaryKind::module;
  Role role = Role::library;
  Wasi wasi = Wasi::none;
  /// "0.2.3": the highest version of the packages of "wasi:", without a "v"; empty without one.
  std::string wasi_version;
  std::vector<Environment> environments;  ///< Each once, in the order of the enumerators.

  std::vector<Import> imports;
  std::vector<Export> exports;
  bool has_start_export = false;       ///< `_start` is exported as a function.
  bool is_start_callable = false;      ///< And its type is () -> (), as a command's must be.
  bool has_initialize_export = false;  ///< `_initialize` is exported as a function.
  std::optional<std::uint32_t> start_function;  ///< Runs when the module is instantiated.

  std::vector<Memory> memories;  ///< Imported ones first.
  std::vector<Table> tables;     ///< Imported ones first.
  std::uint32_t global_count = 0;

  FeatureSet declared_features;               ///< From "target_features".
  std::vector<std::string> unknown_features;  ///< Names of that section that we do not know.
  bool has_features_section = false;          ///< There is a section "target_features".
  /// What its types, imports and, with Depth::instructions, its instructions need.
  FeatureSet used_features;
  [[nodiscard]] FeatureSet features() const noexcept { return declared_features | used_features; }

  std::string module_name;  ///< From the section "name"; empty without one.
  std::vector<Producer> producers;
  std::vector<CustomSection> custom_sections;  ///< In the order of the file; not of nested modules.
  bool has_debug_info = false;                 ///< There are sections ".debug_*" (DWARF).
  std::string source_map_url;                  ///< From the section "sourceMappingURL".
  std::string debug_info_url;                  ///< From the section "external_debug_info".

  std::vector<Section> sections;     ///< In the order of the file; not of nested modules.
  std::vector<NestedBinary> nested;  ///< Of a component, in the order of the file.
  std::uint64_t size = 0;            ///< Of the whole binary, in bytes.
  std::uint64_t code_size = 0;       ///< Of the code section's content, in bytes.
  std::uint64_t data_size = 0;       ///< Of the data section's content, in bytes.
  std::uint64_t custom_size = 0;     ///< Of all custom sections, in bytes.
  std::uint32_t function_count = 0;  ///< Without imported ones.
  std::uint32_t imported_function_count = 0;
  std::uint32_t core_module_count = 0;  ///< Of a component: core modules in it, at any depth.
};

/// Reads `bytes`; time and memory are linear in their number. `name` is what messages call them.
/// Throws Error invalid, "`name`: byte 0x1a: ...", when they are cut off or malformed; what is
/// in a custom section is never an error, only `CustomSection::is_malformed`.
[[nodiscard]] Summary summarize(std::span<const std::byte> bytes, std::string_view name,
                                Depth depth = Depth::instructions);

struct CustomTail;

/// The same of a module whose last custom sections, `tail`, are not among `bytes`: they are in the
/// summary, but what is in them is not ("name", "producers", "target_features").
[[nodiscard]] Summary summarize(std::span<const std::byte> bytes, const CustomTail& tail,
                                std::string_view name, Depth depth = Depth::instructions);

}  // namespace modulah::wasm
