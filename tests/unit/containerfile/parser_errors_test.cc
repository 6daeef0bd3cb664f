// Every error of the parser: the whole message, with its place, and the hint.
#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::SourceText;

namespace {

struct Case {
  std::string text;  ///< After "FROM scratch\n".
  std::string message;
  std::string hint;
};

std::string hint_of(const std::string& text) {
  try {
    (void)containerfile::parse(SourceText("F", text));
  } catch (const Error& error) {
    return error.hint();
  }
  return "(no error)";
}

void check(const std::string& text, const std::string& message, const std::string& hint) {
  CAPTURE(text);
  CHECK(test::error_of([&] { (void)containerfile::parse(SourceText("F", text)); }) == message);
  CHECK(hint_of(text) == hint);
}

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) check("FROM scratch\n" + c.text, c.message, c.hint);
}

}  // namespace

TEST_CASE("a file that is not a Containerfile is rejected") {
  check("", "F: the file has no instructions",
        "A Containerfile begins with FROM, e.g. FROM scratch.");
  check("# nothing\n\n", "F: the file has no instructions",
        "A Containerfile begins with FROM, e.g. FROM scratch.");
  check("ARG a\n", "F: there is no FROM", "Without a base image, write FROM scratch.");
  check("ARG a\nCOPY a /\nFROM scratch", "F:2:1: COPY before the first FROM",
        "Only ARG may come before FROM. Without a base image, write FROM scratch.");
  check(std::string("FROM scratch\nCOPY \0 /", 21),
        "F:2: there is a NUL byte, so this is not a text file", "");
  check(std::string(containerfile::kMaxSourceBytes + 1, '#'),
        "F: the file has 16777217 bytes, and at most 16777216 are read", "");
}

TEST_CASE("a wrong directive is refused") {
  check("# escape=x\nFROM scratch", "F:1:10: escape \"x\" is neither \"\\\" nor \"`\"", "");
  check("# escape=`\n#  Escape = `\nFROM scratch", "F:2:13: directive \"escape\" is repeated", "");
  check("# syntax=a\n# syntax=b\nFROM scratch", "F:2:10: directive \"syntax\" is repeated", "");
  check("# check=a\n# check=b\nFROM scratch", "F:2:9: directive \"check\" is repeated", "");
}

TEST_CASE("an unknown instruction is refused, with the nearest one") {
  check_all({
      {"COPPY a /b", "F:2:1: unknown instruction \"COPPY\"", "Did you mean COPY?"},
      {"  entrypiont x", "F:2:3: unknown instruction \"entrypiont\"", "Did you mean ENTRYPOINT?"},
      {"wholly", "F:2:1: unknown instruction \"wholly\"",
       "Supported instructions are ADD, ARG, CMD, COPY, ENTRYPOINT, ENV, EXPOSE, FROM, "
       "HEALTHCHECK, LABEL, "
       "ONBUILD, RUN, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR."},
      {"ONBUILD RUNN x", "F:2:9: unknown instruction \"RUNN\"", "Did you mean RUN?"},
      {"\x1b[31mX", "F:2:1: unknown instruction \"?[31mX\"",
       "Supported instructions are ADD, ARG, CMD, COPY, ENTRYPOINT, ENV, EXPOSE, FROM, "
       "HEALTHCHECK, LABEL, "
       "ONBUILD, RUN, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR."},
  });
}

TEST_CASE("wrong flags are refused") {
  check_all({
      {"COPY --form=a b /c", "F:2:6: COPY has no flag \"--form\"", "Did you mean --from?"},
      {"COPY --zzzzzzzz b /c", "F:2:6: COPY has no flag \"--zzzzzzzz\"",
       "Supported flags are --from, --chown, --chmod, --link, --parents, --exclude."},
      {"USER --x a", "F:2:6: USER has no flag \"--x\"", "USER does not take flags."},
      {"CMD --help", "F:2:5: CMD has no flag \"--help\"",
       "Words of the command that begin with -- need the JSON form, e.g. CMD [\"--help\"]."},
      {"COPY --from=a --from=b c /d", "F:2:15: flag \"--from\" is repeated", ""},
      {"COPY --chown b /c", "F:2:6: flag \"--chown\" has no value", "Write --chown=VALUE."},
      {"COPY --link=maybe b /c", "F:2:13: flag \"--link\" is \"maybe\", not true or false", ""},
      {"ADD \\\n  --unpack= b /c", "F:3:12: flag \"--unpack\" is \"\", not true or false", ""},
      {"ARG --x", "F:2:5: ARG has no flag \"--x\"", "ARG does not take flags."},
      {"SHELL --x []", "F:2:7: SHELL has no flag \"--x\"", "SHELL does not take flags."},
      {"ONBUILD --x RUN a", "F:2:9: ONBUILD has no flag \"--x\"", "ONBUILD does not take flags."},
      {"RUN --mont=a b", "F:2:5: RUN has no flag \"--mont\"", "Did you mean --mount?"},
      {"FROM --platfrom=a b", "F:2:6: FROM has no flag \"--platfrom\"", "Did you mean --platform?"},
  });
}

TEST_CASE("instructions without what they need are refused") {
  const std::string from = "Write FROM IMAGE or FROM IMAGE AS NAME.";
  check_all({
      {"FROM", "F:2: FROM needs an image", from},
      {"FROM a b", "F:2:8: FROM takes IMAGE or IMAGE AS NAME", from},
      {"COPY", "F:2: COPY needs a source and a destination", "Write COPY SOURCE... DESTINATION."},
      {"ADD a", "F:2:5: ADD needs a source and a destination, and there is only \"a\"",
       "Write ADD SOURCE... DESTINATION."},
      {"COPY a <<E\nE", "F:2:8: COPY cannot copy to the here-document \"<<E\"",
       "The last word is the destination: a path in the image."},
      {"RUN", "F:2: RUN needs a command", ""},
      {"ENV", "F:2: ENV needs name=value", ""},
      {"LABEL", "F:2: LABEL needs name=value", ""},
      {"ENV PATH", "F:2:5: ENV: \"PATH\" has no value",
       "Write ENV PATH=value, or ENV PATH= for an empty one."},
      {"ENV a=1 b", "F:2:9: ENV: \"b\" has no \"=\"",
       "Write ENV name=value, and quote values that contain spaces."},
      {"LABEL =b", "F:2:7: LABEL: the name before \"=\" is empty", ""},
      {"ARG", "F:2: ARG needs a name, or name=value", ""},
      {"ARG =b", "F:2:5: ARG: the name before \"=\" is empty", ""},
      {"WORKDIR", "F:2: WORKDIR needs a path", ""},
      {"USER", "F:2: USER needs a user", ""},
      {"STOPSIGNAL", "F:2: STOPSIGNAL needs a signal", ""},
      {"MAINTAINER", "F:2: MAINTAINER needs a name", ""},
      {"EXPOSE", "F:2: EXPOSE needs a port", ""},
      {"VOLUME", "F:2: VOLUME needs a path", ""},
      {"VOLUME [\"a\", \" \"]", "F:2:14: VOLUME: a path is empty", ""},
      {"SHELL /bin/sh -c", "F:2: SHELL needs a JSON list with at least one string",
       "For example: SHELL [\"/bin/sh\", \"-c\"]."},
      {"SHELL []", "F:2: SHELL needs a JSON list with at least one string",
       "For example: SHELL [\"/bin/sh\", \"-c\"]."},
      {"ONBUILD", "F:2: ONBUILD needs an instruction", ""},
      {"ONBUILD FROM a", "F:2:9: FROM is not allowed in ONBUILD", ""},
      {"ONBUILD maintainer a", "F:2:9: MAINTAINER is not allowed in ONBUILD", ""},
      {"ONBUILD ONBUILD RUN a", "F:2:9: ONBUILD is not allowed in ONBUILD", ""},
      {"CMD [\"a\", 1]", "F:2:5: CMD: element 2 of the JSON list is not a string in double quotes",
       ""},
  });
}

TEST_CASE("a wrong HEALTHCHECK is refused") {
  const std::string hint = "Write HEALTHCHECK CMD and a command, or HEALTHCHECK NONE.";
  const std::string unit = "Write a number with a unit, e.g. 500ms, 30s or 1m30s.";
  check_all({
      {"HEALTHCHECK", "F:2: HEALTHCHECK needs CMD and a command, or NONE", hint},
      {"HEALTHCHECK CMD", "F:2:13: HEALTHCHECK CMD has no command", hint},
      {"HEALTHCHECK NOE", "F:2:13: HEALTHCHECK \"NOE\" is neither CMD nor NONE", hint},
      {"HEALTHCHECK NONE x", "F:2:18: HEALTHCHECK NONE does not take arguments", ""},
      {"HEALTHCHECK --retries=1 NONE", "F:2:13: HEALTHCHECK NONE does not take arguments", ""},
      {"HEALTHCHECK --timeout=1x CMD a",
       "F:2:23: duration \"1x\" is missing a unit (ns, us, ms, s, m or h)", unit},
      {"HEALTHCHECK --timeout=1us CMD a",
       "F:2:23: --timeout is \"1us\", less than the minimum of 1ms", "Use 0 for the default."},
      {"HEALTHCHECK --interval=-1s CMD a",
       "F:2:24: --interval is \"-1s\", less than the minimum of 1ms", "Use 0 for the default."},
      {"HEALTHCHECK --retries=-1 CMD a", "F:2:23: --retries is \"-1\", not a number of at least 0",
       ""},
  });
}

TEST_CASE("a here-document without an end is refused") {
  check_all({
      {"COPY <<EOF /a\nx\n", "F:2: here-document \"EOF\" is not terminated",
       "End it with a line that contains only EOF."},
      {"COPY <<EOF /a\nx\n  EOF\n", "F:2: here-document \"EOF\" is not terminated",
       "Line 4 has spaces around EOF; the name must be alone on its line."},
      {"ONBUILD RUN <<A <<B\nA\n", "F:2: here-document \"B\" is not terminated",
       "End it with a line that contains only B."},
  });
  CHECK(test::error_of([] { (void)containerfile::parse_here_document("<<'E"); }) ==
        "here-document \"<<'E\" has a quote that is not closed");
}

TEST_CASE("a trigger is one instruction that may be one") {
  const auto error = [](const char* text) {
    return test::error_of([&] { (void)containerfile::parse_trigger(SourceText("t", text)); });
  };
  CHECK(error("COPY . /") == "(no error)");
  CHECK(error("FROM a") == "t:1:1: FROM is not allowed in ONBUILD");
  CHECK(error("ONBUILD RUN a") == "t:1:1: ONBUILD is not allowed in ONBUILD");
  CHECK(error("RUN a\nRUN b") == "t:2: there is more than one instruction");
}

TEST_CASE("an error shows the line and marks the place") {
  try {
    (void)containerfile::parse(SourceText("F", "FROM scratch\nCOPY\t--form=é a /b\n"));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.excerpt() ==
          "   2 | COPY\t--form=é a /b\n"
          "     |     \t^^^^^^^^");
  }
}
