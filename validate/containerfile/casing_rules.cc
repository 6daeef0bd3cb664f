// How keywords are written, and what stages are called.
#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "rule_run.h"

namespace modulah::validate {

namespace {

using containerfile::Text;

char to_lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
char to_upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}
std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_upper);
  return out;
}
bool is_lower(std::string_view text) { return lower(text) == text; }
bool is_upper(std::string_view text) { return upper(text) == text; }

/// All keywords of the file, in its order.
std::vector<Text> keywords_of(const containerfile::File& file) {
  std::vector<Text> words;
  for (const containerfile::Instruction& arg : file.global_args) words.push_back(arg.keyword);
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
            fmt::format("{} is not written as most instructions here, in {} case", word.text,
                        is_mostly_lower ? "lower" : "upper"),
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
              fmt::format("{} and {} are not written in the same case", word, from.as_keyword),
              fmt::format("Write {}.", is_upper(word) ? "AS" : "as"));
  }
}

void check_stage_names(const RuleRun& run) {
  std::map<std::string, std::size_t, std::less<>> lines;
  for (const containerfile::Stage& stage : run.facts.file.stages) {
    if (!stage.from.alias) continue;
    const Text& alias = *stage.from.alias;
    if (alias.text != stage.name)
      run.add(RuleId::stage_name_casing, alias.span,
              fmt::format("the stage name \"{}\" has upper-case letters, which do not count",
                          alias.text),
              fmt::format("Write {}.", stage.name));
    if (stage.name == "scratch" || stage.name == "context")
      run.add(RuleId::reserved_stage_name, alias.span,
              fmt::format("the stage name \"{}\" is taken: it means {}", alias.text,
                          stage.name == "scratch" ? "the empty base" : "the build context"),
              "Choose another name.");
    const auto [found, is_new] = lines.emplace(stage.name, stage.from.span.line);
    if (!is_new)
      run.add(RuleId::duplicate_stage_name, alias.span,
              fmt::format("the stage name \"{}\" is taken: the stage of line {} has it", alias.text,
                          found->second),
              "Give each stage a name of its own.");
  }
}

}  // namespace modulah::validate
