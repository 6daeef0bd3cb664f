// The rules about Containerfiles.
#include <array>

#include "rule_tables.h"

namespace modulah::validate {

namespace {

constexpr RuleFamily kFamily = RuleFamily::containerfile;

constexpr std::array kRules = {
    Rule{RuleId::syntax, kFamily, "Syntax", Severity::error,
         "The file is not a valid Containerfile", "Nothing can be built from it.",
         "Fix the line that is named."},
    Rule{RuleId::check_directive, kFamily, "CheckDirective", Severity::warning,
         "A \"# check=\" directive has an unknown rule or option",
         "A misspelt rule is not skipped. Malformed options of the file are an error.",
         "Write \"# check=skip=RULE,RULE;error=true\" with the names of this page, or "
         "\"skip=all\"."},
    Rule{RuleId::invalid_variable, kFamily, "InvalidVariable", Severity::error,
         "A variable is malformed, or required and not set", "The build fails at this instruction.",
         "Fix the form, or set the variable with ARG, ENV or --build-arg."},
    Rule{RuleId::stage_name_casing, kFamily, "StageNameCasing", Severity::warning,
         "A stage name has uppercase letters",
         "Stage names are not case-sensitive, so uppercase is misleading.",
         "Write it in lowercase."},
    Rule{RuleId::from_as_casing, kFamily, "FromAsCasing", Severity::warning,
         "The case of AS does not match that of FROM",
         "A file is easier to read when the keywords of one instruction match.",
         "Write both in uppercase."},
    Rule{RuleId::no_empty_continuation, kFamily, "NoEmptyContinuation", Severity::warning,
         "A continued instruction contains an empty line",
         "Docker has announced that this will become an error.",
         "Remove the line, or make it a comment."},
    Rule{RuleId::consistent_instruction_casing, kFamily, "ConsistentInstructionCasing",
         Severity::warning, "Instructions are written in different cases",
         "A file is easier to read when all instructions are in uppercase, or all in lowercase.",
         "Write the instruction like most others."},
    Rule{RuleId::duplicate_stage_name, kFamily, "DuplicateStageName", Severity::warning,
         "Two stages have the same name", "The name refers to the last one only.",
         "Give each stage a name of its own."},
    Rule{RuleId::reserved_stage_name, kFamily, "ReservedStageName", Severity::warning,
         "A stage is named scratch or context",
         "These names are reserved for the empty base image and the build context.",
         "Choose another name."},
    Rule{RuleId::json_args_recommended, kFamily, "JSONArgsRecommended", Severity::warning,
         "A command is written in shell form",
         "Shell form starts a shell that runs the program: it must be in the image, and it does "
         "not pass on signals.",
         "Write the command as a JSON list: CMD [\"/app.wasm\", \"argument\"]."},
    Rule{RuleId::invalid_json_form, kFamily, "InvalidJsonForm", Severity::warning,
         "A command begins with \"[\" but is not a JSON list of strings",
         "It is treated as shell form, which is rarely intended.",
         "Put each word in double quotes, separated by commas, with none after the last."},
    Rule{RuleId::maintainer_deprecated, kFamily, "MaintainerDeprecated", Severity::warning,
         "MAINTAINER is deprecated", "It sets a field that few tools show.",
         "Write LABEL org.opencontainers.image.authors=\"NAME\" instead."},
    Rule{RuleId::undefined_arg_in_from, kFamily, "UndefinedArgInFrom", Severity::warning,
         "FROM uses a variable that is not declared",
         "It is empty. FROM can use only ARGs before the first FROM.",
         "Declare it with ARG before the first FROM."},
    Rule{RuleId::workdir_relative_path, kFamily, "WorkdirRelativePath", Severity::warning,
         "WORKDIR is relative, and no absolute one precedes it",
         "The directory depends on the base image.", "Begin the path with \"/\"."},
    Rule{RuleId::undefined_var, kFamily, "UndefinedVar", Severity::warning,
         "A variable is used that no ARG or ENV of the stage declares",
         "It is empty. Stages on a base image are not checked, because the image may set variables "
         "too.",
         "Declare it with ARG or ENV in the same stage; ARGs before the first FROM must be "
         "repeated there."},
    Rule{RuleId::multiple_instructions_disallowed, kFamily, "MultipleInstructionsDisallowed",
         Severity::warning, "A stage has more than one CMD, ENTRYPOINT or HEALTHCHECK",
         "Only the last one is used.", "Remove the others."},
    Rule{RuleId::legacy_key_value_format, kFamily, "LegacyKeyValueFormat", Severity::warning,
         "ENV or LABEL is written without \"=\"",
         "The legacy format takes one pair only, and the value extends to the end of the line.",
         "Write NAME=\"value\"."},
    Rule{RuleId::redundant_target_platform, kFamily, "RedundantTargetPlatform", Severity::warning,
         "FROM --platform=$TARGETPLATFORM is redundant", "It is the default.", "Remove the flag."},
    Rule{RuleId::secrets_used_in_arg_or_env, kFamily, "SecretsUsedInArgOrEnv", Severity::warning,
         "ARG or ENV looks like it holds a secret",
         "Everybody who has the image can read its variables and its history. Names that contain "
         "PUBLIC, FILE or VERSION are exempt.",
         "Pass the secret when the image is run: modulah run --env NAME."},
    Rule{RuleId::invalid_default_arg_in_from, kFamily, "InvalidDefaultArgInFrom", Severity::warning,
         "FROM is empty or invalid with the default values of its ARGs",
         "The file cannot be built without --build-arg.", "Give the ARG a default value."},
    Rule{RuleId::from_platform_flag_const_disallowed, kFamily, "FromPlatformFlagConstDisallowed",
         Severity::warning, "FROM --platform is a constant",
         "The file builds for one platform only. Platforms for Wasm may be constant, and so may "
         "one that is part of the stage name.",
         "Remove the flag, or use --platform=$BUILDPLATFORM for a stage that only compiles."},
    Rule{RuleId::copy_ignored_file, kFamily, "CopyIgnoredFile", Severity::warning,
         "A source of COPY or ADD is excluded by the ignore file", "It will not be found.",
         "Add an exception (\"!PATH\") to the ignore file, or copy something else."},
    Rule{RuleId::expose_proto_casing, kFamily, "ExposeProtoCasing", Severity::warning,
         "The protocol of EXPOSE is not lowercase", "Some tools are case-sensitive.",
         "Write tcp, udp or sctp."},
    Rule{RuleId::expose_invalid_format, kFamily, "ExposeInvalidFormat", Severity::warning,
         "EXPOSE has an IP address or a host port",
         "An image can declare only the ports that the program listens on. The rest has no effect.",
         "Write only the port of the program."},
    Rule{RuleId::invalid_definition_description, kFamily, "InvalidDefinitionDescription",
         Severity::warning, "The comment above ARG or FROM does not describe it",
         "BuildKit lists stages and arguments with the comments directly above them that begin "
         "with their name.",
         "Write \"# NAME description\", or add an empty line after the comment.", true},
    Rule{RuleId::invalid_base_image_platform, kFamily, "InvalidBaseImagePlatform",
         Severity::warning, "The platform of a stage differs from that of its base",
         "The image would contain files for both.", "Give both stages the same --platform."},
    Rule{RuleId::invalid_platform, kFamily, "InvalidPlatform", Severity::error,
         "FROM --platform is not a valid platform", "The file cannot be built.",
         "Write os/architecture[/variant], for example wasi/wasm."},
    Rule{RuleId::non_portable_stage_name, kFamily, "NonPortableStageName", Severity::warning,
         "BuildKit does not accept the stage name, or does not expand its variables",
         "buildah and modulah accept it, docker build does not.",
         "Use a letter, followed by letters, digits, \"-\", \"_\" and \".\"."},
    Rule{RuleId::native_binary_copied, kFamily, "NativeBinaryCopied", Severity::warning,
         "A native program is copied into an image for Wasm",
         "Wasm runtimes cannot run it, and neither can the guest.",
         "Compile for wasm32-wasip1 and copy the .wasm file."},
};

}  // namespace

std::span<const Rule> containerfile_rules() { return kRules; }

}  // namespace modulah::validate
