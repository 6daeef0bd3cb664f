// All rules, as one table.
#include <algorithm>
#include <vector>

#include "modulah/validate/finding.h"

#include "rule_tables.h"

namespace modulah::validate {

std::span<const Rule> all_rules() {
  static const std::vector<Rule> kRules = [] {
    std::vector<Rule> rules;
    for (const std::span<const Rule> family :
         {containerfile_rules(), module_rules(), image_rules()})
      rules.insert(rules.end(), family.begin(), family.end());
    return rules;
  }();
  return kRules;
}

const Rule& rule_of(RuleId id) { return all_rules()[static_cast<std::size_t>(id)]; }

std::optional<RuleId> find_rule(std::string_view name) {
  const std::span<const Rule> rules = all_rules();
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
  if (found == rules.end()) return std::nullopt;
  return found->id;
}

}  // namespace modulah::validate
