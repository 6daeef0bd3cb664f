// FROM: the base, as far as its variables are known, and the platform.
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/oci/reference.h"

#include "rule_run.h"
#include "scope.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

bool is_image_name(const std::string& text) {
  try {
    (void)oci::Reference::parse(text, oci::Reference::Defaults::docker);
    return true;
  } catch (const Error&) {
    return false;  // Rules never throw for what the user wrote.
  }
}

/// The platform, or nothing for what is not one.
std::optional<oci::Platform> platform_of(const std::string& text) {
  try {
    return oci::Platform::parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Is a constant platform no limit? Modules for Wasm run everywhere.
bool is_for_wasm(const oci::Platform& platform) {
  return platform.os.starts_with("wasi") || platform.architecture.starts_with("wasm");
}

/// Looks at the FROM of one stage.
class FromCheck {
 public:
  FromCheck(const RuleRun& run, const cf::StageNames& names)
      : run_(run), names_(names), scope_(global_scope(run)), defaults_(default_scope(run)) {}

  StageBase check(std::size_t number, const std::vector<StageBase>& before) {
    const cf::From& from = run_.facts.file.stages[number].from;
    StageBase base = check_image(from, number, before);
    base.platform = run_.facts.platform;
    if (base.kind == StageBase::Kind::stage) base.platform = before[base.stage].platform;
    if (from.platform) check_platform(from, number, base);
    return base;
  }

 private:
  StageBase check_image(const cf::From& from, std::size_t number,
                        const std::vector<StageBase>& before) {
    const Expansion image = expand(run_, from.image.text, scope_);
    check_from_variables(run_, from.image, image, scope_);
    if (image.undefined.empty() && image.problem.empty()) check_default(from.image, number);
    const std::optional<std::string> text = image.text();
    if (!text) return {};
    if (*text == "scratch") return {StageBase::Kind::scratch, 0, true};
    if (const auto stage = names_.find(*text, number))
      return {StageBase::Kind::stage, *stage, before[*stage].is_on_scratch};
    return {};
  }

  void check_default(const cf::Text& image, std::size_t number) {
    if (image.text.find('$') == std::string::npos) return;
    const Expansion expansion = expand(run_, image.text, defaults_);
    // What the machine that builds gives, like $BUILDARCH, is not known.
    if (!expansion.is_known && expansion.problem.empty()) return;
    const std::string name = expansion.words.size() == 1 ? expansion.words.front() : "";
    if (name == "scratch" || names_.find(name, number) || is_image_name(name)) return;
    run_.add(RuleId::invalid_default_arg_in_from, image.span,
             name.empty()
                 ? fmt::format("\"{}\" is empty with the default values of its ARGs", image.text)
                 : fmt::format("\"{}\" is \"{}\" with the default values of its ARGs, which is "
                               "not a valid image name",
                               image.text, name),
             "Give the ARG a default value that makes a valid name.");
  }

  /// `base` has the platform that the stage has without --platform.
  void check_platform(const cf::From& from, std::size_t number, StageBase& base) const {
    const cf::Text& text = *from.platform;
    const Expansion expansion = expand(run_, text.text, scope_);
    check_from_variables(run_, text, expansion, scope_);
    const std::optional<std::string> value = expansion.text();
    const std::optional<oci::Platform> on_top_of = std::exchange(base.platform, std::nullopt);
    if (!value) return;
    base.platform = platform_of(*value);
    if (!base.platform) {
      add_invalid(text, *value);
      return;
    }
    if (expansion.used == std::vector<std::string>{"TARGETPLATFORM"} &&
        *value == run_.facts.platform.text())
      run_.add(RuleId::redundant_target_platform, text.span,
               fmt::format("--platform={} is redundant, because it is the default", text.text),
               "Remove it.");
    else if (expansion.used.empty() && expansion.undefined.empty())
      check_constant(text, names_.of(number), *base.platform);
    if (base.kind == StageBase::Kind::stage) check_base_platform(from, on_top_of, *base.platform);
  }

  void add_invalid(const cf::Text& text, const std::string& value) const {
    try {
      (void)oci::Platform::parse(value);
    } catch (const Error& error) {
      run_.add(RuleId::invalid_platform, text.span, error.message(), error.hint());
    }
  }

  void check_constant(const cf::Text& text, const std::string& stage,
                      const oci::Platform& platform) const {
    const auto names = [&](const std::string& part) {
      return stage.find(part) != std::string::npos;
    };
    if (is_for_wasm(platform) || names(platform.os) || names(platform.architecture)) return;
    run_.add(RuleId::from_platform_flag_const_disallowed, text.span,
             fmt::format("--platform={} is a constant, so the file builds for one platform only",
                         text.text),
             "Remove it, or write --platform=$BUILDPLATFORM for a stage that only compiles.");
  }

  void check_base_platform(const cf::From& from, const std::optional<oci::Platform>& actual,
                           const oci::Platform& wanted) const {
    if (!actual || (actual->os == wanted.os && actual->architecture == wanted.architecture)) return;
    run_.add(RuleId::invalid_base_image_platform, from.image.span,
             fmt::format("the base stage \"{}\" is for {}, not for {}", from.image.text,
                         actual->text(), wanted.text()),
             "Give both stages the same --platform.");
  }

  const RuleRun& run_;
  const cf::StageNames& names_;
  const Scope scope_;
  const Scope defaults_;
};

}  // namespace

std::vector<StageBase> check_bases(const RuleRun& run, const cf::StageNames& names) {
  FromCheck check(run, names);
  std::vector<StageBase> bases;
  for (std::size_t i = 0; i < run.facts.file.stages.size(); ++i)
    bases.push_back(check.check(i, bases));
  return bases;
}

}  // namespace modulah::validate
