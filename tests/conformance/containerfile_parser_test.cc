// The low tree against BuildKit's own cases: words, JSON form, lines, and files with their trees.
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/printer.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::SourceText;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<nlohmann::json> read_table(const std::string& name) {
  const auto path = test::find_corpus("buildkit-parser/" + name);
  if (!path) return std::nullopt;
  return nlohmann::json::parse(read(*path));
}

std::vector<std::string> args_of(const std::string& text) {
  const auto nodes = containerfile::parse_nodes(SourceText("Containerfile", text));
  std::vector<std::string> args;
  for (const auto& arg : nodes.nodes.at(0).args) args.push_back(arg.text);
  return args;
}

}  // namespace

TEST_CASE("files give the trees that BuildKit gives") {
  const auto folder = test::find_corpus("buildkit-parser/testfiles");
  if (!folder) return;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename();
    CAPTURE(name);
    const SourceText source(name, read(entry.path() / "Dockerfile"));
    CHECK(containerfile::dump(containerfile::parse_nodes(source)) == read(entry.path() / "result"));
    ++count;
  }
  CHECK(count == 33);
}

TEST_CASE("files that BuildKit refuses are refused") {
  const auto folder = test::find_corpus("buildkit-parser/testfiles-negative");
  if (!folder) return;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename();
    CAPTURE(name);
    const SourceText source(name, read(entry.path() / "Dockerfile"));
    CHECK(test::kind_of_error([&] { (void)containerfile::parse_nodes(source); }) == "invalid");
    ++count;
  }
  CHECK(count == 4);
}

TEST_CASE("instructions are on the lines where BuildKit sees them") {
  const auto folder = test::find_corpus("buildkit-parser/testfile-line");
  if (!folder) return;
  const auto expected = nlohmann::json::parse(read(*folder / "expected.json"));
  const SourceText source("Containerfile", read(*folder / "Dockerfile"));
  const auto nodes = containerfile::parse_nodes(source).nodes;
  REQUIRE(nodes.size() == expected["children"].size());
  CHECK(nodes.front().span.line == expected["ast_start"].get<unsigned>());
  CHECK(nodes.back().span.end_line == expected["ast_end"].get<unsigned>());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    CHECK(nodes[i].span.line == expected["children"][i][0].get<unsigned>());
    CHECK(nodes[i].span.end_line == expected["children"][i][1].get<unsigned>());
  }
}

TEST_CASE("the JSON form is read as BuildKit reads it") {
  const auto table = read_table("json_form.json");
  if (!table) return;
  for (const auto& [input, expected] : (*table)["valid"].items()) {
    CAPTURE(input);
    CHECK(args_of("CMD " + input) == expected.get<std::vector<std::string>>());
    CHECK(containerfile::parse_nodes(SourceText("f", "CMD " + input)).nodes.at(0).is_json);
  }
  for (const auto& row : (*table)["invalid"]) {
    const std::string input = row;
    CAPTURE(input);
    CHECK(test::error_of([&] { (void)args_of("CMD " + input); }) ==
          "Containerfile:1:5: CMD: element 2 of the JSON list is not a string in double quotes");
  }
}

TEST_CASE("words are split as BuildKit splits them") {
  const auto table = read_table("parse_words.json");
  if (!table) return;
  for (const auto& row : *table) {
    const std::string input = row["input"];
    CAPTURE(input);
    CHECK(args_of("ARG " + input) == row["words"].get<std::vector<std::string>>());
  }
  CHECK(table->size() == 8);
}
