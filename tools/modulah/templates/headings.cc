// Finds the field that each action of a template is about.
#include "headings.h"

#include <nlohmann/json.hpp>

#include "lexer.h"

namespace modulah::cli::templates {

std::string fill_headings(const std::string& text, const nlohmann::ordered_json& headings) {
  const containerfile::SourceText source("template", text);
  std::string out;
  bool is_done = false;  // This action has had its heading, or has none.
  for (const Token& token : read_tokens(source)) {
    if (token.kind == Token::Kind::text) out += token.text;
    if (token.kind == Token::Kind::open) is_done = false;
    if (token.kind == Token::Kind::word && (token.text == "if" || token.text == "with"))
      is_done = true;
    if (is_done || token.kind != Token::Kind::field) continue;
    const auto found = headings.find(token.text);
    if (found == headings.end()) continue;
    out += found->get_ref<const std::string&>();
    is_done = true;
  }
  return out;
}

}  // namespace modulah::cli::templates
