// Canonical texts, the dump, and excerpts.
#include "modulah/containerfile/printer.h"

#include "modulah_test/catch.h"

using namespace modulah;
using containerfile::SourceText;

namespace {

std::string canonical(const std::string& text) {
  const auto file = containerfile::parse(SourceText("F", "FROM scratch\n" + text));
  return to_text(file.stages.at(0).instructions.at(0));
}

}  // namespace

TEST_CASE("instructions have one canonical text, which reads as itself") {
  struct Case {
    const char* written;
    const char* canonical;
  };
  constexpr Case kCases[] = {
      {"copy  --chmod=755   --from=a\\\n  x   /y", "COPY --from=a --chmod=755 x /y"},
      {"COPY --exclude='a b' --link=true --parents x /y",
       "COPY --link --exclude=\"a b\" --parents x /y"},
      {"COPY [ \"a b\",\"/c\" ]", "COPY [\"a b\",\"/c\"]"},
      {"COPY [\"a\", \"/c\"]", "COPY a /c"},
      {"COPY [\"<<E\", \"/c\"]", "COPY [\"<<E\",\"/c\"]"},
      {"COPY -- --x /c", "COPY [\"--x\",\"/c\"]"},
      {"CMD -- --help", "CMD -- --help"},
      {"add --unpack=false --checksum=x a /b", "ADD --checksum=x --unpack=false a /b"},
      {"run --mount=type=tmpfs a   b", "RUN --mount=type=tmpfs a   b"},
      {"env a=1   b=\"x y\"", "ENV a=1 b=\"x y\""},
      {"ENV a   1 2", "ENV a 1 2"},
      {"LABEL a=b", "LABEL a=b"},
      {"arg a  b=c", "ARG a b=c"},
      {"cmd [ \"a\", \"\\u0062\" ]", "CMD [\"a\",\"b\"]"},
      {"CMD a 'b'", "CMD a 'b'"},
      {"entrypoint []", "ENTRYPOINT []"},
      {"workdir /a", "WORKDIR /a"},
      {"user 1:2", "USER 1:2"},
      {"expose  80   81", "EXPOSE 80 81"},
      {"VOLUME /a /b", "VOLUME [\"/a\",\"/b\"]"},
      {"stopsignal 9", "STOPSIGNAL 9"},
      {"healthcheck none", "HEALTHCHECK NONE"},
      {"HEALTHCHECK --retries=2 --interval=60s --timeout=1ms cmd a",
       "HEALTHCHECK --interval=60s --timeout=1000000ns --retries=2 CMD a"},
      {"shell [\"a\"]", "SHELL [\"a\"]"},
      {"onbuild copy a  /b", "ONBUILD COPY a /b"},
      {"maintainer me", "MAINTAINER me"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.written);
    CHECK(canonical(c.written) == c.canonical);
    CHECK(canonical(c.canonical) == c.canonical);
  }
  CHECK(canonical("COPY <<-'E' a <<F /b\nE\nF") == "COPY <<-'E' <<F a /b");
}

TEST_CASE("FROM has a canonical text") {
  const auto file = containerfile::parse(SourceText("F", "from --platform=a/b  x  as Y"));
  CHECK(to_text(file.stages[0].from) == "FROM --platform=a/b x AS Y");
}

TEST_CASE("the dump quotes as Go does") {
  const auto nodes =
      containerfile::parse_nodes(SourceText("F", "CMD \a\x7f\xff\xC2\x85 é ♥\"\\\nONBUILD"));
  CHECK(dump(nodes) == "(cmd \"\\a\\x7f\\xff\\u0085 é ♥\\\"ONBUILD\")\n");
}

TEST_CASE("an excerpt shows at most four lines and cuts long ones") {
  const SourceText source("F", "a\nb\nc\nd\ne\n" + std::string(200, 'x'));
  CHECK(source.excerpt({1, 5, 0, 0}) == "   1 | a\n   2 | b\n   3 | c\n   4 | d");
  CHECK(source.excerpt({6, 6, 3, 2}) == "   6 | " + std::string(160, 'x') + "…\n     |   ^^");
  CHECK(source.excerpt({}).empty());
  CHECK(source.excerpt({9, 9, 1, 1}).empty());
  CHECK(source.place({2, 2, 0, 0}) == "F:2");
  CHECK(source.place({2, 2, 5, 0}) == "F:2:5");
  CHECK(source.place({}) == "F");
  CHECK(source.line_count() == 6);
}
