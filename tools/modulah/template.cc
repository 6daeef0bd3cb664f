// Applies templates to records and lists.
#include "template.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "print.h"
#include "templates/headings.h"
#include "templates/template.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTable = "table ";

std::string with_line_end(std::string text) {
  if (!text.ends_with('\n') && !text.ends_with("\\n")) text += '\n';
  return text;
}

std::string fill_table(std::string text, const std::vector<Json>& rows, const Json& headings) {
  constexpr std::string_view kBetween = "}} {{";
  for (std::size_t at = 0; (at = text.find(kBetween, at)) != std::string::npos;)
    text.replace(at, kBetween.size(), "}}\t{{");
  const templates::Template filled(text);
  std::vector<std::vector<std::string>> cells;
  const auto add = [&cells](const std::string& line) {
    cells.push_back(CLI::detail::split(line, '\t'));
  };
  if (!headings.is_null()) add(templates::fill_headings(text, headings));
  for (const Json& row : rows) add(filled.fill(row));
  return table(std::move(cells));
}

}  // namespace

std::string fill_template(const std::string& text, const Json& record) {
  return templates::Template(with_line_end(text)).fill(record);
}

std::string fill_rows(const std::string& text, const std::vector<Json>& rows,
                      const Json& headings) {
  if (text.starts_with(kTable)) return fill_table(text.substr(kTable.size()), rows, headings);
  const templates::Template filled(with_line_end(text));
  if (text.starts_with("{{range") || text.starts_with("{{- range")) return filled.fill(Json(rows));
  std::string out;
  for (const Json& row : rows) out += filled.fill(row);
  return out;
}

}  // namespace modulah::cli
