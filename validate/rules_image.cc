// What is known of the rules about images.
#include <array>

#include "rule_tables.h"

namespace modulah::validate {

namespace {

constexpr RuleFamily kFamily = RuleFamily::image;

constexpr std::array kRules = {
    Rule{RuleId::corrupt_image, kFamily, "CorruptImage", Severity::error,
         "A part of the image is missing, or is not what its digest, its size or another part says",
         "Whoever pulls or runs the image will refuse it.", "Build or pull it again."},
    Rule{RuleId::no_entry_point, kFamily, "NoEntryPoint", Severity::warning,
         "The image does not say what to run", "It runs only when whoever runs it gives a command.",
         "Add CMD [\"/app.wasm\"] to the Containerfile."},
    Rule{RuleId::entry_point_missing, kFamily, "EntryPointMissing", Severity::error,
         "The entry point is not in the image", "No runtime can start it.",
         "COPY the module to this path, or name in CMD the path that it was copied to."},
    Rule{RuleId::entry_point_not_file, kFamily, "EntryPointNotFile", Severity::error,
         "The entry point is a directory", "No runtime can start it.", "Name the module in it."},
    Rule{RuleId::shell_form, kFamily, "ShellForm", Severity::error,
         "The command is in shell form, but there is no shell in the image",
         "Shell form runs /bin/sh -c, and a Wasm runtime takes /bin/sh for the module.",
         "Write the command as a JSON list: CMD [\"/app.wasm\", \"argument\"]."},
    Rule{RuleId::entry_point_not_module, kFamily, "EntryPointNotModule", Severity::error,
         "The entry point is no WebAssembly module",
         "A Wasm runtime cannot run native programs, scripts, or code that an engine compiled for "
         "one processor.",
         "Compile for wasm32-wasip1 and copy the .wasm file."},
    Rule{RuleId::entry_point_not_executable, kFamily, "EntryPointNotExecutable", Severity::note,
         "The entry point's file has no x bit",
         "crun before 1.7, and runtimes that do not know Wasm, refuse it.",
         "Add --chmod=755 to its COPY."},
    Rule{RuleId::entry_point_name, kFamily, "EntryPointName", Severity::warning,
         "The entry point's name does not end with .wasm",
         "The variant compat-smart and the handler wasm-smart go by the name, and so do people.",
         "Copy it to a name that ends with .wasm."},
    Rule{RuleId::entry_point_relative, kFamily, "EntryPointRelative", Severity::warning,
         "The entry point is not an absolute path",
         "Runtimes differ: some look in the working directory, some in the directories of PATH, "
         "some below \"/\".",
         "Write it with a \"/\" in front."},
    Rule{RuleId::platform_unknown, kFamily, "PlatformUnknown", Severity::warning,
         "The platform is not wasi/wasm, but one that only some tools take for Wasm",
         "podman maps wasi/wasm, wasi/wasm32 and wasi/wasm64 to crun-wasm, Docker and containerd's "
         "shims want the architecture wasm, and other systems than wasi are not known to all.",
         "Use wasi/wasm."},
    Rule{RuleId::variant_missing, kFamily, "VariantMissing", Severity::warning,
         "Nothing says that the image is a Wasm image",
         "Without a platform for Wasm and without the annotation module.wasm.image/variant, "
         "runtimes take the module for a native program: \"Exec format error\".",
         "Build for the platform wasi/wasm, or add --annotation module.wasm.image/variant=compat."},
    Rule{RuleId::variant_recommended, kFamily, "VariantRecommended", Severity::note,
         "The image has the platform, but not the annotation module.wasm.image/variant",
         "podman goes by the platform. Others, and tools that make a bundle for crun, go by the "
         "annotation or the label.",
         "Add --annotation module.wasm.image/variant=compat."},
    Rule{RuleId::variant_value, kFamily, "VariantValue", Severity::error,
         "module.wasm.image/variant has a value that no runtime knows",
         "crun knows compat and compat-smart, and takes all else for a native program.",
         "Write module.wasm.image/variant=compat."},
    Rule{RuleId::annotation_key, kFamily, "AnnotationKey", Severity::warning,
         "The key of an annotation or label looks like a misspelt module.wasm.image/variant",
         "Runtimes compare the key to the letter.", "Write module.wasm.image/variant."},
    Rule{RuleId::annotation_format, kFamily, "AnnotationFormat", Severity::warning,
         "The image is of docker's format, which has no annotations",
         "They are lost; only labels remain.", "Use --format oci."},
    Rule{RuleId::run_oci_handler, kFamily, "RunOciHandler", Severity::error,
         "The image sets run.oci.handler",
         "crun-wasm, which podman takes for wasi/wasm, refuses an image that names a handler.",
         "Use module.wasm.image/variant=compat instead."},
    Rule{RuleId::path_variable, kFamily, "PathVariable", Severity::note,
         "The environment has a PATH",
         "The guest sees it, and has nothing to find there. docker and older buildah add it.",
         "Leave ENV PATH out; modulah build adds none."},
    Rule{RuleId::plugin_layer, kFamily, "PluginLayer", Severity::warning,
         "plugin.wasm is not where Istio looks for it",
         "Istio reads the last layer only, and only when it is a tar with gzip.",
         "Make the COPY of plugin.wasm the last one, and build with modulah, which uses gzip."},
};

}  // namespace

std::span<const Rule> image_rules() { return kRules; }

}  // namespace modulah::validate
