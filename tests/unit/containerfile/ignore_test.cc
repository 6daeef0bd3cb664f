// Ignore rules, walks and wildcards beyond the tables of the conformance test.
#include "modulah/containerfile/ignore.h"

#include <chrono>

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::Glob;
using containerfile::IgnoreRules;
using containerfile::Pattern;

namespace {

/// Goes down to `path` and lists which of its directories may be skipped, e.g. "a/b", or "".
std::string skipped(std::string_view rules_text, const std::string& path) {
  const IgnoreRules rules = IgnoreRules::parse(rules_text);
  IgnoreRules::Directory directory;
  for (std::size_t slash = 0; (slash = path.find('/', slash)) != std::string::npos; ++slash) {
    directory = rules.enter(path.substr(0, slash), directory);
    if (rules.can_skip(path.substr(0, slash), directory)) return path.substr(0, slash);
  }
  return "";
}

std::string error_of(const char* pattern) {
  return test::error_of([&] { (void)Pattern(pattern); });
}

}  // namespace

TEST_CASE("the last rule that matches decides") {
  const IgnoreRules rules = IgnoreRules::parse(
      "\xEF\xBB\xBF# build\n"
      "target/\r\n"
      "  *.log\n"
      "!keep.log\n"
      " # no comment\n"
      "!target/wasm/**/app.wasm\n"
      "target/wasm/old\n");
  CHECK(rules.patterns().size() == 6);
  CHECK(rules.matches("target"));
  CHECK(rules.matches("target/debug/app"));
  CHECK_FALSE(rules.matches("target/wasm/app.wasm"));
  CHECK_FALSE(rules.matches("target/wasm/a/b/app.wasm"));
  CHECK(rules.matches("target/wasm/old/app.wasm"));
  CHECK(rules.matches("x.log"));
  CHECK_FALSE(rules.matches("sub/x.log"));
  CHECK_FALSE(rules.matches("keep.log"));
  CHECK(rules.matches("# no comment"));
  CHECK_FALSE(rules.matches("targets"));
}

TEST_CASE("no rule and the context itself ignore nothing") {
  CHECK(IgnoreRules().empty());
  CHECK_FALSE(IgnoreRules().matches("a"));
  const IgnoreRules all = IgnoreRules::parse("**\n");
  CHECK_FALSE(all.matches("."));
  CHECK_FALSE(all.matches(""));
  CHECK(all.matches("a/b"));
}

TEST_CASE("a walk leaves out what no later rule takes back") {
  CHECK(skipped("a", "a/b/c") == "a");
  CHECK(skipped("a\n!x", "a/b/c") == "a");
  CHECK(skipped("a\n!a/b", "a/b/c") == "");
  CHECK(skipped("!a/b\na", "a/b/c") == "a");
  CHECK(skipped("*\n!a/*/x", "a/b/c/d") == "a/b/c");
  CHECK(skipped("*\n!**/x", "a/b/c") == "");
  CHECK(skipped("**\n!src/**", "lib/a/b") == "lib");
  CHECK(skipped("**\n!src/**", "src/a/b") == "");
  CHECK(skipped("a\n!ab*/x", "a/b/c") == "a");
}

TEST_CASE("a double star may begin within a name") {
  CHECK(Pattern("*x**/b").matches("1x2xb"));
  CHECK(Pattern("a**b").matches("ab"));
  CHECK(Pattern("a**b").matches("a1/2/b"));
  CHECK_FALSE(Pattern("a**b").matches("a1b"));
  CHECK(Pattern("a/**/b").matches("a/b"));
  CHECK(Pattern("a/**/b").matches("a/x/y/b"));
  CHECK_FALSE(Pattern("a/**/b").matches("ab"));
  CHECK(Pattern("**/*.o").matches("a/b/c.o"));
  CHECK_FALSE(Pattern("**/*.o").matches("a/b/c.o/d"));
}

TEST_CASE("malformed patterns are refused, with their line in a file") {
  struct Case {
    const char* pattern;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"!", "pattern \"!\" re-includes nothing"},
      {"a[", "pattern \"a[\" has an unterminated \"[\""},
      {"[a", "pattern \"[a\" has an unterminated \"[\""},
      {"[]a]", "pattern \"[]a]\" has a \"]\" in \"[…]\" that needs a \"\\\" before it"},
      {"[-a]", "pattern \"[-a]\" has a \"-\" in \"[…]\" that needs a \"\\\" before it"},
      {"[z-a]", "pattern \"[z-a]\" has a range in \"[…]\" that ends before it starts"},
      {"a\\", "pattern \"a\\\" ends with a \"\\\" that escapes nothing"},
  };
  for (const Case& c : kCases) CHECK(error_of(c.pattern) == c.message);
  CHECK(test::error_of([] { (void)IgnoreRules::parse("a\n\n  b[\n", ".dockerignore"); }) ==
        ".dockerignore:3: pattern \"b[\" has an unterminated \"[\"");
}

TEST_CASE("the time of a match does not explode with the number of stars") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  pattern += "b/**/c*d?";
  const std::string path(4000, 'a');
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(Pattern(pattern).matches(path));
  CHECK_FALSE(Glob(pattern).matches(path));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("a Glob stays within names") {
  CHECK(Glob::is_wildcard("a*"));
  CHECK(Glob::is_wildcard("a[b]"));
  CHECK(Glob::is_wildcard("a\\\\*"));
  CHECK_FALSE(Glob::is_wildcard("a\\*"));
  CHECK(Glob::unescape("a\\*b\\\\c\\") == "a*b\\c\\");
  CHECK_FALSE(Glob::is_wildcard("a/b.wasm"));
  CHECK(Glob("dist/*.wasm").matches("dist/a.wasm"));
  CHECK_FALSE(Glob("dist/*.wasm").matches("dist/a/b.wasm"));
  CHECK_FALSE(Glob("a[^b]c").matches("a/c"));
  CHECK(Glob("**/x").matches("a/x"));
  CHECK_FALSE(Glob("**/x").matches("a/b/x"));
  CHECK(Glob("arr[[]0].txt").matches("arr[0].txt"));
  CHECK(Glob("a/b/c*/d").literal_directory() == "a/b");
  CHECK(Glob("*.wasm").literal_directory().empty());
  CHECK(Glob("a/b/c*/d").depth() == 4);
}

TEST_CASE("paths are cleaned as Go cleans them") {
  struct Case {
    const char* path;
    const char* cleaned;
  };
  constexpr Case kCases[] = {
      {"", "."},         {"a//b/./c/", "a/b/c"}, {"a/../b", "b"},
      {"../a/..", ".."}, {"/../a", "/a"},        {"/", "/"},
      {"./", "."},       {"a/..", "."},
  };
  for (const Case& c : kCases) CHECK(containerfile::clean_path(c.path) == c.cleaned);
}
