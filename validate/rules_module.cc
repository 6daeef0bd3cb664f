// What is known of the rules about modules.
#include <array>

#include "rule_tables.h"

namespace modulah::validate {

namespace {

constexpr RuleFamily kFamily = RuleFamily::module;

constexpr std::array kRules = {
    Rule{RuleId::invalid_module, kFamily, "InvalidModule", Severity::error,
         "The module is cut off or not valid", "No engine accepts it.",
         "Compile it anew, or copy it anew if it was damaged on the way."},
    Rule{RuleId::entry_point_not_linked, kFamily, "EntryPointNotLinked", Severity::error,
         "The module is an object file or a shared library",
         "It refers to things that only a linker can supply.",
         "Link it to a command, for instance with clang --target=wasm32-wasi."},
    Rule{RuleId::entry_point_component, kFamily, "EntryPointComponent", Severity::warning,
         "The entry point is a component",
         "crun, and so podman and cri-o, runs modules of WASI preview 1 only. containerd's shims, "
         "Wasmtime and modulah run both.",
         "Compile for wasm32-wasip1, or run the image where components are known."},
    Rule{RuleId::entry_point_no_start, kFamily, "EntryPointNoStart", Severity::error,
         "The entry point exports no function _start of type () -> ()",
         "A command is started by calling _start. What has none is a reactor or a library. A "
         "module's file by itself gets a warning only.",
         "Compile it as a command; or name a function with PATH#FUNCTION as entry point, which "
         "containerd's shims and modulah run call."},
    Rule{RuleId::entry_point_two_starts, kFamily, "EntryPointTwoStarts", Severity::warning,
         "The module exports both _start and _initialize",
         "A command has the one, a reactor the other. Some engines refuse both.",
         "Compile it as one of them, in C with -mexec-model=command or reactor."},
    Rule{RuleId::entry_point_memory, kFamily, "EntryPointMemory", Severity::error,
         "The module imports WASI functions, but exports no memory",
         "They read and write the guest's memory, which they find under the name \"memory\".",
         "Export it: (export \"memory\" (memory 0)); linkers do so by default."},
    Rule{RuleId::entry_point_preview0, kFamily, "EntryPointPreview0", Severity::warning,
         "The module imports wasi_unstable",
         "The preview before preview 1 differs in its structures and is unknown to newer engines.",
         "Compile it with a newer toolchain for wasm32-wasip1."},
    Rule{RuleId::entry_point_imports, kFamily, "EntryPointImports", Severity::error,
         "The module imports what no WASI runtime has",
         "It was compiled for JavaScript or for a host with functions of its own, or the linker "
         "did not find a function. It ends before its first instruction.",
         "Compile for wasm32-wasip1, without --allow-undefined, wasm-bindgen or GOOS=js."},
    Rule{RuleId::entry_point_extensions, kFamily, "EntryPointExtensions", Severity::warning,
         "The module imports what only some runtimes have",
         "Threads, neural networks, cryptography and functions of a vendor are extensions. crun "
         "does not have them.",
         "Run it with an engine that has the extension, and has it switched on."},
    Rule{RuleId::entry_point_compiled_code, kFamily, "EntryPointCompiledCode", Severity::note,
         "The module carries code for one processor",
         "WasmEdge's compiler adds it. Other engines ignore it, and it makes the image larger.",
         "Copy the module as it was before wasmedge compile."},
    Rule{RuleId::plugin_module, kFamily, "PluginModule", Severity::note,
         "The module is a proxy-wasm plugin",
         "It runs in Envoy and Istio, which take it from the file plugin.wasm in the image's last "
         "layer, not from the entry point.",
         "Copy it as /plugin.wasm, in one COPY, the last of the Containerfile."},
};

}  // namespace

std::span<const Rule> module_rules() { return kRules; }

}  // namespace modulah::validate
