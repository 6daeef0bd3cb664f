// Expansion beyond the tables of the conformance test: patterns, errors, bounds, unset names.
#include "modulah/containerfile/expander.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::expand_word;

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name == "path") return "/usr/local/lib/x.tar.gz";
  if (name == "umlaut") return "äöü";
  if (name == "blanks") return " a  b ";
  if (name == "empty") return "";
  if (name == "star") return "a*c";
  return std::nullopt;
}

struct Case {
  const char* word;
  const char* expected;
};

std::string error_of(std::string_view word) {
  return test::error_of([&] { (void)expand_word(word, variable); });
}

}  // namespace

TEST_CASE("patterns take away the start or the end, shortest or longest") {
  constexpr Case kCases[] = {
      {"${path#*/}", "usr/local/lib/x.tar.gz"},
      {"${path##*/}", "x.tar.gz"},
      {"${path%.*}", "/usr/local/lib/x.tar"},
      {"${path%%.*}", "/usr/local/lib/x"},
      {"${path%/*}", "/usr/local/lib"},
      {"${path#/*/l}", "ocal/lib/x.tar.gz"},
      {"${path##/*/l}", "ib/x.tar.gz"},
      {"${path#nothing}", "/usr/local/lib/x.tar.gz"},
      {"${path%nothing}", "/usr/local/lib/x.tar.gz"},
      {"${umlaut#?}", "öü"},
      {"${umlaut%?}", "äö"},
      {"${umlaut%%*}", ""},
      {"${star#a\\*}", "c"},
      {"${star%\\*?}", "a"},
      {"${missing#*}", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.word);
    CHECK(expand_word(c.word, variable).text == c.expected);
  }
}

TEST_CASE("matches are replaced, the first or all") {
  constexpr Case kCases[] = {
      {"${path/l/L}", "/usr/Local/lib/x.tar.gz"},
      {"${path//l/L}", "/usr/LocaL/Lib/x.tar.gz"},
      {"${path//\\//-}", "-usr-local-lib-x.tar.gz"},
      {"${path/.*/}", "/usr/local/lib/x"},
      {"${umlaut//?/x}", "xxx"},
      {"${umlaut/*/-$star}", "-a*c"},
      {"${path//zz/y}", "/usr/local/lib/x.tar.gz"},
      {"${empty//x/y}", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.word);
    CHECK(expand_word(c.word, variable).text == c.expected);
  }
}

TEST_CASE("the forms with and without a colon differ for an empty variable") {
  constexpr Case kCases[] = {
      {"${empty:-x}", "x"}, {"${empty-x}", ""},    {"${empty:+x}", ""},  {"${empty+x}", "x"},
      {"${empty?x}", ""},   {"${missing-x}", "x"}, {"${missing+x}", ""}, {"${star:?x}", "a*c"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.word);
    CHECK(expand_word(c.word, variable).text == c.expected);
  }
}

TEST_CASE("what cannot be expanded is refused") {
  constexpr Case kCases[] = {
      {"${", "\"${\" has a ${ without a \"}\""},
      {"${path", "\"${path\" has a ${ without a \"}\""},
      {"${path:", "\"${path:\" has a ${ without a \"}\""},
      {"${path:-", "\"${path:-\" has a ${ without a \"}\""},
      {"${path/x", "\"${path/x\" has a ${ without a \"/\""},
      {"${path/x/y", "\"${path/x/y\" has a ${ without a \"}\""},
      {"${}", "\"${}\" has a ${ without a name"},
      {"${.x}", "\"${.x}\" has a ${ without a name"},
      {"${path=x}",
       "\"${path=x}\" has the unsupported modifier \"=\" after path; supported are - + ? # % / :- "
       ":+ "
       ":?"},
      {"${path:=x}",
       "\"${path:=x}\" has the unsupported modifier \":=\" after path; supported are - + ? # % / "
       ":- "
       ":+ :?"},
      // Patterns have no form with a colon, in BuildKit and in buildah.
      {"${path:#x}",
       "\"${path:#x}\" has the unsupported modifier \":#\" after path; supported are - + ? # % / "
       ":- "
       ":+ :?"},
      {"${path:##x}",
       "\"${path:##x}\" has the unsupported modifier \":#\" after path; supported are - + ? # % / "
       ":- "
       ":+ :?"},
      {"${path:%x}",
       "\"${path:%x}\" has the unsupported modifier \":%\" after path; supported are - + ? # % / "
       ":- "
       ":+ :?"},
      {"a${none:%%x}",
       "\"a${none:%%x}\" has the unsupported modifier \":%\" after none; supported are - + ? # % / "
       ":- :+ :?"},
      {"${path:/a/b}",
       "\"${path:/a/b}\" has the unsupported modifier \":/\" after path; supported are - + ? # % / "
       ":- :+ :?"},
      {"'x", "\"'x\" has an unterminated single quote"},
      {"\"x", "\"\"x\" has an unterminated double quote"},
      {"${missing?}", "variable \"missing\" is not set"},
      {"${empty:?}", "variable \"empty\" is empty"},
      {"${missing:?give it with --build-arg}", "variable \"missing\": give it with --build-arg"},
      {"${path#\\a}", "pattern \"\\a\" has a \"\\\" before another character than * ? \\ } /"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.word);
    CHECK(error_of(c.word) == c.expected);
  }
}

TEST_CASE("expansion is bounded") {
  std::string deep = "x";
  for (int i = 0; i < containerfile::kMaxExpansionDepth; ++i) deep = "${m:-" + deep + "}";
  CHECK(error_of(deep) ==
        "\"${m:-${m:-${m:-${m:-${m:-${m:-${m:-${m:-${m:-${m:-${m:-${m:-…\" has more than 100 ${…} "
        "nested inside each other");
  const auto large = [](std::string_view) { return std::optional(std::string(9'000'000, 'x')); };
  CHECK(test::error_of([&] { (void)expand_word("$a$a", large); }) ==
        "\"$a$a\" expands to more than 16777216 bytes");
  CHECK(test::error_of([&] { (void)expand_word("${a//x/yy}", large); }) ==
        "replacement by \"yy\" expands to more than 16777216 bytes");
  const std::string pattern(5000, 'p');
  CHECK(error_of("${path#" + pattern + "}") ==
        "pattern \"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…\" has 5000 bytes, "
        "more than 4096");
}

TEST_CASE("missing variables are reported, once each") {
  using Strings = std::vector<std::string>;
  CHECK(expand_word("$b ${a} $b $star", variable).unset == Strings{"b", "a"});
  CHECK(expand_word("${a:-$b} ${c+x} ${path:-$d} ${e+$f}", variable).unset == Strings{"b"});
  CHECK(expand_word("${a#x}", variable).unset == Strings{"a"});
  CHECK(containerfile::expand_words("$a $b", variable).unset == Strings{"a", "b"});
  CHECK(expand_word("'$a' \\$b", variable).unset.empty());
}

TEST_CASE("the escape character is that of the directive") {
  CHECK(expand_word("`$path \\x", variable, '`').text == "$path \\x");
  CHECK(expand_word("\"a`\"b\"", variable, '`').text == "a\"b");
}

TEST_CASE("words are split where blanks are not quoted") {
  using Strings = std::vector<std::string>;
  CHECK(containerfile::expand_words("x$blanks\"y z\"", variable).words ==
        Strings{"x", "a", "b", "y z"});
  CHECK(containerfile::expand_words("$empty \"\"", variable).words.empty());
}

TEST_CASE("a here-document expands variables and keeps quotes") {
  containerfile::HereDocument document;
  document.lines = "\t'$star' \"${missing:-x}\" \\$star\n";
  CHECK(containerfile::expand_document(document, variable).text == "\t'a*c' \"x\" $star\n");
  document.strips_tabs = true;
  CHECK(containerfile::expand_document(document, variable).text == "'a*c' \"x\" $star\n");
  document.expands = false;
  CHECK(containerfile::expand_document(document, variable).text == document.content());
}
