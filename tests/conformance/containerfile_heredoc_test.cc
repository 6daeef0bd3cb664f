// Here-documents against BuildKit's own cases.
#include <fstream>

#include <nlohmann/json.hpp>

#include "modulah/containerfile/parser.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"

using namespace modulah;
using nlohmann::json;

namespace {

std::optional<json> read_table(const std::string& name) {
  const auto path = test::find_corpus("buildkit-heredoc/" + name);
  if (!path) return std::nullopt;
  std::ifstream file(*path);
  return json::parse(file);
}

/// The second instruction of a file that begins with FROM scratch.
template <typename T>
T instruction_of(const std::string& text) {
  const auto file =
      containerfile::parse(containerfile::SourceText("Containerfile", "FROM scratch\n" + text));
  return std::get<T>(file.stages.at(0).instructions.at(0).value);
}

std::vector<std::string> names_of(const std::string& line) {
  std::string text = line + "\n";
  // Each name may end what it announces; none does when the line announces nothing.
  for (const char* name : {"EOF", "-EOF", "EOF2"}) text += std::string(name) + "\n";
  std::vector<std::string> names;
  const auto nodes = containerfile::parse_nodes(containerfile::SourceText("f", text));
  for (const auto& document : nodes.nodes.at(0).documents) names.push_back(document.name);
  return names;
}

}  // namespace

TEST_CASE("a word is a here-document where BuildKit says so") {
  const auto table = read_table("words.json");
  if (!table) return;
  for (const std::string word : (*table)["valid_name_is_EOF"]) {
    CAPTURE(word);
    const auto document = containerfile::parse_here_document(word);
    REQUIRE(document);
    CHECK(document->name == "EOF");
  }
  for (const std::string word : (*table)["error"]) {
    CAPTURE(word);
    CHECK(test::kind_of_error([&] { (void)containerfile::parse_here_document(word); }) ==
          "invalid");
  }
  for (const std::string word : (*table)["not_a_heredoc"]) {
    CAPTURE(word);
    CHECK_FALSE(containerfile::parse_here_document(word));
  }
  for (const json& row : (*table)["from_line"]) {
    const std::string line = row["line"];
    CAPTURE(line);
    std::vector<std::string> expected;
    if (!row["heredocNames"].is_null()) expected = row["heredocNames"].get<decltype(expected)>();
    CHECK(names_of(line) == expected);
  }
  for (const std::string line : (*table)["json_form_has_no_heredoc"]) {
    CAPTURE(line);
    CHECK(names_of(line).empty());
  }
  containerfile::HereDocument document;
  document.strips_tabs = true;
  document.lines = (*table)["chomp"]["input"].get<std::string>();
  CHECK(document.content() == (*table)["chomp"]["expected"].get<std::string>());
}

TEST_CASE("COPY has the sources that BuildKit sees") {
  const auto table = read_table("instructions.json");
  if (!table) return;
  for (const json& row : (*table)["copy"]) {
    const std::string text = row["dockerfile"];
    CAPTURE(text);
    const auto copy = instruction_of<containerfile::Copy>(text);
    const json& expected = row["sourcesAndDest"];
    CHECK(copy.destination.text == expected["DestPath"].get<std::string>());
    std::vector<std::string> sources;
    for (const auto& source : copy.sources) sources.push_back(source.text);
    CHECK(sources == expected.value("SourcePaths", std::vector<std::string>()));
    const json contents = expected.value("SourceContents", json::array());
    REQUIRE(copy.documents.size() == contents.size());
    for (std::size_t i = 0; i < contents.size(); ++i) {
      CHECK(copy.documents[i].name == contents[i]["Path"].get<std::string>());
      CHECK(copy.documents[i].content() == contents[i]["Data"].get<std::string>());
      CHECK(copy.documents[i].expands == contents[i]["Expand"].get<bool>());
    }
  }
}

TEST_CASE("RUN has the command and the files that BuildKit sees") {
  const auto table = read_table("instructions.json");
  if (!table) return;
  for (const json& row : (*table)["run"]) {
    const std::string text = row["dockerfile"];
    CAPTURE(text);
    const auto run = instruction_of<containerfile::Run>(text);
    CHECK(run.command.is_shell == row["shell"].get<bool>());
    CHECK(run.command.args == row["command"].get<std::vector<std::string>>());
    const json files = row.value("files", json::array());
    REQUIRE(run.documents.size() == files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      CHECK(run.documents[i].name == files[i]["Name"].get<std::string>());
      CHECK(run.documents[i].lines == files[i]["Data"].get<std::string>());
      CHECK(run.documents[i].strips_tabs == files[i].value("Chomp", false));
    }
  }
}

TEST_CASE("a here-document is not a destination") {
  const auto table = read_table("instructions.json");
  if (!table) return;
  for (const json& row : (*table)["error"])
    CHECK(test::error_of([&] {
            (void)instruction_of<containerfile::Copy>(row["dockerfile"].get<std::string>());
          }) == "Containerfile:2:11: COPY cannot copy to the here-document \"<<EOF\"");
}
