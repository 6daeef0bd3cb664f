// What is known of the rules about Containerfiles.
#include <array>

#include "rule_tables.h"

namespace modulah::validate {

namespace {

constexpr RuleFamily kFamily = RuleFamily::containerfile;

constexpr std::array kRules = {
    Rule{RuleId::syntax, kFamily, "Syntax", Severity::error, "The text is no Containerfile",
         "Nothing can be built from it.", "Mend the line that is named."},
    Rule{RuleId::check_directive, kFamily, "CheckDirective", Severity::warning,
         "A \"# check=\" directive says something that is not known",
         "What is misspelt there has no effect.",
         "Write \"# check=skip=RULE,RULE;error=true\", with the names of this page, or "
         "\"skip=all\"."},
    Rule{RuleId::invalid_variable, kFamily, "InvalidVariable", Severity::error,
         "A variable is written in a form that does not exist, or is required and not set",
         "The build ends at this instruction.",
         "Mend the form, or give the variable a value with ARG, ENV or --build-arg."},
    Rule{RuleId::stage_name_casing, kFamily, "StageNameCasing", Severity::warning,
         "A stage's name has upper-case letters",
         "Names of stages are compared without case, so one that shows case misleads.",
         "Write it in lower case."},
    Rule{RuleId::from_as_casing, kFamily, "FromAsCasing", Severity::warning,
         "FROM and AS are not written in the same case",
         "It reads better when the words of one instruction look alike.",
         "Write both in upper case."},
    Rule{RuleId::no_empty_continuation, kFamily, "NoEmptyContinuation", Severity::warning,
         "There is an empty line inside a continued instruction",
         "Docker announced that it will refuse it.", "Remove the line, or make it a comment."},
    Rule{RuleId::consistent_instruction_casing, kFamily, "ConsistentInstructionCasing",
         Severity::warning, "Instructions are written in different cases",
         "A file reads better when all are in upper case, or all in lower case.",
         "Write the instruction as most others are."},
    Rule{RuleId::duplicate_stage_name, kFamily, "DuplicateStageName", Severity::warning,
         "Two stages have the same name", "Only the last of them can be meant by it.",
         "Give each stage a name of its own."},
    Rule{RuleId::reserved_stage_name, kFamily, "ReservedStageName", Severity::warning,
         "A stage is called scratch or context",
         "These names mean something else already: the empty base, and the build context.",
         "Choose another name."},
    Rule{RuleId::json_args_recommended, kFamily, "JSONArgsRecommended", Severity::warning,
         "A command is written in shell form",
         "Shell form runs a shell around the program: it has to be in the image, and it does not "
         "pass signals on.",
         "Write the command as a JSON list: CMD [\"/app.wasm\", \"argument\"]."},
    Rule{RuleId::invalid_json_form, kFamily, "InvalidJsonForm", Severity::warning,
         "A command begins with \"[\" but is no JSON list of texts",
         "It is taken for shell form, which is hardly what was meant.",
         "Put each word into double quotes, with a comma between them and none at the end."},
    Rule{RuleId::maintainer_deprecated, kFamily, "MaintainerDeprecated", Severity::warning,
         "MAINTAINER is used", "It sets one field that few tools show.",
         "Write LABEL org.opencontainers.image.authors=\"NAME\" instead."},
    Rule{RuleId::undefined_arg_in_from, kFamily, "UndefinedArgInFrom", Severity::warning,
         "FROM uses a variable that no ARG before it declares",
         "It is empty then. Only ARGs before the first FROM can be used in FROM.",
         "Declare it with ARG above the first FROM."},
    Rule{RuleId::workdir_relative_path, kFamily, "WorkdirRelativePath", Severity::warning,
         "WORKDIR is relative, and none was set before",
         "Where it leads depends on the base image.", "Write it with a \"/\" in front."},
    Rule{RuleId::undefined_var, kFamily, "UndefinedVar", Severity::warning,
         "A variable is used that no ARG or ENV of the stage sets",
         "It is empty then. Stages on a base image are not looked at, because that may set "
         "variables too.",
         "Declare it with ARG or ENV in the same stage; ARGs before the first FROM have to be "
         "repeated there."},
    Rule{RuleId::multiple_instructions_disallowed, kFamily, "MultipleInstructionsDisallowed",
         Severity::warning, "CMD, ENTRYPOINT or HEALTHCHECK stands twice in a stage",
         "Only the last one counts.", "Remove the others."},
    Rule{RuleId::legacy_key_value_format, kFamily, "LegacyKeyValueFormat", Severity::warning,
         "ENV or LABEL is written without \"=\"",
         "The form is old, takes one pair only, and takes all of the line for the value.",
         "Write NAME=\"value\"."},
    Rule{RuleId::redundant_target_platform, kFamily, "RedundantTargetPlatform", Severity::warning,
         "FROM --platform=$TARGETPLATFORM says what is the default anyway",
         "The flag has no effect.", "Leave it out."},
    Rule{RuleId::secrets_used_in_arg_or_env, kFamily, "SecretsUsedInArgOrEnv", Severity::warning,
         "ARG or ENV seems to hold a secret",
         "Everybody who has the image can read its variables and its history.",
         "Give the secret to the guest when it is run: modulah run --env NAME."},
    Rule{RuleId::invalid_default_arg_in_from, kFamily, "InvalidDefaultArgInFrom", Severity::warning,
         "FROM is empty or malformed with the defaults of its ARGs",
         "The file cannot be built without --build-arg.", "Give the ARG a default."},
    Rule{RuleId::from_platform_flag_const_disallowed, kFamily, "FromPlatformFlagConstDisallowed",
         Severity::warning, "FROM --platform is a constant",
         "The file can be built for one platform only. A platform for Wasm may be constant, and so "
         "may one whose name is part of the stage's name.",
         "Leave the flag out, or use --platform=$BUILDPLATFORM for a stage that only compiles."},
    Rule{RuleId::copy_ignored_file, kFamily, "CopyIgnoredFile", Severity::warning,
         "COPY or ADD names a file that the ignore file excludes", "It will not be found.",
         "Add an exception (\"!PATH\") to the ignore file, or copy something else."},
    Rule{RuleId::expose_proto_casing, kFamily, "ExposeProtoCasing", Severity::warning,
         "The protocol of EXPOSE is not in lower case", "Some tools compare it to the letter.",
         "Write tcp, udp or sctp."},
    Rule{RuleId::expose_invalid_format, kFamily, "ExposeInvalidFormat", Severity::warning,
         "EXPOSE names an address or a port of the host",
         "An image can say only which ports the program listens on. The rest has no effect.",
         "Write the port of the program only."},
    Rule{
        RuleId::invalid_definition_description, kFamily, "InvalidDefinitionDescription",
        Severity::warning, "The comment above ARG or FROM does not describe it",
        "BuildKit lists stages and arguments with the comments directly above them that begin with "
        "their name.",
        "Write \"# NAME description\", or an empty line after the comment.", true},
    Rule{RuleId::invalid_base_image_platform, kFamily, "InvalidBaseImagePlatform",
         Severity::warning, "A stage is for another platform than the stage it is based on",
         "The image would have files for both.", "Give both stages the same --platform."},
    Rule{RuleId::invalid_platform, kFamily, "InvalidPlatform", Severity::error,
         "FROM --platform is not a platform", "The file cannot be built.",
         "Write os/architecture[/variant], for example wasi/wasm."},
    Rule{RuleId::non_portable_stage_name, kFamily, "NonPortableStageName", Severity::warning,
         "BuildKit refuses the stage name or does not expand its variables",
         "buildah and modulah accept it, docker build does not.",
         "Use a letter, followed by letters, digits, \"-\", \"_\" and \".\"."},
    Rule{RuleId::native_binary_copied, kFamily, "NativeBinaryCopied", Severity::warning,
         "A native program is copied into an image for Wasm",
         "A Wasm runtime cannot run it, and the guest cannot start it.",
         "Compile for wasm32-wasip1 and copy the .wasm file."},
};

}  // namespace

std::span<const Rule> containerfile_rules() { return kRules; }

}  // namespace modulah::validate
