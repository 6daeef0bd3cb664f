// Ignore rules and wildcards against the cases of moby's patternmatcher.
#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/containerfile/ignore.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::Glob;
using containerfile::IgnoreRules;
using containerfile::Pattern;

namespace {

using Strings = std::vector<std::string>;

std::optional<nlohmann::json> read_table(const std::string& name) {
  const auto path = test::find_corpus("patternmatcher/" + name);
  if (!path) return std::nullopt;
  std::ifstream file(*path);
  return nlohmann::json::parse(file);
}

std::string name_of(Pattern::Kind kind) {
  switch (kind) {
    case Pattern::Kind::exact:
      return "exactMatch";
    case Pattern::Kind::prefix:
      return "prefixMatch";
    case Pattern::Kind::suffix:
      return "suffixMatch";
    case Pattern::Kind::wildcard:
      return "regexpMatch";
  }
  return "";
}

/// The answer of a walk that goes down to `path`.
bool matches_walking(const IgnoreRules& rules, const std::string& path) {
  IgnoreRules::Directory directory;
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    directory = rules.enter(path.substr(0, slash), directory);
  return rules.matches(path, directory);
}

}  // namespace

TEST_CASE("paths match as moby matches them, asked at once and while walking") {
  const auto table = read_table("matches.json");
  if (!table) return;
  int count = 0;
  for (const auto& row : *table) {
    const auto patterns = row["patterns"].get<Strings>();
    CAPTURE(row.dump());
    ++count;
    if (!row["error"].is_null()) {
      CHECK(test::kind_of_error([&] { (void)IgnoreRules::from_patterns(patterns); }) == "invalid");
      continue;
    }
    const std::string path = containerfile::clean_path(row["path"].get<std::string>());
    const IgnoreRules rules = IgnoreRules::from_patterns(patterns);
    CHECK(rules.matches(path) == row["expected"].get<bool>());
    CHECK(matches_walking(rules, path) == row["expected"].get<bool>());
  }
  CHECK(count == 138);
}

TEST_CASE("a Glob matches as filepath.Match does") {
  const auto table = read_table("matches.json");
  if (!table) return;
  int count = 0;
  for (const auto& row : *table) {
    const std::string pattern = row["patterns"].empty() ? "" : row["patterns"][0];
    if (row["group"] != "TestMatch") continue;
    CAPTURE(row.dump());
    ++count;
    if (!row["error"].is_null()) {
      CHECK(test::kind_of_error([&] { (void)Glob(pattern); }) == "invalid");
      continue;
    }
    // The one row in which patternmatcher differs from filepath.Match: a parent matches.
    const bool expected = row["expected"].get<bool>() &&
                          !(pattern == "a*" && row["path"].get<std::string>() == "ab/c");
    CHECK(Glob(pattern).matches(row["path"].get<std::string>()) == expected);
  }
  CHECK(count == 54);
}

TEST_CASE("patterns are compared in the way that moby found cheapest") {
  const auto table = read_table("compile.json");
  if (!table) return;
  for (const auto& row : *table) {
    const std::string text = row["pattern"];
    CAPTURE(text);
    CHECK(name_of(Pattern(text).kind()) == row["matchType"].get<std::string>());
  }
  CHECK(table->size() == 21);
}

TEST_CASE("an ignore file is read as moby reads it") {
  const auto table = read_table("ignorefile.json");
  if (!table) return;
  CHECK(containerfile::read_ignore_file((*table)["content"].get<std::string>()) ==
        (*table)["expected"].get<Strings>());
}

TEST_CASE("patterns are cleaned as moby cleans them") {
  const auto table = read_table("cleanpatterns.json");
  if (!table) return;
  for (const auto& row : (*table)["clean_patterns"])
    CHECK(IgnoreRules::from_patterns(row[0].get<Strings>()).patterns().size() ==
          row[1].get<std::size_t>());
  for (const auto& row : (*table)["exclusions"]) {
    const IgnoreRules rules = IgnoreRules::from_patterns(row.get<Strings>());
    CHECK(std::any_of(rules.patterns().begin(), rules.patterns().end(),
                      [](const Pattern& pattern) { return pattern.reincludes(); }));
  }
  for (const auto& row : (*table)["error"])
    CHECK(test::error_of([&] { (void)IgnoreRules::from_patterns(row.get<Strings>()); }) ==
          "pattern \"!\" re-includes nothing");
}
