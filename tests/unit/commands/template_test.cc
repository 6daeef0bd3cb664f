// Templates of --format do what Go's text/template does with the same record.
#include "templates/template.h"

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "modulah/base/error.h"

#include "modulah_test/catch.h"
#include "template.h"

using namespace modulah;
using namespace modulah::cli;
using Json = nlohmann::ordered_json;

namespace {

Json record() {
  return Json::parse(R"({
    "ID": "0123456789abcdef", "Size": 4500000, "Ratio": 1.5, "Empty": "", "Nothing": null,
    "Names": ["localhost/a:1", "b"], "None": [], "Dangling": false,
    "Labels": {"b": "2", "a": "1", "a.b": "dotted"},
    "Config": {"Cmd": ["/app.wasm", "x"], "Healthcheck": {"Test": ["NONE"]}}})");
}

std::string fill(const std::string& text) { return templates::Template(text).fill(record()); }

/// "MESSAGE\nEXCERPT" of the error.
std::string failure(const std::string& text) {
  try {
    return "no error: " + fill(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message() + "\n" + error.excerpt();
  }
}

struct Case {
  const char* text;
  const char* expected;
};

void check_all(std::span<const Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(fill(c.text) == c.expected);
  }
}

}  // namespace

TEST_CASE("fields are printed as Go prints them") {
  constexpr Case kCases[] = {
      {"{{.ID}}:{{ .Size }}", "0123456789abcdef:4500000"},
      {"{{.Names}} {{.None}} {{.Config.Cmd}}", "[localhost/a:1 b] [] [/app.wasm x]"},
      {"{{.Labels}}", "map[a:1 a.b:dotted b:2]"},
      {"{{.Ratio}} {{.Dangling}} {{.Nothing}}", "1.5 false <no value>"},
      {"{{json .Labels}}", R"({"b":"2","a":"1","a.b":"dotted"})"},
      {"{{.Labels.a}}{{.Labels.missing}}", "1<no value>"},
      {"a\\tb\\nc", "a\tb\nc"},
      {"{{\"a\\tb\"}}{{`c\\td`}}", "a\tbc\\td"},
      {"{{$.ID}}{{(index .Names 1)}}", "0123456789abcdefb"},

  };
  check_all(kCases);
}

TEST_CASE("if, with and range, with else and variables") {
  constexpr Case kCases[] = {
      {"{{if .Empty}}a{{else}}b{{end}}", "b"},
      {"{{if .Empty}}a{{else if .None}}b{{else if .ID}}c{{else}}d{{end}}", "c"},
      {"{{if and .ID (gt .Size 100) (not .Dangling)}}yes{{end}}", "yes"},
      {"{{with .Config}}{{.Cmd}}{{$.ID}}{{end}}", "[/app.wasm x]0123456789abcdef"},
      {"{{with .Empty}}a{{else}}{{.ID}}{{end}}", "0123456789abcdef"},
      {"{{with .Empty}}a{{else with .ID}}{{.}}{{end}}", "0123456789abcdef"},
      {"{{with $x := .ID}}{{$x}}{{end}}", "0123456789abcdef"},
      {"{{range .Names}}<{{.}}>{{end}}", "<localhost/a:1><b>"},
      {"{{range $n := .Names}}<{{$n}}>{{end}}", "<localhost/a:1><b>"},
      {"{{range $i, $n := .Names}}{{if $i}}, {{end}}{{$i}}={{$n}}{{end}}", "0=localhost/a:1, 1=b"},
      {"{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "a=1;a.b=dotted;b=2;"},
      {"{{range .None}}x{{else}}none{{end}}{{range .Nothing}}x{{else}}nil{{end}}", "nonenil"},
      {"{{range .Names}}{{.}}{{break}}{{end}}", "localhost/a:1"},
      {"{{range .Names}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "localhost/a:1"},
      {"{{$n := 1}}{{range .Names}}{{$n = .}}{{end}}{{$n}}", "b"},
      {"{{$n := 1}}{{if .ID}}{{$n := 2}}{{$n}}{{end}}{{$n}}", "21"},
  };
  check_all(kCases);
}

TEST_CASE("blanks are trimmed and comments left out") {
  constexpr Case kCases[] = {
      {"a {{- .Size -}} \n b", "a4500000b"},
      {"a {{/* {{no}} */}} b", "a  b"},
      {"a {{- /* x */ -}} b", "ab"},
      {"{{-3}} {{ -3 }}", "-3 -3"},
      {"{{range .Names -}} x {{- end}}", "xx"},
  };
  check_all(kCases);
}

TEST_CASE("comparisons and logic") {
  constexpr Case kCases[] = {
      {"{{eq .Size 4500000}} {{eq .ID \"x\" \"0123456789abcdef\"}} {{ne 1 2}}", "true true true"},
      {"{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 2}}", "true true true false"},
      {"{{or .Empty .Nothing \"x\"}} {{and .ID .Empty}}|{{not .None}}", "x |true"},
      {"{{or .ID (index .Names 99)}}", "0123456789abcdef"},
      {"{{eq .Nothing nil}} {{true}}", "true true"},
  };
  check_all(kCases);
}

TEST_CASE("functions of lists and texts") {
  constexpr Case kCases[] = {
      {"{{len .Names}} {{len .ID}} {{.Labels | len}}", "2 16 3"},
      {"{{index .Labels \"a.b\"}} {{index .Names 1}} {{index .Config.Cmd 0}}",
       "dotted b /app.wasm"},
      {"{{index .Labels \"missing\"}}", "<no value>"},
      {"{{index .Labels}}", "map[a:1 a.b:dotted b:2]"},
      {"{{join .Names \",\"}} {{.Names | join \"+\"}}", "localhost/a:1,b localhost/a:1+b"},
      {"{{split \"a/b/c\" \"/\"}} {{len (split \"é2\" \"\")}}", "[a b c] 2"},
      {"{{upper \"ab\"}} {{lower \"AB\"}} {{title \"one two\"}}", "AB ab One Two"},
      {"{{truncate .ID 4}} {{truncate \"ab\" 9}} {{slice .ID 2 4}} {{slice .Names 1}}",
       "0123 ab 23 [b]"},
      {"[{{pad \"x\" 1 2}}] [{{pad \"\" 1 2}}]", "[ x  ] []"},
      {"{{print 1 2 \"a\" 3}} {{println 1 2}}", "1 2a3 1 2\n"},
      {"{{.ID | printf \"%.4s-%s\" \"abcdef\" | upper}}", "ABCD-0123456789ABCDEF"},
  };
  check_all(kCases);
}

TEST_CASE("printf has Go's verbs") {
  constexpr Case kCases[] = {
      {"{{printf \"%s|%5s|%-5s|%q|%v\" \"a\" \"b\" \"c\" \"d\" .Names}}",
       "a|    b|c    |\"d\"|[localhost/a:1 b]"},
      {"{{printf \"%d|%5d|%05d|%+d|%x|%X|%o|%b\" 1 2 -3 4 255 255 8 5}}",
       "1|    2|-0003|+4|ff|FF|10|101"},
      {"{{printf \"%.2f|%8.1f|%e|%g\" .Ratio .Ratio .Ratio .Ratio}}",
       "1.50|     1.5|1.500000e+00|1.5"},
      {"{{printf \"%t %c %% %x %v\" true 233 \"hi\" nil}}", "true é % 6869 <nil>"},
  };
  check_all(kCases);
}

TEST_CASE("mistakes are shown at their place") {
  constexpr Case kCases[] = {
      {"{{.Tag}} {{.Repo}}",
       "template:1:3: there is no field \"Tag\"\n   1 | {{.Tag}} {{.Repo}}\n     |   ^^^^"},
      {"a\n{{.Config.Cmdd}}",
       "template:2:10: there is no field \"Cmdd\"\n   2 | {{.Config.Cmdd}}\n     |          ^^^^^"},
      {"{{.ID", "template:1:1: action is not closed\n   1 | {{.ID\n     | ^^"},
      {"{{/* a }}", "template:1:1: comment is not closed\n   1 | {{/* a }}\n     | ^^^^"},
      {"{{\"a}}", "template:1:3: string is not closed\n   1 | {{\"a}}\n     |   ^"},
      {"{{\"\\q\"}}",
       "template:1:4: unknown escape in the string\n   1 | {{\"\\q\"}}\n     |    ^^"},
      {"{{if .ID}}a", "template:1:3: {{if}} has no {{end}}\n   1 | {{if .ID}}a\n     |   ^^"},
      {"a{{end}}", "template:1:2: unexpected {{end}}\n   1 | a{{end}}\n     |  ^^"},
      {"{{if .ID}}{{else}}{{else}}{{end}}",
       "template:1:13: {{if}} has a second {{else}}\n   1 | {{if .ID}}{{else}}{{else}}{{end}}\n"
       "     |             ^^^^"},
      {"{{}}", "template:1:3: a value is missing\n   1 | {{}}\n     |   ^^"},
      {"{{foo .ID}}", "template:1:3: unknown function \"foo\"\n   1 | {{foo .ID}}\n     |   ^^^"},
      {"{{$x}}", "template:1:3: undefined variable \"$x\"\n   1 | {{$x}}\n     |   ^^"},
      {"{{.ID .Size}}",
       "template:1:3: not a function, and cannot have arguments\n   1 | {{.ID .Size}}\n     |   "
       "^^^"},
      {"{{len}}", "template:1:3: len has 0 arguments, not 1\n   1 | {{len}}\n     |   ^^^"},
      {"{{eq 1}}", "template:1:3: eq has 1 argument, not 2 or more\n   1 | {{eq 1}}\n     |   ^^"},
      {"{{eq 1 \"a\"}}",
       "template:1:3: a number cannot be compared with a text\n   1 | {{eq 1 \"a\"}}\n     |   ^^"},
      {"{{index .Names 2}}",
       "template:1:3: index 2 is out of range: the list has 2 entries\n   1 | {{index .Names "
       "2}}\n     |   ^^^^^"},
      {"{{range .ID}}{{end}}",
       "template:1:9: range cannot iterate over a text\n   1 | {{range .ID}}{{end}}\n     |        "
       " "
       "^^^"},
      {"{{printf \"%d\" \"a\"}}",
       "template:1:3: verb %d does not fit a text\n   1 | {{printf \"%d\" \"a\"}}\n     |   "
       "^^^^^^"},
      {"{{template \"x\"}}",
       "template:1:3: {{template}} is not supported\n   1 | {{template \"x\"}}\n     |   ^^^^^^^^"},
      {"{{break}}",
       "template:1:3: {{break}} is outside of a range\n   1 | {{break}}\n     |   ^^^^^"},
      {"{{.ID.x}}",
       "template:1:6: there is no field \"x\" in a text\n   1 | {{.ID.x}}\n     |      ^^"},
      {"{{12x}}", "template:1:3: \"12x\" is not a number\n   1 | {{12x}}\n     |   ^^^"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    CHECK(failure(c.text) == c.expected);
  }
}

TEST_CASE("a template cannot run for ever or grow without end") {
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += "{{if .ID}}";
  CHECK(failure(deep).starts_with("template:1:503: template is nested too deeply"));
  CHECK(
      failure("{{" + std::string(60, '(') + "}}").starts_with("template:1:53: template is nested"));
  CHECK(failure(std::string(70'000, 'x')).starts_with("template has 70000 bytes, more than 65536"));
  std::string loops = "{{$l := split \"" + std::string(200, 'x') + "\" \"\"}}";
  for (int i = 0; i < 4; ++i) loops += "{{range $l}}";
  for (int i = 0; i < 4; ++i) loops += "{{end}}";
  CHECK(failure(loops).find("template takes more than 1000000 steps") != std::string::npos);
  std::string doubled = "{{$x := \"0123456789abcdef\"}}";
  for (int i = 0; i < 30; ++i) doubled += "{{$x = print $x $x}}";
  CHECK(failure(doubled).find("the template's output exceeds 16 MB") != std::string::npos);
  CHECK(failure("{{printf \"%99999d\" 1}}").find("exceeds 10000") != std::string::npos);
}

TEST_CASE("a list is filled row by row, as a whole, or as a table") {
  const std::vector<Json> rows = {{{"ID", "1"}, {"Names", {"a", "b"}}},
                                  {{"ID", "22"}, {"Names", Json::array()}}};
  const Json headings = {{"ID", "IMAGE ID"}, {"Names", "NAMES"}};
  CHECK(fill_rows("{{.ID}}", rows, headings) == "1\n22\n");
  CHECK(fill_rows("{{.ID}}\\n", rows, headings) == "1\n22\n");
  CHECK(fill_rows("{{range .}}{{.ID}};{{end}}", rows, headings) == "1;22;\n");
  CHECK(fill_rows("table {{.ID}} {{json .Names}}", rows, headings) ==
        "IMAGE ID  NAMES\n1         [\"a\",\"b\"]\n22        []\n");
  CHECK(fill_rows("table {{.ID}}:{{.ID}}\\t{{range .Names}}{{.}}{{end}}", rows, nullptr) ==
        "1:1    ab\n22:22\n");
  CHECK(fill_rows("table {{.ID}}:{{.ID}}\\t{{if .Names}}{{len .Names}}{{end}}", {}, headings) ==
        "IMAGE ID:IMAGE ID  NAMES\n");
}
