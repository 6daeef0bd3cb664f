// Finding stages by name or number.
#include "modulah/containerfile/stages.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// The number that `text` is, as it would be printed: "0", "12", but not "012".
std::optional<std::size_t> stage_number(std::string_view text) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return number;
}

}  // namespace

StageNames::StageNames(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (!names_[i].empty()) numbers_[names_[i]].push_back(i);
}

std::optional<std::size_t> StageNames::find(std::string_view text, std::size_t end) const {
  std::optional<std::size_t> result = stage_number(text);
  if (result && *result >= std::min(end, names_.size())) result.reset();
  const auto named = numbers_.find(lower(text));
  if (named == numbers_.end()) return result;
  const std::vector<std::size_t>& numbers = named->second;
  const auto after = std::lower_bound(numbers.begin(), numbers.end(), end);
  if (after == numbers.begin()) return result;
  return std::max(result.value_or(0), *(after - 1));
}

StageNames name_stages(const File& file, const SourceText& source, const Lookup& globals) {
  std::vector<std::string> names;
  for (const Stage& stage : file.stages) {
    if (!stage.from.alias) {
      names.emplace_back();
      continue;
    }
    const Text& alias = *stage.from.alias;
    names.push_back(lower(with_place(source, alias.span, [&] {
      return expand_word(alias.text, globals, file.directives.escape).text;
    })));
    if (names.back().empty())
      throw error_at(
          source, alias.span,
          fmt::format("the stage name {} is empty after expansion", in_quotes(alias.text)),
          "Give the variable a value with ARG before the first FROM, or with --build-arg.");
  }
  return StageNames(std::move(names));
}

}  // namespace modulah::containerfile
