// The rules about Containerfiles: what each says, and when it is silent.
#include "modulah/validate/containerfile.h"

#include "modulah/containerfile/parser.h"

#include "findings.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

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
       "Containerfile:1:1: warning: the case of as does not match that of FROM [FromAsCasing]\n"
       "  Write AS.\n"},
      {"from scratch AS a\n",
       "Containerfile:1:1: warning: the case of AS does not match that of from [FromAsCasing]\n"
       "  Write as.\n"},
      {"FROM scratch\nCOPY a /\ncopy b /\nEnv A=1\n",
       "Containerfile:3:1: warning: instruction copy should match the case of most instructions "
       "(uppercase) "
       "[ConsistentInstructionCasing]\n"
       "  Write COPY.\n"
       "Containerfile:4:1: warning: instruction Env should match the case of most instructions "
       "(uppercase) "
       "[ConsistentInstructionCasing]\n"
       "  Write ENV.\n"},
      {"from scratch\ncopy a /\nCOPY b /\n",
       "Containerfile:3:1: warning: instruction COPY should match the case of most instructions "
       "(lowercase) "
       "[ConsistentInstructionCasing]\n"
       "  Write copy.\n"},
      {"FROM scratch AS Base\n",
       "Containerfile:1:17: warning: stage name \"Base\" should be lowercase [StageNameCasing]\n"
       "  Write base.\n"},
      {"FROM scratch AS a\nFROM scratch AS b\nFROM scratch AS a\n",
       "Containerfile:3:17: warning: duplicate stage name \"a\", already used on line 1 "
       "[DuplicateStageName]\n"
       "  Give each stage a name of its own.\n"},
      {"FROM scratch AS scratch\n",
       "Containerfile:1:17: warning: stage name \"scratch\" is reserved for the empty base image "
       "[ReservedStageName]\n"
       "  Choose another name.\n"},
      {"FROM scratch AS context\n",
       "Containerfile:1:17: warning: stage name \"context\" is reserved for the build context "
       "[ReservedStageName]\n"
       "  Choose another name.\n"},
      {"FROM scratch\nCOPY a \\\n\n  /\n",
       "Containerfile:3: warning: empty continuation line "
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
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch AS a\nFROM A\nENTRYPOINT /app.wasm\n",
       "Containerfile:3: error: ENTRYPOINT is in shell form, and an image from scratch has no "
       "shell [ShellForm]\n"
       "  Write it as a JSON list, for example ENTRYPOINT [\"/app.wasm\", \"argument\"].\n"},
      {"FROM alpine\nCMD /app\n",
       "Containerfile:2: warning: CMD is in shell form: /bin/sh runs it and does not pass on "
       "signals [JSONArgsRecommended]\n"
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch\nADD root.tar /\nCMD /app\n",
       "Containerfile:3: warning: CMD is in shell form: /bin/sh runs it and does not pass on "
       "signals [JSONArgsRecommended]\n"
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM alpine\nSHELL [\"/bin/ash\", \"-c\"]\nCMD /app\n", ""},
      {"FROM scratch\nCMD ['/app.wasm']\n",
       "Containerfile:2:5: warning: CMD begins with \"[\" but is not a JSON list of strings, so it "
       "is treated as shell form [InvalidJsonForm]\n"
       "  Put each word in double quotes, separated by commas, with none after the last.\n"},
      {"FROM alpine\nRUN [ -f /x ] && true\n", ""},
      {"FROM scratch\nCMD [\"/a.wasm\"]\nCMD [\"/b.wasm\"]\n",
       "Containerfile:2: warning: this CMD has no effect: only the last CMD of a stage is used, "
       "the one on line 3 [MultipleInstructionsDisallowed]\n"
       "  Remove it.\n"},
      {"FROM scratch AS a\nCMD [\"/a.wasm\"]\nFROM scratch\nCMD [\"/b.wasm\"]\n", ""},
      {"FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK NONE\n",
       "Containerfile:2: warning: this HEALTHCHECK has no effect: only the last HEALTHCHECK of a "
       "stage is used, the one on line 3 [MultipleInstructionsDisallowed]\n"
       "  Remove it.\n"},
      {"FROM scratch\nMAINTAINER ana\n",
       "Containerfile:2: warning: MAINTAINER is deprecated [MaintainerDeprecated]\n"
       "  Write LABEL org.opencontainers.image.authors=\"ana\".\n"},
      {"FROM scratch\nENV A b c\nLABEL D e\n",
       "Containerfile:2: warning: ENV uses the legacy format without \"=\" [LegacyKeyValueFormat]\n"
       "  Write ENV A=\"b c\".\n"
       "Containerfile:3: warning: LABEL uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write LABEL D=\"e\".\n"},
  };
  check_all(kCases);
}

TEST_CASE("A stage inherits the SHELL of its base, and what may have brought one") {
  constexpr Case kCases[] = {
      {"FROM scratch AS a\nSHELL [\"/sh\", \"-c\"]\nFROM a AS b\nFROM b\nCMD /app\n", ""},
      {"FROM scratch AS a\nSHELL [\"/sh\", \"-c\"]\nFROM scratch\nCMD /app\n",
       "Containerfile:4: error: CMD is in shell form, and an image from scratch has no shell "
       "[ShellForm]\n"
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch AS a\nADD root.tar /\nFROM a\nCMD /app\n",
       "Containerfile:4: warning: CMD is in shell form: /bin/sh runs it and does not pass on "
       "signals [JSONArgsRecommended]\n"
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
  };
  check_all(kCases);
}

TEST_CASE("Names of stages that only buildah takes") {
  constexpr Case kCases[] = {
      {"ARG N=App\nFROM scratch AS $N\nFROM app\nCMD /a\n",
       "Containerfile:2:17: warning: BuildKit does not expand the variable in the stage name "
       "\"$N\" [NonPortableStageName]\n"
       "  Write the name without variables.\n"
       "Containerfile:2:17: warning: stage name \"App\" should be lowercase [StageNameCasing]\n"
       "  Write app.\n"
       "Containerfile:4: error: CMD is in shell form, and an image from scratch has no shell "
       "[ShellForm]\n"
       "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n"},
      {"FROM scratch AS 1/x\n",
       "Containerfile:1:17: warning: BuildKit does not accept the stage name \"1/x\" "
       "[NonPortableStageName]\n"
       "  Use a letter, followed by letters, digits, \"-\", \"_\" and \".\".\n"},
      {"# check=skip=NonPortableStageName\nFROM scratch AS ${N-}\n",
       "Containerfile:2:17: error: the stage name \"${N-}\" is empty after expansion "
       "[InvalidVariable]\n"},
      {"# check=skip=NonPortableStageName\nARG N\nFROM scratch AS $N\n", ""},
      {"FROM scratch AS $M\n",
       "Containerfile:1:17: warning: FROM uses the variable \"M\", which is not declared "
       "[UndefinedArgInFrom]\n"
       "  Write ARG M=VALUE before the first FROM.\n"
       "Containerfile:1:17: warning: BuildKit does not expand the variable in the stage name "
       "\"$M\" [NonPortableStageName]\n"
       "  Write the name without variables.\n"
       "Containerfile:1:17: error: the stage name \"$M\" is empty after expansion "
       "[InvalidVariable]\n"},
  };
  check_all(kCases);
}

TEST_CASE("--platform of FROM") {
  constexpr Case kCases[] = {
      {"FROM --platform=nonsense/// scratch\n",
       "Containerfile:1:17: error: platform \"nonsense///\" has no architecture "
       "[InvalidPlatform]\n"
       "  A platform is os/architecture[/variant], e.g. wasi/wasm or linux/arm64/v8.\n"},
      {"ARG P=x\nFROM --platform=$P scratch AS a\nFROM scratch\n",
       "Containerfile:2:17: error: platform \"x\" has no architecture [InvalidPlatform]\n"
       "  A platform is os/architecture[/variant], e.g. wasi/wasm or linux/arm64/v8.\n"},
      {"FROM --platform=${TARGETPLATFORM:-wasi/wasm} scratch\n",
       "Containerfile:1:17: warning: --platform=${TARGETPLATFORM:-wasi/wasm} is redundant, "
       "because it is the default [RedundantTargetPlatform]\n"
       "  Remove it.\n"},
      {"FROM --platform=$TARGETOS/$TARGETARCH scratch\n", ""},
      {"FROM --platform='linux/amd64' scratch\n",
       "Containerfile:1:6: warning: --platform=linux/amd64 is a constant, so the file builds "
       "for one platform only [FromPlatformFlagConstDisallowed]\n"
       "  Remove it, or write --platform=$BUILDPLATFORM for a stage that only compiles.\n"},
      {"FROM --platform=linux/arm64 scratch AS linux\nFROM --platform=wasi/wasm linux\n"
       "FROM linux\nFROM --platform=linux/arm64/v8 linux AS arm64\n",
       "Containerfile:2:27: warning: the base stage \"linux\" is for linux/arm64, not for "
       "wasi/wasm [InvalidBaseImagePlatform]\n"
       "  Give both stages the same --platform.\n"},
      {"FROM scratch AS a\nFROM --platform=wasip2/wasm a\n",
       "Containerfile:2:29: warning: the base stage \"a\" is for wasi/wasm, not for wasip2/wasm "
       "[InvalidBaseImagePlatform]\n"
       "  Give both stages the same --platform.\n"},
      {"FROM --platform=$BUILDPLATFORM scratch AS a\nFROM --platform=wasi/wasm a\n", ""},
  };
  check_all(kCases);
}

TEST_CASE("SOURCE_DATE_EPOCH is a variable like others, with a number in it") {
  constexpr Case kCases[] = {
      {"ARG SOURCE_DATE_EPOCH=17\nFROM scratch\nARG SOURCE_DATE_EPOCH\n"
       "LABEL t=$SOURCE_DATE_EPOCH\n",
       ""},
      {"ARG SOURCE_DATE_EPOCH\nFROM scratch\nARG SOURCE_DATE_EPOCH\n"
       "LABEL t=$SOURCE_DATE_EPOCH\n",
       ""},
      {"ARG SOURCE_DATE_EPOCH=context\nFROM scratch\n", ""},
      {"ARG SOURCE_DATE_EPOCH=now\nFROM scratch\n",
       "Containerfile:1:23: error: SOURCE_DATE_EPOCH is \"now\", not a number of seconds since "
       "1970 [InvalidVariable]\n"
       "  Write a number from 0 to 253402300799.\n"},
  };
  check_all(kCases);
  CHECK(findings_of("ARG SOURCE_DATE_EPOCH=now\nFROM scratch\nLABEL a=$SOURCE_DATE_EPOCH\n",
                    {{{"SOURCE_DATE_EPOCH", "17"}}, ""}) ==
        "Containerfile:3:9: warning: usage of undefined variable $SOURCE_DATE_EPOCH "
        "[UndefinedVar]\n"
        "  Write ARG SOURCE_DATE_EPOCH in this stage: arguments from outside of a stage must be "
        "declared in it.\n");
  CHECK(findings_of("FROM scratch\n", {{{"SOURCE_DATE_EPOCH", "-1"}}, ""}) ==
        "Containerfile: error: SOURCE_DATE_EPOCH is \"-1\", not a number of seconds since 1970 "
        "[InvalidVariable]\n"
        "  Write a number from 0 to 253402300799.\n");
}

TEST_CASE("A stage sees what its base declares, and nothing of its siblings") {
  constexpr Case kCases[] = {
      {"FROM scratch AS a\nENV A=1\nFROM a AS b\nENV B=1 A=2\nFROM a AS c\nLABEL x=$A y=$B\n"
       "FROM b\nLABEL x=$A y=$B\nFROM scratch\nLABEL x=$A\n",
       "Containerfile:6:14: warning: usage of undefined variable $B [UndefinedVar]\n"
       "  Declare it before with ARG B or ENV B=VALUE.\n"
       "Containerfile:10:9: warning: usage of undefined variable $A [UndefinedVar]\n"
       "  Declare it before with ARG A or ENV A=VALUE.\n"},
      {"FROM alpine AS a\nFROM scratch\nLABEL x=$A\nFROM a\nLABEL x=$A\n",
       "Containerfile:3:9: warning: usage of undefined variable $A [UndefinedVar]\n"
       "  Declare it before with ARG A or ENV A=VALUE.\n"},
      {"FROM scratch\nARG TARGETOSVERSION BUILDOSVERSION\nLABEL "
       "x=$TARGETOSVERSION$BUILDOSVERSION\n",
       ""},
      {"FROM scratch\nLABEL x=$BUILDKIT_SBOM_SCAN_STAGE\n", ""},
  };
  check_all(kCases);
}

TEST_CASE("FROM and its variables") {
  constexpr Case kCases[] = {
      {"ARG VERSION=1\nFROM alpine:${VERSON}\n",
       "Containerfile:2:6: warning: FROM uses the variable \"VERSON\", which is not declared "
       "[UndefinedArgInFrom]\n"
       "  Did you mean $VERSION?\n"},
      {"FROM $base\n",
       "Containerfile:1:6: warning: FROM uses the variable \"base\", which is not declared "
       "[UndefinedArgInFrom]\n"
       "  Write ARG base=VALUE before the first FROM.\n"},
      {"ARG base\nFROM $base\n",
       "Containerfile:2:6: warning: \"$base\" is empty with the default values of its ARGs "
       "[InvalidDefaultArgInFrom]\n"
       "  Give the ARG a default value that makes a valid name.\n"},
      {"ARG tag\nFROM alpine:$tag\n",
       "Containerfile:2:6: warning: \"alpine:$tag\" is \"alpine:\" with the default values of its "
       "ARGs, which is not a valid image name [InvalidDefaultArgInFrom]\n"
       "  Give the ARG a default value that makes a valid name.\n"},
      {"ARG base=scratch\nFROM $base\n", ""},
      {"ARG base\nFROM ${base:-scratch}\n", ""},
      {"FROM scratch AS built\nFROM $TARGETARCH\n", ""},
      {"FROM --platform=$TARGETPLATFORM alpine\nFROM --platform=${TARGETPLATFORM} alpine\n",
       "Containerfile:1:17: warning: --platform=$TARGETPLATFORM is redundant, because it is the "
       "default "
       "[RedundantTargetPlatform]\n"
       "  Remove it.\n"
       "Containerfile:2:17: warning: --platform=${TARGETPLATFORM} is redundant, because it is the "
       "default "
       "[RedundantTargetPlatform]\n"
       "  Remove it.\n"},
      {"FROM --platform=linux/amd64 alpine\n",
       "Containerfile:1:17: warning: --platform=linux/amd64 is a constant, so the file builds for "
       "one platform only [FromPlatformFlagConstDisallowed]\n"
       "  Remove it, or write --platform=$BUILDPLATFORM for a stage that only compiles.\n"},
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
        "Containerfile:2:6: warning: \"$base\" is empty with the default values of its ARGs "
        "[InvalidDefaultArgInFrom]\n"
        "  Give the ARG a default value that makes a valid name.\n"
        "Containerfile:3: error: CMD is in shell form, and an image from scratch has no shell "
        "[ShellForm]\n"
        "  Write it as a JSON list, for example CMD [\"/app.wasm\", \"argument\"].\n");
}

TEST_CASE("Variables that are not set") {
  constexpr Case kCases[] = {
      {"FROM scratch\nENV NAME=app\nCOPY $NAM.wasm /\n",
       "Containerfile:3:6: warning: usage of undefined variable $NAM [UndefinedVar]\n"
       "  Did you mean $NAME?\n"},
      {"ARG NAME=app\nFROM scratch\nCOPY $NAME.wasm /\n",
       "Containerfile:3:6: warning: usage of undefined variable $NAME [UndefinedVar]\n"
       "  Write ARG NAME in this stage: arguments from outside of a stage must be declared in "
       "it.\n"},
      {"FROM scratch\nLABEL a=$TARGETARCH\n",
       "Containerfile:2:9: warning: usage of undefined variable $TARGETARCH [UndefinedVar]\n"
       "  Write ARG TARGETARCH in this stage: arguments from outside of a stage must be declared "
       "in it.\n"},
      {"FROM scratch\nENV A=1 B=$A\n",
       "Containerfile:2:11: warning: usage of undefined variable $A [UndefinedVar]\n"
       "  Declare it before with ARG A or ENV A=VALUE.\n"},
      // Once for an instruction, not with a default, not in quotes, not where a shell expands.
      {"FROM scratch\nLABEL a=$X b=$X c=${Y:-y} d='$Z' e=\\$Z\nCMD [\"$Q\"]\n",
       "Containerfile:2:9: warning: usage of undefined variable $X [UndefinedVar]\n"
       "  Declare it before with ARG X or ENV X=VALUE.\n"},
      {"FROM scratch\nCOPY <<A <<'B' /d/\n$x\nA\n$y\nB\n",
       "Containerfile:3: warning: usage of undefined variable $x "
       "[UndefinedVar]\n"
       "  Declare it before with ARG x or ENV x=VALUE.\n"},
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
       "Containerfile:2:9: warning: WORKDIR data is relative to the working directory of the base "
       "image "
       "[WorkdirRelativePath]\n"
       "  Write WORKDIR /data.\n"},
      {"FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b\n", ""},
      {"FROM alpine\nWORKDIR $HOME/b\n", ""},
      {"FROM scratch\nENV D=/d\nWORKDIR $D\n", ""},
      {"FROM scratch\nARG P=9\nEXPOSE 80/TCP 53/udp 127.0.0.1:80:8080 $P/Udp\n",
       "Containerfile:3:8: warning: the protocol of \"80/TCP\" should be lowercase "
       "[ExposeProtoCasing]\n"
       "  Write tcp, udp or sctp.\n"
       "Containerfile:3:22: warning: EXPOSE 127.0.0.1:80:8080 has an IP address or a host port, "
       "which has no effect [ExposeInvalidFormat]\n"
       "  Write EXPOSE 8080.\n"
       "Containerfile:3:40: warning: the protocol of \"9/Udp\" should be lowercase "
       "[ExposeProtoCasing]\n"
       "  Write tcp, udp or sctp.\n"},
      {"ARG API_KEY\nFROM scratch\nARG monkey\nENV db_password=x PUBLIC_KEY=y\n"
       "ENV DB_PASSWORD_FILE=/run/p KEY_VERSION=1 version_token=x file=y MY_KEYFILE=z\n",
       "Containerfile:1:5: warning: ARG API_KEY looks like a secret, which everybody who has the "
       "image can read [SecretsUsedInArgOrEnv]\n"
       "  Pass it when the image is run: modulah run --env NAME.\n"
       "Containerfile:4:5: warning: ENV db_password looks like a secret, which everybody who has "
       "the image can read [SecretsUsedInArgOrEnv]\n"
       "  Pass it when the image is run: modulah run --env NAME.\n"},
  };
  check_all(kCases);
}

TEST_CASE("COPY of what the ignore file excludes") {
  const std::string ignore = "*.log\nbuild\n!build/app.wasm\n/secret/\n";
  const auto check = [&](const std::string& copy) {
    return findings_of("FROM scratch\n" + copy + "\n", {{}, ignore});
  };
  CHECK(check("COPY ./a.log b.txt /") ==
        "Containerfile:2:6: warning: COPY source ./a.log is excluded by the ignore file "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!a.log\" to the ignore file.\n");
  CHECK(check("ADD /secret/key /") ==
        "Containerfile:2:5: warning: ADD source /secret/key is excluded by the ignore file "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!secret/key\" to the ignore file.\n");
  // Something in it comes back, a wildcard may find nothing, and others are not in the context.
  CHECK(check("COPY build /") == "");
  CHECK(check("COPY *.log /") == "");
  CHECK(check("COPY . /") == "");
  for (const char* all : {"*\n", "**\n", "a\n/**/*\n"})
    for (const char* copy : {"COPY . /", "COPY ./ /", "COPY / /"})
      CHECK(
          findings_of(std::string("FROM scratch\n") + copy + "\n", {{}, all}) ==
          "Containerfile:2:6: warning: COPY copies the build context, all of which is excluded by "
          "the ignore file [CopyIgnoredFile]\n"
          "  Add lines like \"!app.wasm\" to the ignore file.\n");
  CHECK(findings_of("FROM scratch\nCOPY . /\n", {{}, "*\n!app.wasm\n"}) == "");
  CHECK(check("COPY --from=other a.log /") == "");
  CHECK(check("ADD https://127.0.0.1/a.log /") == "");
  CHECK(check("COPY ${X:-a.log} /") ==
        "Containerfile:2:6: warning: COPY source a.log is excluded by the ignore file "
        "[CopyIgnoredFile]\n"
        "  Add the line \"!a.log\" to the ignore file.\n");
}

TEST_CASE("\"# check=\" skips rules and makes errors of warnings") {
  constexpr Case kCases[] = {
      {"# check=skip=MaintainerDeprecated, LegacyKeyValueFormat\nFROM scratch\nMAINTAINER a\n"
       "ENV A b\n",
       ""},
      {"# check=skip=all\nFROM scratch\nMAINTAINER a\nCMD /a\n", ""},
      {"# check=skip=ShellForm;error=1\nFROM scratch\nMAINTAINER a\nCMD /a\n",
       "Containerfile:3: error: MAINTAINER is deprecated [MaintainerDeprecated]\n"
       "  Write LABEL org.opencontainers.image.authors=\"a\".\n"},
      {"# check = error = F ; skip = all\nFROM scratch\nMAINTAINER a\n", ""},
      // What cannot be built is not skipped.
      {"# check=skip=all\nFROM scratch\nLABEL a=${\n",
       "Containerfile:3:9: error: \"${\" has a ${ without a \"}\" [InvalidVariable]\n"},
      // As in BuildKit, "all" is a word of its own.
      {"# check=skip=shellform,all\nFROM scratch\n",
       "Containerfile:1:9: warning: there is no rule \"all\" [CheckDirective]\n"
       "  A rule's name is in the brackets at the end of each finding.\n"
       "Containerfile:1:9: warning: there is no rule \"shellform\" [CheckDirective]\n"
       "  Did you mean ShellForm?\n"},
      {"# check=errors=1\nFROM scratch\n",
       "Containerfile:1:9: error: unknown check option \"errors\" [CheckDirective]\n"
       "  Options are skip=RULE,RULE, error=true and experimental=RULE, separated by \";\".\n"},
      {"# check=error=maybe\nFROM scratch\n",
       "Containerfile:1:9: error: check option error is \"maybe\", neither true nor false "
       "[CheckDirective]\n"
       "  Write error=true or error=false.\n"},
      {"# check=skip\nFROM scratch\n",
       "Containerfile:1:9: error: check option \"skip\" has no \"=\" [CheckDirective]\n"
       "  Options are skip=RULE,RULE, error=true and experimental=RULE, separated by \";\".\n"},
  };
  check_all(kCases);
}

TEST_CASE("\"# check=\" above an instruction is for this instruction") {
  constexpr Case kCases[] = {
      {"FROM scratch\n# check=skip=LegacyKeyValueFormat // for a test\nENV A b\nENV C d\n",
       "Containerfile:4: warning: ENV uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write ENV C=\"d\".\n"},
      {"FROM scratch\n# why it is so\n# check=skip=all\n# more\nENV TOKEN=a \\\n  KEY=b\n", ""},
      {"# Global.\n# check=skip=SecretsUsedInArgOrEnv\nARG TOKEN\n"
       "# check=skip=StageNameCasing\nFROM scratch AS A\n",
       ""},
      // It is not directly above, or another comment comes between.
      {"FROM scratch\n# check=skip=all\n\nENV A b\n",
       "Containerfile:4: warning: ENV uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write ENV A=\"b\".\n"},
      // Errors stay errors, and "error=" has no effect.
      {"FROM scratch\n# check=skip=all;error=true\nLABEL a=${\nENV A b\n",
       "Containerfile:3:9: error: \"${\" has a ${ without a \"}\" [InvalidVariable]\n"
       "Containerfile:4: warning: ENV uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write ENV A=\"b\".\n"},
      {"FROM scratch\n# check=skip=LegacyKeyValueFormats\nENV A b\n"
       "# check=skip:all\nENV C d\n",
       "Containerfile:2:3: warning: there is no rule \"LegacyKeyValueFormats\" [CheckDirective]\n"
       "  Did you mean LegacyKeyValueFormat?\n"
       "Containerfile:3: warning: ENV uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write ENV A=\"b\".\n"
       "Containerfile:4:3: warning: check option \"skip:all\" has no \"=\" [CheckDirective]\n"
       "  Options are skip=RULE,RULE, error=true and experimental=RULE, separated by \";\".\n"
       "Containerfile:5: warning: ENV uses the legacy format without \"=\" "
       "[LegacyKeyValueFormat]\n"
       "  Write ENV C=\"d\".\n"},
  };
  check_all(kCases);
}

TEST_CASE("Comments that describe stages and arguments, when asked for") {
  constexpr Case kCases[] = {
      {"# not a description\nARG A\n# neither\nFROM scratch AS base\n", ""},
      {"# check=experimental=InvalidDefinitionDescription;skip=all\n# A is one\nARG A=1\n"
       "# base is it\nFROM scratch AS Base\n# c d\nARG b c\n\n# far\n\nARG d\n# of COPY\n"
       "COPY a /\n# e\n#\nARG e\n# check=skip=all\nARG f\n",
       ""},
      {"# check=experimental=all;skip=StageNameCasing\n# a is one\nARG A=1\n"
       "# Base is it\nFROM scratch AS Base\n# definitely\nARG b c\n",
       "Containerfile:2:3: warning: comment for ARG should have the form \"# A <description>\" "
       "[InvalidDefinitionDescription]\n"
       "  Separate other comments from the instruction with an empty line.\n"
       "Containerfile:4:3: warning: comment for FROM should have the form \"# base "
       "<description>\" [InvalidDefinitionDescription]\n"
       "  Separate other comments from the instruction with an empty line.\n"
       "Containerfile:6:3: warning: comment for ARG should have the form \"# <name> "
       "<description>\" [InvalidDefinitionDescription]\n"
       "  Separate other comments from the instruction with an empty line.\n"},
  };
  check_all(kCases);
}

TEST_CASE("--build-arg BUILDKIT_DOCKERFILE_CHECK replaces the directive") {
  const auto check = [](const char* options, const char* text) {
    return findings_of(text, {{{"BUILDKIT_DOCKERFILE_CHECK", options}}, ""});
  };
  CHECK(check("error=true", "# check=skip=all\nFROM scratch\nMAINTAINER a\n") ==
        "Containerfile:3: error: MAINTAINER is deprecated [MaintainerDeprecated]\n"
        "  Write LABEL org.opencontainers.image.authors=\"a\".\n");
  CHECK(check("", "# check=error=maybe\nFROM scratch\n") == "");
  // Comments above instructions add to it.
  CHECK(check("skip=LegacyKeyValueFormat;error=T",
              "FROM scratch\n# check=skip=MaintainerDeprecated\nMAINTAINER a\nENV A b\n") == "");
  CHECK(check("error=yes", "FROM scratch\n") ==
        "Containerfile: error: --build-arg BUILDKIT_DOCKERFILE_CHECK: check option error is "
        "\"yes\", neither true nor false [CheckDirective]\n"
        "  Write error=true or error=false.\n");
}

TEST_CASE("Check options are read as BuildKit reads them") {
  using modulah::validate::parse_check_options;
  for (const char* text : {"error=1", "error=t", "error=T", "error=true", "error=TRUE",
                           "error=True", " skip=a ; error = true "})
    CHECK(parse_check_options(text).makes_errors);
  for (const char* text : {"", " ", "error=0", "error=f", "error=F", "error=false", "error=FALSE",
                           "error=False", "skip=error=true"})
    CHECK_FALSE(parse_check_options(text).makes_errors);
  for (const char* text : {"error=yes", "error=tRUE", "error=", "error", "x=1", "skip=a;", ";"})
    CHECK(modulah::test::error_of([&] { (void)parse_check_options(text); }) != "(no error)");
}

TEST_CASE("A file with syntax errors has those as findings, and the parser's warnings") {
  const auto check = [](const std::string& text) {
    const SourceText source("Containerfile", text);
    const auto parsed = modulah::containerfile::parse_all(source);
    return modulah::validate::check_syntax({parsed.file, source, parsed.warnings}, parsed);
  };
  const auto findings = check("FROM scratch\nCOPI a /\nMAINTAINER a\nCOPY a \\\n\n /\nUSER\n");
  CHECK(text_of(findings) ==
        "Containerfile:2:1: error: unknown instruction \"COPI\" [Syntax]\n"
        "  Did you mean COPY?\n"
        "Containerfile:5: warning: empty continuation line [NoEmptyContinuation]\n"
        "  Remove the line, or make it a comment.\n"
        "Containerfile:7: error: USER needs a user [Syntax]\n");
  CHECK(findings[0].excerpt == "   2 | COPI a /\n     | ^^^^");
  CHECK(findings[1].excerpt.empty());
  CHECK(text_of(check("# check=skip=all\nFROM scratch\nCOPY a \\\n\n /\nUSER\n")) ==
        "Containerfile:6: error: USER needs a user [Syntax]\n");
  std::string many = "FROM scratch\n";
  for (int i = 0; i < 30; ++i) many += "USER\n";
  CHECK(check(many).size() == 21);
  CHECK(check(many).back().message == "10 more errors are not shown");
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
