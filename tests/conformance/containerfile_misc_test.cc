// Directives, ports and errors against BuildKit's own cases.
#include <cstdio>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/values.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"
#include "modulah_test/errors.h"

using namespace modulah;
using containerfile::SourceText;
using nlohmann::json;

namespace {

std::optional<json> read_table(const std::string& name) {
  const auto path = test::find_corpus("buildkit-misc/" + name);
  if (!path) return std::nullopt;
  std::ifstream file(*path);
  return json::parse(file);
}

/// Cases in which BuildKit fails and the language alone does not, with the reason. A case that
/// fails in the parser after all fails the test, so that the list stays true.
const std::map<std::string, std::string> kDeviations = {
    {"invalidsyntax", "# syntax names a frontend to load; none is loaded, the language is ours"},
    {"invalidrun", "the command fails when it runs, which is up to the builder"},
    {"invalidcopy", "the file is missing in the context, which is up to the builder"},
    {"invalidcopyfrom", "the stage is looked for when the build is planned"},
    {"invalidmultiline", "the command fails when it runs, which is up to the builder"},
};

/// Does the text fail, and does the message name this line?
bool fails_at_line(const std::string& text, std::size_t line) {
  const std::string message =
      test::error_of([&] { (void)containerfile::parse(SourceText("F", text)); });
  return message.rfind("F:" + std::to_string(line) + ":", 0) == 0;
}

/// The lines of the instruction (or directive) that begins at `line`.
std::vector<std::size_t> lines_at(const std::string& text, std::size_t line) {
  const containerfile::File file = containerfile::parse(SourceText("F", text));
  std::vector<std::size_t> lines;
  if (file.directives.syntax && file.directives.syntax->span.line == line) return {line};
  for (const auto& instruction : file.stages.at(0).instructions)
    if (instruction.span.line == line)
      for (std::size_t i = line; i <= instruction.span.end_line; ++i) lines.push_back(i);
  return lines;
}

void check_directive(const json& row) {
  const containerfile::Directives directives =
      containerfile::parse_directives(SourceText("F", row["input"].get<std::string>()));
  if (row["kind"] == "all-directives") {
    CHECK(row["found"] == json::array({{"escape", "\\"}}));
    CHECK(directives.escape == '\\');
    CHECK_FALSE(directives.syntax);
    CHECK_FALSE(directives.check);
    return;
  }
  const auto& found = row["kind"] == "syntax" ? directives.syntax : directives.check;
  REQUIRE(found.has_value() == row["ok"].get<bool>());
  if (!found) return;
  CHECK(found->text.substr(0, found->text.find(' ')) == row["ref"].get<std::string>());
  if (!row["cmdline"].is_null()) CHECK(found->text == row["cmdline"].get<std::string>());
  if (!row["line"].is_null()) CHECK(found->span.line == row["line"].get<unsigned>());
}

}  // namespace

TEST_CASE("directives are found where BuildKit finds them") {
  const auto table = read_table("directives.json");
  if (!table) return;
  for (const json& row : *table) {
    CAPTURE(row.dump());
    check_directive(row);
  }
  CHECK(table->size() == 17);
}

TEST_CASE("ports are read as BuildKit reads them") {
  const auto table = read_table("expose.json");
  if (!table) return;
  int count = 0;
  for (const json& group : *table)
    for (const json& row : group["rows"]) {
      const std::string spec = row["spec"];
      CAPTURE(spec);
      ++count;
      if (row.contains("expError")) {
        CHECK(test::error_of([&] { (void)containerfile::parse_ports(spec); }) ==
              "port \"" + spec + "\" has no number");
        continue;
      }
      std::vector<std::string> ports;
      for (const auto& port : containerfile::parse_ports(spec)) ports.push_back(port.text());
      CHECK(ports == row["expected"].get<std::vector<std::string>>());
    }
  CHECK(count == 9);
}

TEST_CASE("instructions that BuildKit refuses are refused, on their line") {
  const auto table = read_table("errors.json");
  if (!table) return;
  for (const json& row : (*table)["instruction_errors"]) {
    const std::string text = row["dockerfile"];
    CAPTURE(text);
    CHECK(fails_at_line("FROM scratch\n" + text, 2));
  }
}

TEST_CASE("errors point at the lines that BuildKit points at") {
  const auto table = read_table("errors.json");
  if (!table) return;
  std::size_t deviations = 0;
  for (const json& row : (*table)["error_source_lines"]) {
    const std::string name = row["name"];
    const std::string text = row["dockerfile"];
    const auto lines = row["errorLine"].get<std::vector<std::size_t>>();
    CAPTURE(name);
    const auto deviation = kDeviations.find(name);
    if (deviation == kDeviations.end()) {
      CHECK(fails_at_line(text, lines.front()));
      continue;
    }
    ++deviations;
    std::printf("deviation: %s: %s\n", name.c_str(), deviation->second.c_str());
    // The parser takes it, and who refuses it later has the right lines to show.
    CHECK(lines_at(text, lines.front()) == lines);
  }
  CHECK(deviations == kDeviations.size());
}
