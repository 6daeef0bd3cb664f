// The table of rules, and docs/rules.md, which is made of it: ACCEPT=1 in the environment writes
// the page.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "modulah/validate/finding.h"

#include "modulah_test/catch.h"
#include "modulah_test/paths.h"

using modulah::validate::all_rules;
using modulah::validate::Rule;
using modulah::validate::RuleFamily;

namespace {

constexpr const char* kHead = R"(# The rules

What `modulah validate` checks, and what a build reports about its Containerfile and its image. A
finding ends with the name of its rule in brackets. An *error* cannot work as it is: `validate` exits
with status 1. A *warning* works, but not everywhere or not as intended (with `--strict`, status 1
too). A *note* is good to know.

The rules about the Containerfile have the names that BuildKit uses, where it has the rule. The
directive `check` at the top of the file skips rules, of any family, enables experimental ones and
turns warnings into errors, so that a build is refused:

```
# check=skip=EntryPointName,PathVariable;experimental=InvalidDefinitionDescription;error=true
```

`--build-arg BUILDKIT_DOCKERFILE_CHECK=skip=all` replaces the directive. In a comment directly above an
instruction, `skip` and `experimental` apply to that instruction only; a reason may follow:

```
# check=skip=SecretsUsedInArgOrEnv only the name of a key
ARG KEY
```

This page is generated from the table of rules by `tests/unit/validate/rules_page_test.cc`.
)";

std::string_view title_of(RuleFamily family) {
  switch (family) {
    case RuleFamily::containerfile:
      return "The Containerfile";
    case RuleFamily::module:
      return "The module";
    case RuleFamily::image:
      return "The image";
  }
  return {};
}

std::string page() {
  std::string text = kHead;
  for (const RuleFamily family :
       {RuleFamily::containerfile, RuleFamily::module, RuleFamily::image}) {
    text += "\n## " + std::string(title_of(family)) + "\n";
    for (const Rule& rule : all_rules()) {
      if (rule.family != family) continue;
      text += "\n### " + std::string(rule.name) + "\n\n";
      text += "*" + std::string(to_string(rule.severity)) +
              (rule.is_experimental ? ", experimental" : "") + "*: " + std::string(rule.summary) +
              ". " + std::string(rule.reason) + "\n\n";
      text += "What to do: " + std::string(rule.advice) + "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("docs/rules.md is what the table says") {
  const std::string path = (modulah::test::source_directory() / "docs/rules.md").native();
  const std::string made = page();
  if (std::getenv("ACCEPT") != nullptr) std::ofstream(path, std::ios::binary) << made;
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == made);
}

TEST_CASE("The table of rules has each rule once, in order, with words as they should be") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < all_rules().size(); ++i) {
    const Rule& rule = all_rules()[i];
    CAPTURE(rule.name);
    CHECK(static_cast<std::size_t>(rule.id) == i);
    CHECK(&modulah::validate::rule_of(rule.id) == &rule);
    CHECK(modulah::validate::find_rule(rule.name) == rule.id);
    CHECK(names.insert(rule.name).second);
    CHECK(!rule.summary.ends_with('.'));
    CHECK(rule.reason.ends_with('.'));
    CHECK(rule.advice.ends_with('.'));
  }
  CHECK(all_rules().size() ==
        static_cast<std::size_t>(modulah::validate::RuleId::plugin_layer) + 1);
  CHECK(modulah::validate::find_rule("shellform") == std::nullopt);
}
