// The typed tree.
#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace std::chrono_literals;
using containerfile::File;
using containerfile::SourceText;
using containerfile::Span;

namespace {

File parse(const std::string& text) { return containerfile::parse(SourceText("F", text)); }

/// The only instruction of a file "FROM scratch" and `text`.
template <typename T>
T one(const std::string& text) {
  const File file = parse("FROM scratch\n" + text);
  REQUIRE(file.stages.at(0).instructions.size() == 1);
  return std::get<T>(file.stages[0].instructions[0].value);
}

std::vector<std::string> texts(const std::vector<containerfile::Text>& list) {
  std::vector<std::string> result;
  for (const auto& text : list) result.push_back(text.text);
  return result;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("stages have an image, a platform and a name") {
  const File file = parse(
      "ARG tag=1 other\n"
      "FROM --platform=wasi/wasm base:$tag aS Builder\n"
      "run make\n"
      "FROM scratch\n"
      "COPY --from=builder /a /b\n");
  REQUIRE(file.global_args.size() == 1);
  REQUIRE(file.stages.size() == 2);
  const containerfile::Stage& first = file.stages[0];
  CHECK(first.from.image.text == "base:$tag");
  CHECK(first.from.image.span == Span{2, 2, 27, 9});
  CHECK(first.from.platform->text == "wasi/wasm");
  CHECK(first.from.platform->span == Span{2, 2, 17, 9});
  CHECK(first.from.alias->text == "Builder");
  CHECK(first.from.as_keyword == "aS");
  CHECK(first.instructions[0].keyword.text == "run");
  CHECK(name_of(first.instructions[0]) == "RUN");
  CHECK_FALSE(file.stages[1].from.alias);
}

TEST_CASE("COPY has all its flags") {
  const auto copy = one<containerfile::Copy>(
      "COPY --from=a --chown=1:2 --chmod=u=rwX --link --parents --exclude=*.md --exclude=\"a b\" "
      "x y /z/");
  CHECK(copy.from->text == "a");
  CHECK(copy.chown->text == "1:2");
  CHECK(copy.chmod->text == "u=rwX");
  CHECK(copy.is_link);
  CHECK(copy.keeps_parents);
  CHECK(texts(copy.exclude) == Strings{"*.md", "a b"});
  CHECK(texts(copy.sources) == Strings{"x", "y"});
  CHECK(copy.destination.text == "/z/");
}

TEST_CASE("ADD has all its flags") {
  const auto add = one<containerfile::Add>(
      "ADD --checksum=sha256:00 --keep-git-dir --unpack=FALSE --link=false [\"a b\", \"/c\"]");
  CHECK(add.checksum->text == "sha256:00");
  CHECK(add.keeps_git_dir == true);
  CHECK(add.unpacks == false);
  CHECK_FALSE(add.is_link);
  CHECK(texts(add.sources) == Strings{"a b"});
  CHECK_FALSE(one<containerfile::Add>("ADD a b").unpacks);
}

TEST_CASE("two dashes end the flags") {
  const auto copy = one<containerfile::Copy>("COPY --link -- --chown=x /a");
  CHECK(texts(copy.sources) == Strings{"--chown=x"});
}

TEST_CASE("here-documents are sources and their names may have blanks") {
  const auto copy = one<containerfile::Copy>(
      "COPY a <<-\"b c\" << d /e/\n"
      "\tone\n"
      "\tb c\n"
      "# two\\\r\n"
      "\n"
      "d\n");
  CHECK(texts(copy.sources) == Strings{"a"});
  REQUIRE(copy.documents.size() == 2);
  CHECK(copy.documents[0].name == "b c");
  CHECK(copy.documents[0].lines == "\tone\n");
  CHECK(copy.documents[0].content() == "one\n");
  CHECK_FALSE(copy.documents[0].expands);
  CHECK(copy.documents[0].span == Span{3, 3, 0, 0});
  CHECK(copy.documents[1].name == "d");
  CHECK(copy.documents[1].content() == "# two\\\r\n\n");
  CHECK(copy.documents[1].expands);
  CHECK(copy.destination.text == "/e/");
}

TEST_CASE("in quotes and in the JSON form there is no here-document") {
  CHECK(texts(one<containerfile::Copy>("COPY \"<<E\" /a").sources) == Strings{"\"<<E\""});
  CHECK(texts(one<containerfile::Copy>("COPY [\"<<E\", \"/a\"]").sources) == Strings{"<<E"});
  CHECK(one<containerfile::Run>("RUN cat <<<E").documents.empty());
  CHECK(one<containerfile::Run>("RUN cat 3<<E\nE").documents[0].file_descriptor == 3U);
}

TEST_CASE("commands have two forms, and one that was meant to be the other") {
  const auto exec = one<containerfile::Cmd>("CMD [\"/app.wasm\", \"a b\"]").command;
  CHECK_FALSE(exec.is_shell);
  CHECK(exec.args == Strings{"/app.wasm", "a b"});
  const auto shell = one<containerfile::Entrypoint>("ENTRYPOINT  a \"b\" ").command;
  CHECK(shell.is_shell);
  CHECK(shell.args == Strings{"a \"b\""});
  CHECK_FALSE(shell.is_broken_json);
  CHECK(one<containerfile::Cmd>("CMD ['/app.wasm']").command.is_broken_json);
  CHECK(one<containerfile::Cmd>("CMD").command.args.empty());
  CHECK(one<containerfile::Cmd>("CMD []").command.args.empty());
}

TEST_CASE("RUN has all its flags") {
  const auto run = one<containerfile::Run>(
      "RUN --mount=type=cache,target=/a --mount=type=tmpfs,target=/b --network=none "
      "--security=sandbox --device=x make all");
  CHECK(texts(run.mounts) == Strings{"type=cache,target=/a", "type=tmpfs,target=/b"});
  CHECK(run.network->text == "none");
  CHECK(run.security->text == "sandbox");
  CHECK(texts(run.devices) == Strings{"x"});
  CHECK(run.command.args == Strings{"make all"});
}

TEST_CASE("ENV, LABEL and ARG have pairs") {
  const auto env = one<containerfile::Env>("ENV a=1 \\\n  b=\"x y\"");
  REQUIRE(env.pairs.size() == 2);
  CHECK_FALSE(env.is_legacy);
  CHECK(env.pairs[1].name.text == "b");
  CHECK(env.pairs[1].value.text == "\"x y\"");
  CHECK(env.pairs[1].value.span == Span{3, 3, 5, 5});
  const auto label = one<containerfile::Label>("LABEL a  b = c");
  CHECK(label.is_legacy);
  CHECK(label.pairs[0].value.text == "b = c");
  const auto arg = one<containerfile::Arg>("ARG a b= c=d");
  REQUIRE(arg.names.size() == 3);
  CHECK_FALSE(arg.names[0].value);
  CHECK(arg.names[1].value->text.empty());
  CHECK(arg.names[2].name.text == "c");
  CHECK(arg.names[2].value->span == Span{2, 2, 12, 1});
}

TEST_CASE("HEALTHCHECK has its times") {
  const auto check = one<containerfile::Healthcheck>(
      "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0 --start-interval=1h "
      "--retries=3 cmd [\"/x\"]");
  CHECK_FALSE(check.is_none);
  CHECK(check.interval == 90s);
  CHECK(check.timeout == 500ms);
  CHECK(check.start_period == 0s);
  CHECK(check.start_interval == 1h);
  CHECK(check.retries == 3U);
  CHECK(check.command.args == Strings{"/x"});
  CHECK(one<containerfile::Healthcheck>("HEALTHCHECK none").is_none);
}

TEST_CASE("the small instructions have their words") {
  CHECK(one<containerfile::Workdir>("WORKDIR /a b ").path.text == "/a b");
  CHECK(one<containerfile::User>("USER 1:2").user.text == "1:2");
  CHECK(texts(one<containerfile::Expose>("EXPOSE 80  81/udp").ports) == Strings{"80", "81/udp"});
  CHECK(texts(one<containerfile::Volume>("VOLUME /a /b").paths) == Strings{"/a", "/b"});
  CHECK(one<containerfile::StopSignal>("STOPSIGNAL SIGTERM").signal.text == "SIGTERM");
  CHECK(one<containerfile::Shell>("SHELL [\"a\", \"-c\"]").args == Strings{"a", "-c"});
  CHECK(one<containerfile::Maintainer>("MAINTAINER a b").name.text == "a b");
}

TEST_CASE("ONBUILD keeps its instruction as text that can be read again") {
  const auto onbuild = one<containerfile::OnBuild>("OnBuild copy <<E \\\n  /a\nx\nE");
  CHECK(onbuild.text.text == "copy <<E   /a\nx\nE");
  REQUIRE(onbuild.inner.size() == 1);
  const auto again = containerfile::parse_trigger(SourceText("t", onbuild.text.text));
  CHECK(std::get<containerfile::Copy>(again.value).documents[0].content() == "x\n");
}

TEST_CASE("lines go on after an escape, over comments and empty lines") {
  std::vector<containerfile::Warning> warnings;
  const File file = containerfile::parse(
      SourceText("F",
                 "\xEF\xBB\xBF"
                 "FROM scratch\r\nRUN a \\ \r\n  # no\r\n\r\n  b \\\\\r\nRUN c \\"),
      &warnings);
  const auto& instructions = file.stages[0].instructions;
  REQUIRE(instructions.size() == 2);
  CHECK(instructions[0].text == "RUN a   b \\\\");
  CHECK(instructions[0].span == Span{2, 5, 0, 0});
  CHECK(instructions[1].text == "RUN c");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].rule == "NoEmptyContinuation");
  CHECK(warnings[0].span == Span{4, 4, 0, 0});
  CHECK(warnings[0].message == "empty continuation line");
}

TEST_CASE("the escape directive changes continuation and quoting") {
  const File file = parse("# escape=`\nFROM scratch\nENV a=b` c `\n d=e\\\nRUN x");
  REQUIRE(file.stages[0].instructions.size() == 2);
  CHECK(file.directives.escape == '`');
  const auto& env = std::get<containerfile::Env>(file.stages[0].instructions[0].value);
  CHECK(env.pairs[0].value.text == "b` c");
  CHECK(env.pairs[1].value.text == "e\\");
}

TEST_CASE("a comment or an empty line ends the directives") {
  CHECK(parse("# note\n# escape=`\nFROM scratch").directives.escape == '\\');
  CHECK(parse("\n# escape=`\nFROM scratch").directives.escape == '\\');
  const auto directives = parse("# check=skip=all\n# syntax=a b\nFROM scratch").directives;
  CHECK(directives.check->text == "skip=all");
  CHECK(directives.check->span == Span{1, 1, 9, 8});
  CHECK(directives.syntax->text == "a b");
}

TEST_CASE("a large file is read in time that grows with its size only") {
  std::string text = "FROM scratch\n";
  for (int i = 0; i < 20'000; ++i) text += "ENV a=b \\\n  c=\"d e\"\n";
  CHECK(parse(text).stages[0].instructions.size() == 20'000);
  CHECK(one<containerfile::Run>("RUN " + std::string(1'000'000, 'x')).command.args[0].size() ==
        1'000'000);
  std::string deep = "CMD ";
  deep.append(100'000, '[');
  CHECK(one<containerfile::Cmd>(deep).command.is_broken_json);
}
