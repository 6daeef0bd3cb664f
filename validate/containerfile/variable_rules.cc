// What is expanded in the stages: variables that are not set, and what can be told once they are
// replaced: WORKDIR, EXPOSE and files that the ignore file excludes. And names of secrets.
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>

#include <fmt/format.h>

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
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  bool is_secret = false;
  for (std::size_t begin = 0; begin <= upper.size();) {
    const std::size_t end = std::min(upper.find('_', begin), upper.size());
    const std::string_view part = std::string_view(upper).substr(begin, end - begin);
    if (part == "PUBLIC") return false;
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

/// Looks at the instructions of one stage; `scope` is what it begins with.
class StageVariables {
 public:
  StageVariables(const RuleRun& run, Scope scope, const Scope& globals)
      : run_(run),
        scope_(std::move(scope)),
        globals_(globals),
        escape_(run.facts.file.directives.escape) {}

  void look_at(const cf::Instruction& instruction) {
    reported_.clear();
    std::visit(*this, instruction.value);
  }
  [[nodiscard]] const Scope& scope() const { return scope_; }
  [[nodiscard]] bool has_directory() const { return has_directory_; }
  void set_has_directory(bool has) { has_directory_ = has; }

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
    // What comes out of a variable that is not known may well be absolute.
    const bool is_relative = !path.words.empty() && !path.words.front().starts_with('/') &&
                             (path.is_known || !workdir.path.text.starts_with('$'));
    if (is_relative && !has_directory_)
      run_.add(RuleId::workdir_relative_path, workdir.path.span,
               fmt::format("WORKDIR {} is relative to what the base image has", workdir.path.text),
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
               fmt::format("{} {} seems to be a secret, which everybody who has the image can read",
                           keyword, name.text),
               "Give it to the guest when it is run: modulah run --env NAME.");
  }

 private:
  Expansion look_at_text(const cf::Text& text, Splitting splitting = Splitting::no) {
    Expansion expansion = expand(text.text, scope_, escape_, splitting);
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
      report(expand(document, scope_), document.span);
    (void)look_at_text(words.destination);
  }

  void check_source(const std::string& source, const cf::Span& span, std::string_view keyword) {
    if (run_.facts.ignore == nullptr || run_.facts.ignore->empty()) return;
    if (cf::Glob::is_wildcard(source) || source.find("://") != std::string::npos) return;
    std::string path = cf::clean_path("/" + source);
    path.erase(0, path.find_first_not_of('/'));
    if (path.empty() || path == ".") return;
    if (is_excluded(*run_.facts.ignore, path))
      run_.add(RuleId::copy_ignored_file, span,
               fmt::format("{} names {}, which the ignore file excludes", keyword, source),
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
                 fmt::format("the protocol of \"{}\" has upper-case letters", port),
                 "Write tcp, udp or sctp.");
      if (port.find(':') != std::string::npos)
        run_.add(RuleId::expose_invalid_format, text.span,
                 fmt::format("EXPOSE {} names an address or a port of the host, which has no "
                             "effect",
                             port),
                 fmt::format("Write EXPOSE {}.", port.substr(port.rfind(':') + 1)));
    }
  }

  void report(const Expansion& expansion, const cf::Span& span) {
    if (!expansion.problem.empty()) run_.add(RuleId::invalid_variable, span, expansion.problem);
    for (const std::string& name : expansion.undefined)
      if (reported_.insert(name).second)
        run_.add(
            RuleId::undefined_var, span,
            fmt::format("the variable \"{}\" is used, but no ARG or ENV before it sets it", name),
            hint_for(name));
  }

  [[nodiscard]] std::string hint_for(const std::string& name) const {
    // The global scope has the automatic names too, and both have to be asked for.
    if (globals_.has(name))
      return fmt::format(
          "Write ARG {} in this stage: what is known before the first FROM has to "
          "be asked for.",
          name);
    const std::string_view near = cf::nearest(name, scope_.names());
    if (!near.empty()) return fmt::format("Did you mean ${}?", near);
    return fmt::format("Set it with ARG {0} or ENV {0}=VALUE before.", name);
  }

  const RuleRun& run_;
  Scope scope_;
  const Scope& globals_;
  const char escape_;
  std::set<std::string> reported_;  ///< By the instruction that is looked at.
  bool has_directory_ = false;
};

/// What a stage leaves to one that is built on it.
struct StageEnd {
  Scope scope;
  bool has_directory = false;
};

}  // namespace

void check_variables(const RuleRun& run, const std::vector<StageBase>& bases) {
  const cf::File& file = run.facts.file;
  const Scope none;
  StageVariables globals(run, automatic_scope(run.facts.platform), none);
  for (const cf::Instruction& arg : file.global_args) globals.look_at(arg);
  const Scope global_scope = globals.scope();
  std::vector<StageEnd> ends;
  for (std::size_t i = 0; i < file.stages.size(); ++i) {
    StageEnd begin;
    if (bases[i].kind == StageBase::Kind::stage) begin = ends[bases[i].stage];
    if (bases[i].kind == StageBase::Kind::image) begin.scope.open();
    StageVariables stage(run, begin.scope, global_scope);
    stage.set_has_directory(begin.has_directory);
    for (const cf::Instruction& instruction : file.stages[i].instructions)
      stage.look_at(instruction);
    ends.push_back({stage.scope(), stage.has_directory()});
  }
}

}  // namespace modulah::validate
