// FROM: what it begins with, as far as its variables tell, and for which platform.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"
#include "modulah/oci/reference.h"

#include "rule_run.h"
#include "scope.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

/// Whether values of --build-arg count.
enum class BuildArgs { used, ignored };

/// What FROM can use: automatic names and the ARGs before it.
Scope global_scope(const RuleRun& run, BuildArgs build_args) {
  Scope scope = automatic_scope(run.facts.platform);
  const char escape = run.facts.file.directives.escape;
  for (const cf::Instruction& instruction : run.facts.file.global_args) {
    const auto* arg = std::get_if<cf::Arg>(&instruction.value);
    if (arg == nullptr) continue;
    for (const cf::ArgName& name : arg->names) {
      const auto given = run.facts.build_args.find(name.name.text);
      if (build_args == BuildArgs::used && given != run.facts.build_args.end())
        scope.declare(name.name.text, given->second);
      else if (name.value)
        scope.declare(name.name.text, expand(name.value->text, scope, escape).text());
      else
        scope.declare(name.name.text, std::nullopt);
    }
  }
  return scope;
}

bool is_image_name(const std::string& text) {
  try {
    (void)oci::Reference::parse(text, oci::Reference::Defaults::docker);
    return true;
  } catch (const Error&) {
    return false;  // Rules never throw for what the user wrote.
  }
}

/// The text with what has no value replaced by nothing, as a build without --build-arg has it.
std::string with_defaults(const cf::Text& text, const Scope& defaults, char escape) {
  Scope scope;
  for (const std::string_view name : defaults.names())
    scope.declare(std::string(name), defaults.value(name).value_or(""));
  const Expansion expansion = expand(text.text, scope, escape);
  return expansion.words.size() == 1 ? expansion.words.front() : "";
}

/// Looks at the FROM of one stage.
class FromCheck {
 public:
  FromCheck(const RuleRun& run, const Scope& scope, const Scope& defaults)
      : run_(run), scope_(scope), defaults_(defaults), escape_(run.facts.file.directives.escape) {}

  StageBase check(std::size_t number, const std::vector<StageBase>& before) {
    const cf::From& from = run_.facts.file.stages[number].from;
    check_platform(from, run_.facts.file.stages[number].name);
    const Expansion image = expand(from.image.text, scope_, escape_);
    check_variables(from.image, image);
    if (image.undefined.empty() && image.problem.empty()) check_default(from.image, number);
    const std::optional<std::string> text = image.text();
    if (!text) return {};
    if (*text == "scratch") return {StageBase::Kind::scratch, 0, true};
    if (const auto stage = find_stage(*text, number))
      return {StageBase::Kind::stage, *stage, before[*stage].is_on_scratch};
    return {};
  }

 private:
  /// The last stage before `end` with this name or number.
  [[nodiscard]] std::optional<std::size_t> find_stage(std::string_view text,
                                                      std::size_t end) const {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (std::size_t i = end; i-- > 0;) {
      const std::string& other = run_.facts.file.stages[i].name;
      if ((!other.empty() && other == name) || std::to_string(i) == name) return i;
    }
    return std::nullopt;
  }

  void check_variables(const cf::Text& text, const Expansion& expansion) {
    if (!expansion.problem.empty()) {
      run_.add(RuleId::invalid_variable, text.span, expansion.problem);
      return;
    }
    for (const std::string& name : expansion.undefined) {
      const std::string_view near = cf::nearest(name, scope_.names());
      run_.add(RuleId::undefined_arg_in_from, text.span,
               fmt::format("FROM uses the variable \"{}\", which no ARG before it declares", name),
               near.empty() ? fmt::format("Write ARG {}=VALUE above the first FROM.", name)
                            : fmt::format("Did you mean ${}?", near));
    }
  }

  void check_default(const cf::Text& image, std::size_t number) {
    if (image.text.find('$') == std::string::npos) return;
    const std::string name = with_defaults(image, defaults_, escape_);
    if (name == "scratch" || find_stage(name, number) || is_image_name(name)) return;
    run_.add(RuleId::invalid_default_arg_in_from, image.span,
             name.empty()
                 ? fmt::format("\"{}\" is empty with the defaults of its ARGs", image.text)
                 : fmt::format("\"{}\" is \"{}\" with the defaults of its ARGs, which is no image "
                               "name",
                               image.text, name),
             "Give the ARG a default that makes a name.");
  }

  void check_platform(const cf::From& from, const std::string& stage) {
    if (!from.platform) return;
    const cf::Text& text = *from.platform;
    check_variables(text, expand(text.text, scope_, escape_));
    if (text.text == "$TARGETPLATFORM" || text.text == "${TARGETPLATFORM}") {
      run_.add(RuleId::redundant_target_platform, text.span,
               fmt::format("--platform={} is the default anyway", text.text), "Leave it out.");
      return;
    }
    if (text.text.find('$') != std::string::npos) return;
    const std::size_t slash = text.text.find('/');
    const std::string os = text.text.substr(0, slash);
    const std::string architecture =
        slash == std::string::npos
            ? ""
            : text.text.substr(slash + 1, text.text.find('/', slash + 1) - slash - 1);
    const bool is_for_wasm = os.starts_with("wasi") || architecture.starts_with("wasm");
    const auto names = [&](const std::string& part) {
      return !part.empty() && stage.find(part) != std::string::npos;
    };
    if (is_for_wasm || names(os) || names(architecture)) return;
    run_.add(RuleId::from_platform_flag_const_disallowed, text.span,
             fmt::format("--platform={} is a constant, so the file is for this platform only",
                         text.text),
             "Leave it out, or write --platform=$BUILDPLATFORM for a stage that only compiles.");
  }

  const RuleRun& run_;
  const Scope& scope_;
  const Scope& defaults_;
  const char escape_;
};

}  // namespace

std::vector<StageBase> check_bases(const RuleRun& run) {
  const Scope scope = global_scope(run, BuildArgs::used);
  const Scope defaults = global_scope(run, BuildArgs::ignored);
  FromCheck check(run, scope, defaults);
  std::vector<StageBase> bases;
  for (std::size_t i = 0; i < run.facts.file.stages.size(); ++i)
    bases.push_back(check.check(i, bases));
  return bases;
}

}  // namespace modulah::validate
