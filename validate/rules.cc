// The table of rules.
#include <array>

#include <fmt/format.h>

#include "modulah/validate/finding.h"

namespace modulah::validate {

namespace {

constexpr std::array kRules = {
    Rule{RuleId::stage_name_casing, "StageNameCasing", Severity::warning,
         "A stage's name has upper-case letters",
         "Names of stages are compared without case, so one that shows case misleads."},
    Rule{RuleId::from_as_casing, "FromAsCasing", Severity::warning,
         "FROM and AS are not written in the same case",
         "It reads better when the words of one instruction look alike."},
    Rule{RuleId::no_empty_continuation, "NoEmptyContinuation", Severity::warning,
         "There is an empty line inside of a continued instruction",
         "Docker will refuse it one day."},
    Rule{RuleId::consistent_instruction_casing, "ConsistentInstructionCasing", Severity::warning,
         "Instructions are written in different cases",
         "It reads better when all are upper case, or all lower case."},
    Rule{RuleId::duplicate_stage_name, "DuplicateStageName", Severity::error,
         "Two stages have the same name", "Only the last of them can be meant by it."},
    Rule{RuleId::reserved_stage_name, "ReservedStageName", Severity::error,
         "A stage is called scratch or context", "These names mean something else already."},
    Rule{RuleId::json_args_recommended, "JSONArgsRecommended", Severity::warning,
         "A command is written in shell form",
         "Shell form runs a shell, which an image from scratch does not have."},
    Rule{RuleId::maintainer_deprecated, "MaintainerDeprecated", Severity::warning,
         "MAINTAINER is used", "The annotation org.opencontainers.image.authors has replaced it."},
    Rule{RuleId::undefined_arg_in_from, "UndefinedArgInFrom", Severity::warning,
         "FROM uses a variable that no ARG before it declares",
         "It is empty then. Only ARGs before the first FROM can be used in FROM."},
    Rule{RuleId::workdir_relative_path, "WorkdirRelativePath", Severity::warning,
         "WORKDIR is relative, and none was set before",
         "Where it leads would depend on the base image."},
    Rule{RuleId::undefined_var, "UndefinedVar", Severity::warning,
         "A variable is used that no ARG or ENV of the stage sets", "It is empty then."},
    Rule{RuleId::multiple_instructions_disallowed, "MultipleInstructionsDisallowed",
         Severity::warning, "CMD, ENTRYPOINT or HEALTHCHECK stands twice in a stage",
         "Only the last one counts."},
    Rule{RuleId::legacy_key_value_format, "LegacyKeyValueFormat", Severity::warning,
         "ENV or LABEL is written without \"=\"", "The form is old and takes one pair only."},
    Rule{RuleId::redundant_target_platform, "RedundantTargetPlatform", Severity::warning,
         "FROM --platform=$TARGETPLATFORM says what is the default anyway", "Leave the flag out."},
    Rule{RuleId::secrets_used_in_arg_or_env, "SecretsUsedInArgOrEnv", Severity::warning,
         "ARG or ENV seems to hold a secret",
         "Everybody who has the image can read its variables and its history."},
    Rule{RuleId::invalid_default_arg_in_from, "InvalidDefaultArgInFrom", Severity::warning,
         "FROM is empty or malformed with the defaults of its ARGs",
         "The file cannot be built without --build-arg."},
    Rule{RuleId::from_platform_flag_const_disallowed, "FromPlatformFlagConstDisallowed",
         Severity::warning, "FROM --platform is a constant",
         "The file can be built for one platform only."},
    Rule{RuleId::copy_ignored_file, "CopyIgnoredFile", Severity::warning,
         "COPY or ADD names a file that the ignore file excludes", "It will not be found."},
    Rule{RuleId::invalid_json_form, "InvalidJsonForm", Severity::warning,
         "A command begins with \"[\" but is no JSON list of texts",
         "It is taken for shell form, which is hardly meant."},

    Rule{RuleId::no_entry_point, "NoEntryPoint", Severity::warning,
         "The image does not say what to run",
         "It can only be run when the command is given by whoever runs it."},
    Rule{RuleId::entry_point_missing, "EntryPointMissing", Severity::error,
         "The entry point is not in the image", "No runtime can start it."},
    Rule{RuleId::entry_point_not_file, "EntryPointNotFile", Severity::error,
         "The entry point is a directory", "No runtime can start it."},
    Rule{RuleId::shell_form, "ShellForm", Severity::error,
         "The command is in shell form, but there is no shell in the image",
         "Shell form runs /bin/sh -c, and a Wasm runtime takes /bin/sh for the module."},
    Rule{RuleId::entry_point_not_module, "EntryPointNotModule", Severity::error,
         "The entry point is no WebAssembly module",
         "A Wasm runtime cannot run native programs, scripts or compiled code of other engines."},
    Rule{RuleId::entry_point_not_executable, "EntryPointNotExecutable", Severity::note,
         "The entry point's file may not be executed",
         "Versions of crun before 1.7, and runtimes that know no Wasm, refuse it."},
    Rule{RuleId::entry_point_name, "EntryPointName", Severity::warning,
         "The entry point's name does not end with .wasm",
         "The variant compat-smart, and the handler wasm-smart, go by the name."},
    Rule{RuleId::entry_point_component, "EntryPointComponent", Severity::warning,
         "The entry point is a component",
         "crun runs modules of WASI preview 1 only; containerd's shims and Wasmtime run both."},
    Rule{RuleId::entry_point_no_start, "EntryPointNoStart", Severity::error,
         "The entry point exports no _start function",
         "A command is started by calling _start. What has none is a reactor or a library."},
    Rule{RuleId::entry_point_not_linked, "EntryPointNotLinked", Severity::error,
         "The entry point is an object file or a shared library", "It has to be linked first."},
    Rule{RuleId::entry_point_imports, "EntryPointImports", Severity::warning,
         "The entry point imports what WASI does not have",
         "It was compiled for JavaScript, or for a host with functions of its own."},
    Rule{RuleId::entry_point_preview0, "EntryPointPreview0", Severity::warning,
         "The entry point imports wasi_unstable",
         "The preview before preview 1 is not known to newer engines."},
    Rule{RuleId::platform_unknown, "PlatformUnknown", Severity::warning,
         "The platform is none that runtimes take for Wasm",
         "podman maps wasi/wasm, wasi/wasm32 and wasi/wasm64 to crun-wasm; containerd's shims want "
         "the architecture wasm."},
    Rule{
        RuleId::variant_missing, "VariantMissing", Severity::warning,
        "Nothing says that the image is a Wasm image",
        "Without the platform wasi/wasm or the annotation module.wasm.image/variant, runtimes take "
        "the module for a native program: Exec format error."},
    Rule{RuleId::variant_value, "VariantValue", Severity::error,
         "module.wasm.image/variant has a value that no runtime knows",
         "crun knows compat and compat-smart."},
    Rule{RuleId::annotation_key, "AnnotationKey", Severity::warning,
         "An annotation's key looks like a misspelt module.wasm.image/variant",
         "Runtimes compare the key to the letter."},
    Rule{RuleId::annotation_format, "AnnotationFormat", Severity::warning,
         "The manifest's format has no annotations",
         "Docker's manifests have no place for them; the label remains."},
    Rule{RuleId::run_oci_handler, "RunOciHandler", Severity::error,
         "The image sets run.oci.handler",
         "crun-wasm, which podman takes for wasi/wasm, refuses to be given another handler."},
    Rule{RuleId::path_variable, "PathVariable", Severity::note, "The environment has a PATH",
         "The guest sees it, and has nothing to find there."},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (static_cast<std::size_t>(kRules[i].id) != i) return false;
  return true;
}
static_assert(is_in_order(), "the table has the order of RuleId");
static_assert(kRules.size() == static_cast<std::size_t>(RuleId::path_variable) + 1);

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "unknown";
}

std::span<const Rule> all_rules() { return kRules; }

const Rule& rule_of(RuleId id) { return kRules.at(static_cast<std::size_t>(id)); }

Finding make_finding(RuleId rule, std::string subject, std::string message, std::string hint,
                     containerfile::Span span) {
  return {rule, rule_of(rule).severity, std::move(subject),
          span, std::move(message),     std::move(hint)};
}

std::string to_text(const Finding& finding) {
  std::string place = finding.subject;
  if (finding.span.line != 0) place += fmt::format(":{}", finding.span.line);
  if (finding.span.column != 0) place += fmt::format(":{}", finding.span.column);
  return fmt::format("{}: {} [{}]", place, finding.message, rule_of(finding.rule).name);
}

}  // namespace modulah::validate
