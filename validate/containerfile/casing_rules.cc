// How keywords are written.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "modulah/base/ascii.h"

#include "rule_run.h"

namespace modulah::validate {

namespace {

using containerfile::Text;

bool is_lower(std::string_view text) { return lower(text) == text; }
bool is_upper(std::string_view text) { return upper(text) == text; }

/// The keywords of all stages, in the order of the file. Like BuildKit, not those before the first
/// FROM.
std::vector<Text> keywords_of(const containerfile::File& file) {
  std::vector<Text> words;
  for (const containerfile::Stage& stage : file.stages) {
    words.push_back(stage.from.keyword);
    for (const containerfile::Instruction& instruction : stage.instructions)
      words.push_back(instruction.keyword);
  }
  return words;
}

void check_keywords(const RuleRun& run) {
  const std::vector<Text> words = keywords_of(run.facts.file);
  const auto count = [&](bool (*test)(std::string_view)) {
    return std::count_if(words.begin(), words.end(),
                         [&](const Text& word) { return test(word.text); });
  };
  const bool is_mostly_lower = count(is_lower) > count(is_upper);
  for (const Text& word : words) {
    if (is_mostly_lower ? is_lower(word.text) : is_upper(word.text)) continue;
    run.add(RuleId::consistent_instruction_casing, word.span,
            fmt::format("instruction {} should match the case of most instructions ({})", word.text,
                        is_mostly_lower ? "lowercase" : "uppercase"),
            fmt::format("Write {}.", is_mostly_lower ? lower(word.text) : upper(word.text)));
  }
}

}  // namespace

void check_casing(const RuleRun& run) {
  check_keywords(run);
  for (const containerfile::Stage& stage : run.facts.file.stages) {
    const containerfile::From& from = stage.from;
    if (!from.alias || from.as_keyword.empty()) continue;
    const std::string& word = from.keyword.text;
    // One that is neither is for ConsistentInstructionCasing.
    const bool is_wrong = (is_upper(word) && !is_upper(from.as_keyword)) ||
                          (is_lower(word) && !is_lower(from.as_keyword));
    if (is_wrong)
      run.add(RuleId::from_as_casing, from.keyword.span,
              fmt::format("the case of {} does not match that of {}", from.as_keyword, word),
              fmt::format("Write {}.", is_upper(word) ? "AS" : "as"));
  }
}

}  // namespace modulah::validate
