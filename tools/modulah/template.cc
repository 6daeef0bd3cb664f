// Fills templates of --format.
#include "template.h"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"

#include "command.h"
#include "print.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void unsupported(std::string_view action) {
  throw Error(ErrorKind::usage, fmt::format("template \"{{{{{}}}}}\" is not understood", action),
              "There are {{.FIELD}}, {{.FIELD.FIELD}}, {{json .FIELD}} and {{index .FIELD "
              "\"KEY\"}}; for more, print --format json and use jq.");
}

std::string go_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<nil>";
  if (!value.is_structured()) return json_text(value);
  std::string text;
  for (const auto& [key, item] : value.items()) {
    if (!text.empty()) text += ' ';
    text += value.is_object() ? fmt::format("{}:{}", key, go_text(item)) : go_text(item);
  }
  return value.is_object() ? fmt::format("map[{}]", text) : fmt::format("[{}]", text);
}

/// The value at ".A.B" or "." in `record`.
const Json& field(const Json& record, std::string_view path, std::string_view action) {
  if (!path.starts_with('.')) unsupported(action);
  const Json* value = &record;
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find('.')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const auto found = value->is_object() ? value->find(name) : value->end();
    if (name.empty()) unsupported(action);
    if (!value->is_object() || found == value->end()) {
      std::vector<std::string> names;
      if (value->is_object())
        for (const auto& [key, item] : value->items()) names.push_back(key);
      throw Error(ErrorKind::usage, fmt::format("there is no field \"{}\" in \"{}\"", name, path),
                  names.empty() ? "" : fmt::format("There are {}.", fmt::join(names, ", ")));
    }
    value = &*found;
  }
  return *value;
}

/// The words of an action, by spaces; a word in double quotes keeps them, and its spaces.
std::vector<std::string> words_of(std::string_view action) {
  std::vector<std::string> words;
  bool is_quoted = false;
  bool is_in_word = false;
  for (const char c : action) {
    if (c == '"') is_quoted = !is_quoted;
    const bool is_space = c == ' ' && !is_quoted;
    if (!is_space && !is_in_word) words.emplace_back();
    is_in_word = !is_space;
    if (!is_space) words.back() += c;
  }
  return words;
}

/// {{index .FIELD "KEY"}} and {{index .FIELD 0}}; as in Go, a map without the key gives nothing.
std::string indexed(const Json& value, const std::string& key, std::string_view action) {
  if (value.is_object() && key.size() >= 2 && key.front() == '"' && key.back() == '"') {
    const auto found = value.find(key.substr(1, key.size() - 2));
    return found == value.end() ? std::string() : go_text(*found);
  }
  const bool is_number =
      !key.empty() && key.size() < 9 && key.find_first_not_of("0123456789") == std::string::npos;
  if (!value.is_array() || !is_number) unsupported(action);
  const std::size_t at = std::stoul(key);
  if (at >= value.size())
    throw Error(ErrorKind::usage, fmt::format("template \"{{{{{}}}}}\": the list has {} entries",
                                              action, value.size()));
  return go_text(value.at(at));
}

std::string evaluate(std::string_view action, const Json& record) {
  const std::vector<std::string> words = words_of(action);
  if (words.size() == 1) return go_text(field(record, words[0], action));
  if (words.size() == 2 && words[0] == "json") return json_text(field(record, words[1], action));
  if (words.size() == 3 && words[0] == "index")
    return indexed(field(record, words[1], action), words[2], action);
  unsupported(action);
}

}  // namespace

std::string fill_template(std::string_view text, const Json& record) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("\\t") || text.starts_with("\\n")) {
      out += text[1] == 't' ? '\t' : '\n';
      text.remove_prefix(2);
    } else if (text.starts_with("{{")) {
      const std::size_t end = text.find("}}");
      if (end == std::string_view::npos)
        throw Error(ErrorKind::usage, fmt::format("template \"{}\" has no \"}}}}\"", text));
      out += evaluate(text.substr(2, end - 2), record);
      text.remove_prefix(end + 2);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace modulah::cli
