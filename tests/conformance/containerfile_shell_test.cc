// The expander against BuildKit's own tables.
#include <fstream>
#include <iterator>
#include <map>

#include "modulah/base/error.h"
#include "modulah/containerfile/expander.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"

using namespace modulah;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

containerfile::Lookup lookup_in(const std::map<std::string, std::string>& variables) {
  return [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

template <typename Action>
std::string or_error(Action&& action) {
  try {
    return action();
  } catch (const Error&) {
    return "error";
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ",") + word;
  return result;
}

}  // namespace

TEST_CASE("variables expand as BuildKit expands them") {
  const auto path = test::find_corpus("buildkit-shell/envVarTest");
  if (!path) return;
  const std::map<std::string, std::string> variables = {
      {"PWD", "/home"}, {"SHELL", "bash"}, {"KOREAN", "한국어"}, {"NULL", ""}};
  int count = 0;
  for (const std::string& line : lines_of(*path)) {
    // Rows of the other platform (W) are about names without case.
    if (line.empty() || line[0] == '#' || line[0] == 'W') continue;
    CAPTURE(line);
    const std::size_t bar = line.find('|', 2);
    const std::string source = trimmed(line.substr(2, bar - 2));
    CHECK(or_error([&] { return containerfile::expand_word(source, lookup_in(variables)).text; }) ==
          trimmed(line.substr(bar + 1)));
    ++count;
  }
  CHECK(count > 200);
}

TEST_CASE("words split as BuildKit splits them") {
  const auto path = test::find_corpus("buildkit-shell/wordsTest");
  if (!path) return;
  std::map<std::string, std::string> variables;
  int count = 0;
  for (const std::string& line : lines_of(*path)) {
    if (line.empty() || line[0] == '#') continue;
    CAPTURE(line);
    if (line.rfind("ENV ", 0) == 0) {
      const std::size_t equals = line.find('=');
      variables[line.substr(4, equals - 4)] = line.substr(equals + 1);
      continue;
    }
    const std::size_t bar = line.find(" | ");
    CHECK(or_error([&] {
            return joined(
                containerfile::expand_words(line.substr(0, bar), lookup_in(variables)).words);
          }) == line.substr(bar + 3));
    ++count;
  }
  CHECK(count == 24);
}
