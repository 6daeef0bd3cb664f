// The rules about Containerfiles: what each says, and when it is silent.
#include "modulah/validate/containerfile.h"

#include "modulah/containerfile/parser.h"

#include "findings.h"
#include "modulah_test/catch.h"

using modulah::containerfile::File;
using modulah::containerfile::IgnoreRules;
using modulah::containerfile::SourceText;
using modulah::containerfile::Warning;
using modulah::validate::ContainerfileFacts;
using modulah::validate::test::text_of;

namespace {

struct Given {
  std::map<std::string, std::string> build_args = {};
  std::string ignore = {};
};

std::string findings_of(const std::string& text, const Given& given = {}) {
  const SourceText source("Containerfile", text);
  std::vector<Warning> warnings;
  const File file = modulah::containerfile::parse(source, &warnings);
  const IgnoreRules ignore = IgnoreRules::parse(given.ignore);
  return text_of(
      modulah::validate::check_containerfile({file, source, warnings, &ignore, given.build_args}));
}

struct Case {
  const char* text;
  const char* findings;
};

template <std::size_t N>
void check_all(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(findings_of(c.text) == c.findings);
  }
}

}  // namespace

TEST_CASE("A good Containerfile has no findings") {
  constexpr Case kCases[] = {
      {"FROM scratch\nCOPY ./target/wasm32-wasi/debug/wasm-demo-app.wasm /\n"
       "CMD [\"/wasm-demo-app.wasm\"]\n",
       ""},
      {"ARG NAME=app\nFROM scratch AS final\nARG NAME\nENV MODE=fast\n"
       "COPY --chmod=755 $NAME.wasm /$NAME.wasm\nWORKDIR /data\nWORKDIR more\nEXPOSE 80/tcp\n"
       "LABEL mode=$MODE\nENTRYPOINT [\"/app.wasm\"]\nCMD [\"--help\"]\n",
       ""},
      {"from scratch as a\ncopy a.wasm /\n", ""},
  };
  check_all(kCases);
}

TEST_CASE("How keywords and names of stages are written") {
  constexpr Case kCases[] = {
      {"FROM scratch as a\n",
       "Containerfile:1:1: warning: FROM and as are not written in the same case [FromAsCasing]\n"
       "  Write AS.\n"},
      {"from scratch AS a\n",
       "Containerfile:1:1: warning: from and AS are not written in the same case [FromAsCasing]\n"
       "  Write as.\n"},
      {"FROM scratch\nCOPY a /\ncopy b /\nEnv A=1\n",
       "Containerfile:3:1: warning: copy is not written as most instructions here, in upper case "
       "[ConsistentInstructionCasing]\n"
       "  Write COPY.\n"
       "Containerfile:4:1: warning: Env is not written as most instructions here, in upper case "
       "[ConsistentInstructionCasing]\n"
       "  Write ENV.\n"},
      {"from scratch\ncopy a /\nCOPY b /\n",
       "Containerfile:3:1: warning: COPY is not written as most instructions here, in lower case "
       "[ConsistentInstructionCasing]\n"
       "  Write copy.\n"},
      {"FROM scratch AS Base\n",
       "Containerfile:1:17: warning: the stage name \"Base\" has upper-case letters, which do not "
       "count [StageNameCasing]\n"
       "  Write base.\n"},
      {"FROM scratch AS a\nFROM scratch AS b\nFROM scratch AS a\n",
       "Containerfile:3:17: error: the stage name \"a\" is taken: the stage of line 1 has it "
       "[DuplicateStageName]\n"
       "  Give each stage a name of its own.\n"},
      {"FROM scratch AS scratch\n",
       "Containerfile:1:17: error: the stage name \"scratch\" is taken: it means the empty base "
       "[ReservedStageName]\n"
       "  Choose another name.\n"},
      {"FROM scratch AS context\n",
       "Containerfile:1:17: error: the stage name \"context\" is taken: it means the build context "
       "[ReservedStageName]\n"
       "  Choose another name.\n"},
      {"FROM scratch\nCOPY a \\\n\n  /\n",
       "Containerfile:3: warning: an empty line stands in an instruction that goes on "
       "[NoEmptyContinuation]\n"
       "  Remove the line, or make it a comment.\n"},
  };
  check_all(kCases);
}

TEST_CASE("Commands in shell form, broken, or given twice") {
  constexpr Case kCases[] = {
      {"FROM scratch\nCMD /app.wasm --help\n",
       "Containerfile:2: error: CMD is in shell form, and an image from scratch has no shell "
       "[ShellForm]\n"
       "  Write it as a JSON list, for instance CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch AS a\nFROM A\nENTRYPOINT /app.wasm\n",
       "Containerfile:3: error: ENTRYPOINT is in shell form, and an image from scratch has no "
       "shell [ShellForm]\n"
       "  Write it as a JSON list, for instance ENTRYPOINT [\"/app.wasm\", \"argument\"].\n"},
      {"FROM alpine\nCMD /app\n",
       "Containerfile:2: warning: CMD is in shell form: /bin/sh is started, and it does not pass "
       "signals on [JSONArgsRecommended]\n"
       "  Write it as a JSON list, for instance CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch\nADD root.tar /\nCMD /app\n",
       "Containerfile:3: warning: CMD is in shell form: /bin/sh is started, and it does not pass "
       "signals on [JSONArgsRecommended]\n"
       "  Write it as a JSON list, for instance CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM alpine\nSHELL [\"/bin/ash\", \"-c\"]\nCMD /app\n", ""},
      {"FROM scratch\nCMD ['/app.wasm']\n",
       "Containerfile:2:5: warning: CMD begins with \"[\" but is no JSON list of texts, so it is "
       "taken for shell form [InvalidJsonForm]\n"
       "  Put each word into double quotes, with a comma between them and none at the end.\n"},
      {"FROM alpine\nRUN [ -f /x ] && true\n", ""},
      {"FROM scratch\nCMD [\"/a.wasm\"]\nCMD [\"/b.wasm\"]\n",
       "Containerfile:2: warning: this CMD has no effect: only the last CMD of a stage counts, on "
       "line 3 [MultipleInstructionsDisallowed]\n"
       "  Remove it.\n"},
      {"FROM scratch AS a\nCMD [\"/a.wasm\"]\nFROM scratch\nCMD [\"/b.wasm\"]\n", ""},
      {"FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK NONE\n",
       "Containerfile:2: warning: this HEALTHCHECK has no effect: only the last HEALTHCHECK of a "
       "stage counts, on line 3 [MultipleInstructionsDisallowed]\n"
       "  Remove it.\n"},
      {"FROM scratch\nMAINTAINER ana\n",
       "Containerfile:2: warning: MAINTAINER is out of use [MaintainerDeprecated]\n"
       "  Write LABEL org.opencontainers.image.authors=\"ana\".\n"},
      {"FROM scratch\nENV A b c\nLABEL D e\n",
       "Containerfile:2: warning: ENV is written without \"=\" [LegacyKeyValueFormat]\n"
       "  Write ENV A=\"b c\".\n"
       "Containerfile:3: warning: LABEL is written without \"=\" [LegacyKeyValueFormat]\n"
       "  Write LABEL D=\"e\".\n"},
  };
  check_all(kCases);
}

TEST_CASE("FROM and its variables") {
  constexpr Case kCases[] = {
      {"ARG VERSION=1\nFROM alpine:${VERSON}\n",
       "Containerfile:2:6: warning: FROM uses the variable \"VERSON\", which no ARG before it "
       "declares [UndefinedArgInFrom]\n"
       "  Did you mean $VERSION?\n"},
      {"FROM $base\n",
       "Containerfile:1:6: warning: FROM uses the variable \"base\", which no ARG before it "
       "declares [UndefinedArgInFrom]\n"
       "  Write ARG base=VALUE above the first FROM.\n"},
      {"ARG base\nFROM $base\n",
       "Containerfile:2:6: warning: \"$base\" is empty with the defaults of its ARGs "
       "[InvalidDefaultArgInFrom]\n"
       "  Give the ARG a default that makes a name.\n"},
      {"ARG tag\nFROM alpine:$tag\n",
       "Containerfile:2:6: warning: \"alpine:$tag\" is \"alpine:\" with the defaults of its ARGs, "
       "which is no image name [InvalidDefaultArgInFrom]\n"
       "  Give the ARG a default that makes a name.\n"},
      {"ARG base=scratch\nFROM $base\n", ""},
      {"ARG base\nFROM ${base:-scratch}\n", ""},
      {"FROM scratch AS built\nFROM $TARGETARCH\n", ""},
      {"FROM --platform=$TARGETPLATFORM alpine\nFROM --platform=${TARGETPLATFORM} alpine\n",
       "Containerfile:1:17: warning: --platform=$TARGETPLATFORM is the default anyway "
       "[RedundantTargetPlatform]\n"
       "  Leave it out.\n"
       "Containerfile:2:17: warning: --platform=${TARGETPLATFORM} is the default anyway "
       "[RedundantTargetPlatform]\n"
       "  Leave it out.\n"},
      {"FROM --platform=linux/amd64 alpine\n",
       "Containerfile:1:17: warning: --platform=linux/amd64 is a constant, so the file is for this "
       "platform only [FromPlatformFlagConstDisallowed]\n"
       "  Leave it out, or write --platform=$BUILDPLATFORM for a stage that only compiles.\n"},
      {"FROM --platform=linux/amd64 alpine AS build-amd64\n", ""},
      {"FROM --platform=wasi/wasm scratch\n", ""},
      {"FROM --platform=$BUILDPLATFORM alpine\n", ""},
      {"FROM ${base\n",
       "Containerfile:1:6: error: \"${base\" has a ${ without a \"}\" [InvalidVariable]\n"},
  };
  check_all(kCases);
}

TEST_CASE("--build-arg gives FROM its value, and the default is judged all the same") {
  CHECK(findings_of("ARG base\nFROM $base\nCMD /a\n", {{{"base", "scratch"}}, ""}) ==
        "Containerfile:2:6: warning: \"$base\" is empty with the defaults of its ARGs "
        "[InvalidDefaultArgInFrom]\n"
        "  Give the ARG a default that makes a name.\n"
        "Containerfile:3: error: CMD is in shell form, and an image from scratch has no shell "
        "[ShellForm]\n"
        "  Write it as a JSON list, for instance CMD [\"/app.wasm\", \"argument\"].\n");
}

TEST_CASE("Variables that are not set") {
  constexpr Case kCases[] = {
      {"FROM scratch\nENV NAME=app\nCOPY $NAM.wasm /\n",
       "Containerfile:3:6: warning: the variable \"NAM\" is used, but no ARG or ENV before it sets "
       "it [UndefinedVar]\n"
       "  Did you mean $NAME?\n"},
      {"ARG NAME=app\nFROM scratch\nCOPY $NAME.wasm /\n",
       "Containerfile:3:6: warning: the variable \"NAME\" is used, but no ARG or ENV before it "
       "sets it [UndefinedVar]\n"
       "  Write ARG NAME in this stage: what is known before the first FROM has to be asked "
       "for.\n"},
      {"FROM scratch\nLABEL a=$TARGETARCH\n",
       "Containerfile:2:9: warning: the variable \"TARGETARCH\" is used, but no ARG or ENV before "
       "it sets it [UndefinedVar]\n"
       "  Write ARG TARGETARCH in this stage: what is known before the first FROM has to be asked "
       "for.\n"},
      {"FROM scratch\nENV A=1 B=$A\n",
       "Containerfile:2:11: warning: the variable \"A\" is used, but no ARG or ENV before it sets "
       "it [UndefinedVar]\n"
       "  Set it with ARG A or ENV A=VALUE before.\n"},
      // Once for an instruction, not with a default, not in quotes, not where a shell expands.
      {"FROM scratch\nLABEL a=$X b=$X c=${Y:-y} d='$Z' e=\\$Z\nCMD [\"$Q\"]\n",
       "Containerfile:2:9: warning: the variable \"X\" is used, but no ARG or ENV before it sets "
       "it [UndefinedVar]\n"
       "  Set it with ARG X or ENV X=VALUE before.\n"},
      {"FROM scratch\nCOPY <<A <<'B' /d/\n$x\nA\n$y\nB\n",
       "Containerfile:3: warning: the variable \"x\" is used, but no ARG or ENV before it sets it "
       "[UndefinedVar]\n"
       "  Set it with ARG x or ENV x=VALUE before.\n"},
      // What the base image sets is not known.
      {"FROM alpine\nLABEL a=$X\n", ""},
      {"FROM scratch AS one\nENV A=1\nFROM one\nLABEL a=$A\n", ""},
      {"FROM scratch\nARG A\nLABEL a=${A:?needed}\n", ""},
      {"FROM scratch\nLABEL a=${A:?needed}\n",
       "Containerfile:2:9: error: variable \"A\": needed "
       "[InvalidVariable]\n"},
  };
  check_all(kCases);
}

TEST_CASE("WORKDIR, EXPOSE and secrets") {
  constexpr Case kCases[] = {
      {"FROM alpine\nWORKDIR data\n",
       "Containerfile:2:9: warning: WORKDIR data is relative to what the base image has "
       "[WorkdirRelativePath]\n"
       "  Write WORKDIR /data.\n"},
      {"FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b\n", ""},
      {"FROM alpine\nWORKDIR $HOME/b\n", ""},
      {"FROM scratch\nENV D=/d\nWORKDIR $D\n", ""},
      {"FROM scratch\nARG P=9\nEXPOSE 80/TCP 53/udp 127.0.0.1:80:8080 $P/Udp\n",
       "Containerfile:3:8: warning: the protocol of \"80/TCP\" has upper-case letters "
       "[ExposeProtoCasing]\n"
       "  Write tcp, udp or sctp.\n"
       "Containerfile:3:22: warning: EXPOSE 127.0.0.1:80:8080 names an address or a port of the "
       "host, which has no effect [ExposeInvalidFormat]\n"
       "  Write EXPOSE 8080.\n"
       "Containerfile:3:40: warning: the protocol of \"9/Udp\" has upper-case letters "
       "[ExposeProtoCasing]\n"
       "  Write tcp, udp or sctp.\n"},
      {"ARG API_KEY\nFROM scratch\nARG monkey\nENV db_password=x PUBLIC_KEY=y\n",
       "Containerfile:1:5: warning: ARG API_KEY seems to be a secret, which everybody who has the "
       "image can read [SecretsUsedInArgOrEnv]\n"
       "  Give it to the guest when it is run: modulah run --env NAME.\n"
       "Containerfile:4:5: warning: ENV db_password seems to be a secret, which everybody who has "
       "the image can read [SecretsUsedInArgOrEnv]\n"
       "  Give it to the guest when it is run: modulah run --env NAME.\n"},
  };
  check_all(kCases);
}

TEST_CASE("COPY of what the ignore file excludes") {
  const std::string ignore = "*.log\nbuild\n!build/app.wasm\n/secret/\n";
  const auto check = [&](const std::string& copy) {
    return findings_of("FROM scratch\n" + copy + "\n", {{}, ignore});
  };
  CHECK(check("COPY ./a.log b.txt /") ==
        "Containerfile:2:6: warning: COPY names ./a.log, which the ignore file excludes "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!a.log\" to the ignore file.\n");
  CHECK(check("ADD /secret/key /") ==
        "Containerfile:2:5: warning: ADD names /secret/key, which the ignore file excludes "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!secret/key\" to the ignore file.\n");
  // Something in it comes back, a wildcard may find nothing, and others are not in the context.
  CHECK(check("COPY build /") == "");
  CHECK(check("COPY *.log /") == "");
  CHECK(check("COPY . /") == "");
  CHECK(check("COPY --from=other a.log /") == "");
  CHECK(check("ADD https://127.0.0.1/a.log /") == "");
  CHECK(check("COPY ${X:-a.log} /") ==
        "Containerfile:2:6: warning: COPY names a.log, which the ignore file excludes "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!a.log\" to the ignore file.\n");
}

TEST_CASE("\"# check=\" skips rules and makes errors of warnings") {
  constexpr Case kCases[] = {
      {"# check=skip=MaintainerDeprecated, LegacyKeyValueFormat\nFROM scratch\nMAINTAINER a\n"
       "ENV A b\n",
       ""},
      {"# check=skip=all\nFROM scratch\nMAINTAINER a\nCMD /a\n", ""},
      {"# check=skip=ShellForm;error=true\nFROM scratch\nMAINTAINER a\nCMD /a\n",
       "Containerfile:3: error: MAINTAINER is out of use [MaintainerDeprecated]\n"
       "  Write LABEL org.opencontainers.image.authors=\"a\".\n"},
      // BuildKit's rules that are not here are no mistake; what cannot be built is not skipped.
      {"# check=skip=InvalidBaseImagePlatform,all\nFROM scratch\nLABEL a=${\n",
       "Containerfile:3:9: error: \"${\" has a ${ without a \"}\" [InvalidVariable]\n"},
      {"# check=skip=shellform;errors=1\nFROM scratch\n",
       "Containerfile:1:9: warning: there is no rule \"shellform\" [CheckDirective]\n"
       "  Did you mean ShellForm?\n"
       "Containerfile:1:9: warning: the option \"errors\" of check is not known "
       "[CheckDirective]\n"
       "  Options are skip=RULE,RULE and error=true, with \";\" between them.\n"},
      {"# check=error=maybe\nFROM scratch\n",
       "Containerfile:1:9: warning: the option error of check is \"maybe\", neither true nor "
       "false [CheckDirective]\n"
       "  Write error=true.\n"},
  };
  check_all(kCases);
}

TEST_CASE("--build-arg BUILDKIT_DOCKERFILE_CHECK takes the place of the directive") {
  CHECK(findings_of("# check=skip=all\nFROM scratch\nMAINTAINER a\n",
                    {{{"BUILDKIT_DOCKERFILE_CHECK", "error=true"}}, ""}) ==
        "Containerfile:3: error: MAINTAINER is out of use [MaintainerDeprecated]\n"
        "  Write LABEL org.opencontainers.image.authors=\"a\".\n");
}

TEST_CASE("The directive holds for findings about the image too") {
  const SourceText source("Containerfile", "# check=skip=EntryPointName\nFROM scratch\n");
  const File file = modulah::containerfile::parse(source);
  using modulah::validate::make_finding;
  using modulah::validate::RuleId;
  CHECK(text_of(modulah::validate::apply_check_directive(
            {file, source}, {make_finding(RuleId::entry_point_name, "/app", "is so"),
                             make_finding(RuleId::path_variable, "image", "is so")})) ==
        "image: note: is so [PathVariable]\n");
}
