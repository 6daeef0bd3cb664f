// What is expanded in the stages: undefined variables, and what is known once they are replaced:
// WORKDIR, EXPOSE and files that the ignore file excludes. And names of secrets.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "rule_run.h"
#include "scope.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

/// Does a name look like that of a secret? Its parts between "_" are compared.
bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSecret = {
      "APIKEY",   "AUTH",  "CREDENTIAL", "CREDENTIALS", "KEY",
      "PASSWORD", "PWORD", "PASSWD",     "SECRET",      "TOKEN"};
  const std::string text = upper(name);
  bool is_secret = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('_', begin), text.size());
    const std::string_view part = std::string_view(text).substr(begin, end - begin);
    // PUBLIC_KEY, TOKEN_FILE and KEY_VERSION are not secret themselves.
    if (part == "PUBLIC" || part == "FILE" || part == "VERSION") return false;
    is_secret |= std::find(kSecret.begin(), kSecret.end(), part) != kSecret.end();
    begin = end + 1;
  }
  return is_secret;
}

/// Is `path` of the context excluded, and can nothing below it be re-included?
bool is_excluded(const cf::IgnoreRules& rules, const std::string& path) {
  cf::IgnoreRules::Directory directory;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    directory = rules.enter(path.substr(0, end), directory);
  }
  return directory.is_ignored() && rules.can_skip(path, directory);
}

/// Does an ignore file exclude all of the context? When it re-includes something, that is not
/// known.
bool excludes_all(const cf::IgnoreRules& rules) {
  const auto& patterns = rules.patterns();
  return std::none_of(patterns.begin(), patterns.end(),
                      [](const cf::Pattern& pattern) { return pattern.reincludes(); }) &&
         std::any_of(patterns.begin(), patterns.end(), [](const cf::Pattern& pattern) {
           return pattern.text() == "*" || pattern.text() == "**" || pattern.text() == "**/*";
         });
}

/// Variables that BuildKit reads itself.
bool is_for_buildkit(std::string_view name) {
  return name == "BUILDKIT_SBOM_SCAN_CONTEXT" || name == "BUILDKIT_SBOM_SCAN_STAGE";
}

/// Looks at the instructions of one stage; `scope` is what it begins with, and what it leaves.
class StageVariables {
 public:
  StageVariables(const RuleRun& run, Scope& scope, const Scope& globals, bool has_directory = false)
      : run_(run), scope_(scope), globals_(globals), has_directory_(has_directory) {}

  void look_at(const cf::Instruction& instruction) {
    reported_.clear();
    std::visit(*this, instruction.value);
  }
  /// Is the working directory known to be absolute?
  [[nodiscard]] bool has_directory() const { return has_directory_; }

  void operator()(const cf::Add& add) {
    look_at_flags(add);
    look_at_optional(add.checksum);
    look_at_sources(add, "ADD");
  }
  void operator()(const cf::Copy& copy) {
    look_at_flags(copy);
    look_at_optional(copy.from);
    look_at_sources(copy, copy.from ? "" : "COPY");
  }
  void operator()(const cf::Run& run) {
    for (const cf::Text& mount : run.mounts) (void)look_at_text(mount);
    for (const cf::Text& device : run.devices) (void)look_at_text(device);
  }
  void operator()(const cf::Env& env) {
    std::vector<std::optional<std::string>> values;
    for (const cf::Pair& pair : env.pairs) {
      (void)look_at_text(pair.name);
      values.push_back(look_at_text(pair.value).text());
      check_secret(pair.name, "ENV");
    }
    // All values of one ENV see the variables as they were before it.
    for (std::size_t i = 0; i < env.pairs.size(); ++i)
      scope_.declare(env.pairs[i].name.text, values[i]);
  }
  void operator()(const cf::Label& label) {
    for (const cf::Pair& pair : label.pairs) {
      (void)look_at_text(pair.name);
      (void)look_at_text(pair.value);
    }
  }
  void operator()(const cf::Arg& arg) {
    for (const cf::ArgName& name : arg.names) {
      check_secret(name.name, "ARG");
      std::optional<std::string> value;
      if (name.value) value = look_at_text(*name.value).text();
      const auto given = run_.facts.build_args.find(name.name.text);
      if (given != run_.facts.build_args.end())
        value = given->second;
      else if (!name.value)
        value = globals_.value(name.name.text);
      scope_.declare(name.name.text, value);
    }
  }
  void operator()(const cf::Workdir& workdir) {
    const Expansion path = look_at_text(workdir.path);
    // A variable of unknown value may hold an absolute path.
    const bool is_relative = !path.words.empty() && !path.words.front().starts_with('/') &&
                             (path.is_known || !workdir.path.text.starts_with('$'));
    if (is_relative && !has_directory_)
      run_.add(RuleId::workdir_relative_path, workdir.path.span,
               fmt::format("WORKDIR {} is relative to the working directory of the base image",
                           workdir.path.text),
               fmt::format("Write WORKDIR /{}.", workdir.path.text));
    if (!is_relative) has_directory_ = true;
  }
  void operator()(const cf::User& user) { (void)look_at_text(user.user); }
  void operator()(const cf::Expose& expose) {
    for (const cf::Text& port : expose.ports) check_port(port);
  }
  void operator()(const cf::Volume& volume) {
    for (const cf::Text& path : volume.paths) (void)look_at_text(path);
  }
  void operator()(const cf::StopSignal& signal) { (void)look_at_text(signal.signal); }
  void operator()(const cf::Cmd&) {}
  void operator()(const cf::Entrypoint&) {}
  void operator()(const cf::Healthcheck&) {}
  void operator()(const cf::Shell&) {}
  void operator()(const cf::OnBuild&) {}  // Expanded when the next image is built.
  void operator()(const cf::Maintainer&) {}

  void check_secret(const cf::Text& name, std::string_view keyword) {
    if (is_secret_name(name.text))
      run_.add(RuleId::secrets_used_in_arg_or_env, name.span,
               fmt::format("{} {} looks like a secret, which everybody who has the image can read",
                           keyword, name.text),
               "Pass it when the image is run: modulah run --env NAME.");
  }

 private:
  Expansion look_at_text(const cf::Text& text, Splitting splitting = Splitting::no) {
    Expansion expansion = expand(run_, text.text, scope_, splitting);
    report(expansion, text.span);
    return expansion;
  }
  void look_at_optional(const std::optional<cf::Text>& text) {
    if (text) (void)look_at_text(*text);
  }
  void look_at_flags(const cf::CopyFlags& flags) {
    look_at_optional(flags.chown);
    look_at_optional(flags.chmod);
    for (const cf::Text& pattern : flags.exclude) (void)look_at_text(pattern);
  }

  /// `keyword` is empty when the sources are not of the build context.
  void look_at_sources(const cf::SourcesAndDestination& words, std::string_view keyword) {
    for (const cf::Text& source : words.sources) {
      const Expansion expansion = look_at_text(source);
      if (const auto path = expansion.text(); path && !keyword.empty())
        check_source(*path, source.span, keyword);
    }
    for (const cf::HereDocument& document : words.documents)
      report(expand(run_, document, scope_), document.span);
    (void)look_at_text(words.destination);
  }

  void check_source(const std::string& source, const cf::Span& span, std::string_view keyword) {
    if (run_.facts.ignore == nullptr || run_.facts.ignore->empty()) return;
    if (cf::Glob::is_wildcard(source) || source.find("://") != std::string::npos) return;
    std::string path = cf::clean_path("/" + source);
    path.erase(0, path.find_first_not_of('/'));
    if (path.empty() || path == ".") {
      if (excludes_all(*run_.facts.ignore))
        run_.add(RuleId::copy_ignored_file, span,
                 fmt::format("{} copies the build context, all of which is excluded by the ignore "
                             "file",
                             keyword),
                 "Add lines like \"!app.wasm\" to the ignore file.");
      return;
    }
    const auto names = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
    const std::size_t checks = names * run_.facts.ignore->patterns().size();
    if (checks > run_.budget.ignore_checks) return;
    run_.budget.ignore_checks -= checks;
    if (is_excluded(*run_.facts.ignore, path))
      run_.add(RuleId::copy_ignored_file, span,
               fmt::format("{} source {} is excluded by the ignore file", keyword, source),
               fmt::format("Add the line \"!{}\" to the ignore file.", path));
  }

  void check_port(const cf::Text& text) {
    for (const std::string& port : look_at_text(text, Splitting::yes).words) {
      const std::size_t slash = port.find('/');
      const std::string protocol = slash == std::string::npos ? "" : port.substr(slash + 1);
      const bool is_lower = std::none_of(protocol.begin(), protocol.end(),
                                         [](char c) { return c >= 'A' && c <= 'Z'; });
      if (!is_lower)
        run_.add(RuleId::expose_proto_casing, text.span,
                 fmt::format("the protocol of \"{}\" should be lowercase", port),
                 "Write tcp, udp or sctp.");
      if (port.find(':') != std::string::npos)
        run_.add(
            RuleId::expose_invalid_format, text.span,
            fmt::format("EXPOSE {} has an IP address or a host port, which has no effect", port),
            fmt::format("Write EXPOSE {}.", port.substr(port.rfind(':') + 1)));
    }
  }

  void report(const Expansion& expansion, const cf::Span& span) {
    if (!expansion.problem.empty()) run_.add(RuleId::invalid_variable, span, expansion.problem);
    for (const std::string& name : expansion.undefined)
      if (!is_for_buildkit(name) && reported_.insert(name).second)
        run_.add(RuleId::undefined_var, span, fmt::format("usage of undefined variable ${}", name),
                 hint_for(name));
  }

  [[nodiscard]] std::string hint_for(const std::string& name) const {
    // The global scope has the automatic names too.
    if (globals_.has(name) || run_.facts.build_args.contains(name))
      return fmt::format(
          "Write ARG {} in this stage: arguments from outside of a stage must be declared in it.",
          name);
    const std::string_view near = run_.suggest(name, scope_.names());
    if (!near.empty()) return fmt::format("Did you mean ${}?", near);
    return fmt::format("Declare it before with ARG {0} or ENV {0}=VALUE.", name);
  }

  const RuleRun& run_;
  Scope& scope_;
  const Scope& globals_;
  std::set<std::string> reported_;  ///< By the instruction that is looked at.
  bool has_directory_;
};

/// Looks at all stages, each one with what its base leaves: the stages on top of another one are
/// visited right after it, and then its declarations are taken back.
class AllStages {
 public:
  AllStages(const RuleRun& run, const std::vector<StageBase>& bases, const Scope& globals)
      : run_(run), globals_(globals), on_top_(bases.size()) {
    for (std::size_t i = bases.size(); i-- > 0;)
      if (bases[i].kind == StageBase::Kind::stage)
        on_top_[bases[i].stage].push_back(i);
      else
        to_do_.push_back({Step::Kind::visit, i, 0, false, bases[i].kind == StageBase::Kind::image});
  }

  void visit() {
    while (!to_do_.empty()) {
      const Step step = to_do_.back();
      to_do_.pop_back();
      if (step.kind == Step::Kind::leave)
        scope_.undo_to(step.mark);
      else
        visit(step);
    }
  }

 private:
  /// A stack of these instead of recursion: stages may be many.
  struct Step {
    enum class Kind { visit, leave };
    Kind kind = Kind::visit;
    std::size_t stage = 0;
    std::size_t mark = 0;  ///< Of the scope before the stage, for Kind::leave.
    bool has_directory = false;
    bool is_on_image = false;
  };

  void visit(const Step& step) {
    to_do_.push_back({Step::Kind::leave, step.stage, scope_.mark(), false, false});
    scope_.set_open(step.is_on_image);
    StageVariables stage(run_, scope_, globals_, step.has_directory);
    for (const cf::Instruction& instruction : run_.facts.file.stages[step.stage].instructions)
      stage.look_at(instruction);
    for (const std::size_t next : on_top_[step.stage])
      to_do_.push_back({Step::Kind::visit, next, 0, stage.has_directory(), step.is_on_image});
  }

  const RuleRun& run_;
  const Scope& globals_;
  Scope scope_;
  std::vector<std::vector<std::size_t>> on_top_;  ///< Of each stage: those on top of it.
  std::vector<Step> to_do_;
};

/// SOURCE_DATE_EPOCH of --build-arg, or of an ARG before the first FROM, is the time of the image.
void check_epoch(const RuleRun& run, const Scope& globals) {
  constexpr const char* kName = "SOURCE_DATE_EPOCH";
  const auto given = run.facts.build_args.find(kName);
  const bool is_given = given != run.facts.build_args.end();
  const std::string value = is_given ? given->second : globals.value(kName).value_or("");
  // BuildKit's "context" is the time of a remote context; a directory has none.
  if (value.empty() || value == "context") return;
  cf::Span span;
  for (const cf::Instruction& instruction : run.facts.file.global_args)
    if (const auto* arg = std::get_if<cf::Arg>(&instruction.value); arg != nullptr && !is_given)
      for (const cf::ArgName& name : arg->names)
        if (name.name.text == kName && name.value) span = name.value->span;
  try {
    (void)cf::parse_epoch(value);
  } catch (const Error& error) {
    run.add(RuleId::invalid_variable, span, error.message(), error.hint());
  }
}

}  // namespace

void check_variables(const RuleRun& run, const std::vector<StageBase>& bases) {
  const Scope none;
  Scope global_scope = automatic_scope(run.facts.platform);
  StageVariables globals(run, global_scope, none);
  for (const cf::Instruction& arg : run.facts.file.global_args) globals.look_at(arg);
  check_epoch(run, global_scope);
  AllStages(run, bases, global_scope).visit();
}

}  // namespace modulah::validate
