// All syntax errors of a text are found in one go, and none that another one causes.
#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::parse_all;
using containerfile::ParseResult;
using containerfile::SourceText;

namespace {

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<std::string> messages;
  for (const Error& error : parse_all(SourceText("F", text)).errors)
    messages.push_back(error.message());
  return messages;
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("parsing goes on after an error, and errors come in the order of the text") {
  const ParseResult result =
      parse_all(SourceText("F",
                           "FROM scratch\nCOPI a /\nLABEL a=1 b\nENV\nCOPY --form=x a /\n"
                           "RUN [\"a\", 1]\nCOPY ok /\nWORKDIR a\\\n\n /b\nUSER\n"));
  Messages messages;
  for (const Error& error : result.errors) messages.push_back(error.message());
  CHECK(messages ==
        Messages{"F:2:1: unknown instruction \"COPI\"", "F:3:11: LABEL: \"b\" has no \"=\"",
                 "F:4: ENV needs name=value", "F:5:6: COPY has no flag \"--form\"",
                 "F:6:5: RUN: element 2 of the JSON list is not a string in double quotes",
                 "F:11: USER needs a user"});
  CHECK(result.errors[0].hint() == "Did you mean COPY?");
  CHECK(result.errors[0].excerpt() == "   2 | COPI a /\n     | ^^^^");
  CHECK(result.errors[3].excerpt() == "   5 | COPY --form=x a /\n     |      ^^^^^^^^");
  CHECK(result.further_errors == 0);
  // Warnings and what is right are kept.
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].span.line == 9);
  REQUIRE(result.file.stages.size() == 1);
  CHECK(result.file.stages[0].instructions.size() == 2);
}

TEST_CASE("a mistake in or before FROM is not reported again for what follows") {
  CHECK(errors_of("FORM scratch\nCOPY a /\nCMD [\"/a\"]\n") ==
        Messages{"F:1:1: unknown instruction \"FORM\""});
  CHECK(errors_of("FROM scratch AS\nCOPY a /\nCOPY\n") ==
        Messages{"F:1:14: FROM takes IMAGE or IMAGE AS NAME",
                 "F:3: COPY needs a source and a destination"});
  CHECK(errors_of("COPY a /\nCOPY b /\nCMD [\"/a\"]\nFROM scratch\n") ==
        Messages{"F:1:1: COPY before the first FROM"});
  CHECK(errors_of("ARG =1\nCOPY a /\n") == Messages{"F:1:5: ARG: the name before \"=\" is empty",
                                                    "F:2:1: COPY before the first FROM"});
}

TEST_CASE("the lines of a here-document are not parsed as instructions") {
  CHECK(errors_of("FROM scratch\nCOPI <<A <<-B /\nx\nA\ny\n\tB\nUSER\n") ==
        Messages{"F:2:1: unknown instruction \"COPI\"", "F:7: USER needs a user"});
  CHECK(errors_of("FROM scratch\nCOPY --from <<A /\nx\nA\nUSER\n") ==
        Messages{"F:2:6: flag \"--from\" has no value", "F:5: USER needs a user"});
  // Not terminated: up to the line that was meant, or to the end.
  CHECK(errors_of("FROM scratch\nCOPY <<A /\nx\n A\nUSER\n") ==
        Messages{"F:2: here-document \"A\" is not terminated", "F:5: USER needs a user"});
  CHECK(errors_of("FROM scratch\nCOPY <<A /\nx\nUSER\n") ==
        Messages{"F:2: here-document \"A\" is not terminated"});
  // An unknown instruction is not known to have documents.
  CHECK(errors_of("FROM scratch\nECHO <<A\nUSER\n") ==
        Messages{"F:2:1: unknown instruction \"ECHO\"", "F:3: USER needs a user"});
}

TEST_CASE("errors in directives do not hide other errors or repeat") {
  CHECK(errors_of("# escape=x\n# check=a\n# check=b\nFROM\n") ==
        Messages{"F:1:10: escape \"x\" is neither \"\\\" nor \"`\"",
                 "F:3:9: directive \"check\" is repeated", "F:4: FROM needs an image"});
  CHECK(errors_of("") == Messages{"F: the file has no instructions"});
  CHECK(errors_of(std::string("FROM\n\0", 6)).size() == 1);
  CHECK(errors_of("ARG a\n") == Messages{"F: there is no FROM"});
}

TEST_CASE("parse() throws one error as it is, and several together") {
  const auto thrown = [](const std::string& text) {
    Messages messages;
    try {
      (void)containerfile::parse(SourceText("F", text));
    } catch (const containerfile::SourceErrors& errors) {
      for (const Error& error : errors.all()) messages.push_back(error.message());
    } catch (const Error& error) {
      messages = {"one: " + error.message()};
    }
    return messages;
  };
  CHECK(thrown("FROM\n") == Messages{"one: F:1: FROM needs an image"});
  CHECK(thrown("FROM\nUSER\n") == Messages{"F:1: FROM needs an image", "F:2: USER needs a user"});
  CHECK(test::error_of([] { (void)containerfile::parse(SourceText("F", "FROM\nUSER\n")); }) ==
        "F:1: FROM needs an image");

  const auto users = [](std::size_t count) {
    std::string text = "FROM scratch\n";
    for (std::size_t i = 0; i < count; ++i) text += "USER\n";
    return text;
  };
  CHECK(thrown(users(containerfile::kMaxSyntaxErrors)).size() == containerfile::kMaxSyntaxErrors);
  CHECK(thrown(users(containerfile::kMaxSyntaxErrors + 1)).back() == "1 more error is not shown");
  CHECK(thrown(users(50)).back() == "30 more errors are not shown");
  CHECK(thrown(users(50))[19] == "F:21: USER needs a user");
  CHECK(thrown(users(100'000)).back() == "at least 80 more errors are not shown");
}

TEST_CASE("warnings are given also when parsing throws") {
  std::vector<containerfile::Warning> warnings;
  CHECK(test::error_of([&] {
          (void)containerfile::parse(SourceText("F", "FROM scratch\nCOPY a \\\n\n /\nUSER\n"),
                                     &warnings);
        }) == "F:5: USER needs a user");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].rule == "NoEmptyContinuation");
}

TEST_CASE("comments directly above an instruction belong to it") {
  const auto file = parse_all(SourceText("F",
                                         "#!/usr/bin/env modulah\n# escape=\\\n# check=skip=all\n"
                                         "# of a\n#of b  \nARG a\n"
                                         "# far away\n\n# base is it\nFROM scratch AS base\n"
                                         "# above\n#\n  #  below\n USER a\\\n# within\n b\n"
                                         "USER c\n"))
                        .file;
  const auto texts = [](const std::vector<containerfile::Text>& comments) {
    Messages result;
    for (const containerfile::Text& text : comments) result.push_back(text.text);
    return result;
  };
  CHECK(texts(file.global_args.at(0).comments) == Messages{"of a", "of b"});
  CHECK(texts(file.stages.at(0).from.comments) == Messages{"base is it"});
  const auto& users = file.stages[0].instructions;
  CHECK(texts(users.at(0).comments) == Messages{"below"});
  CHECK(users[0].comments[0].span == containerfile::Span{13, 13, 6, 5});
  CHECK(texts(users.at(1).comments).empty());
}
