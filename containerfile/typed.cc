// Typed instructions, one small function for each, and the table of them.
#include "typed.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/containerfile/values.h"

#include "characters.h"
#include "flag_set.h"

namespace modulah::containerfile {

namespace {

constexpr FlagDefinition kRunFlags[] = {
    {"mount", FlagKind::texts},
    {"network", FlagKind::text},
    {"security", FlagKind::text},
    {"device", FlagKind::texts},
};

constexpr FlagDefinition kFromFlags[] = {{"platform", FlagKind::text}};

void refuse_flags(const SourceText& source, const Node& node) { (void)FlagSet(source, node, {}); }

/// The one argument that `node` must have; `what` names it.
Text only_argument(const SourceText& source, const Node& node, std::string_view what) {
  refuse_flags(source, node);
  if (node.args.size() != 1)
    throw error_at(source, node.span, fmt::format("{} needs {}", upper(node.keyword), what));
  return node.args.front();
}

void need_arguments(const SourceText& source, const Node& node, std::string_view what) {
  refuse_flags(source, node);
  if (node.args.empty())
    throw error_at(source, node.span, fmt::format("{} needs {}", upper(node.keyword), what));
}

std::vector<Pair> pairs_of(const SourceText& source, const Node& node, bool& is_legacy) {
  need_arguments(source, node, "name=value");
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i + 2 < node.args.size(); i += 3) {
    if (node.args[i].text.empty())
      throw error_at(source, node.args[i].span,
                     fmt::format("{}: the name before \"=\" is empty", upper(node.keyword)));
    pairs.push_back({node.args[i], node.args[i + 1]});
  }
  is_legacy = node.args[2].text.empty();
  return pairs;
}

Run to_run(const SourceText& source, const Node& node) {
  const FlagSet flags(source, node, kRunFlags);
  if (node.args.empty()) throw error_at(source, node.span, "RUN needs a command");
  return {command_of(node),       flags.texts("mount"),  flags.text("network"),
          flags.text("security"), flags.texts("device"), node.documents};
}

Env to_env(const SourceText& source, const Node& node) {
  Env env;
  env.pairs = pairs_of(source, node, env.is_legacy);
  return env;
}

Label to_label(const SourceText& source, const Node& node) {
  Label label;
  label.pairs = pairs_of(source, node, label.is_legacy);
  return label;
}

Arg to_arg(const SourceText& source, const Node& node) {
  need_arguments(source, node, "a name, or name=value");
  Arg arg;
  for (const Text& word : node.args) {
    const std::size_t equals = word.text.find('=');
    if (equals == 0) throw error_at(source, word.span, "ARG: the name before \"=\" is empty");
    ArgName name{word, std::nullopt};
    if (equals != std::string::npos) {
      name.name.text.resize(equals);
      name.value = Text{word.text.substr(equals + 1), word.span};
      if (word.span.length == word.text.size()) {
        name.name.span.length = equals;
        name.value->span.column += equals + 1;
        name.value->span.length -= equals + 1;
      }
    }
    arg.names.push_back(std::move(name));
  }
  return arg;
}

Cmd to_cmd(const SourceText& source, const Node& node) {
  refuse_flags(source, node);
  return {command_of(node)};
}

Entrypoint to_entrypoint(const SourceText& source, const Node& node) {
  refuse_flags(source, node);
  return {command_of(node)};
}

Expose to_expose(const SourceText& source, const Node& node) {
  need_arguments(source, node, "a port");
  return {node.args};
}

Volume to_volume(const SourceText& source, const Node& node) {
  need_arguments(source, node, "a path");
  Volume volume;
  for (const Text& arg : node.args) {
    const std::string_view path = trim(arg.text);
    if (path.empty()) throw error_at(source, arg.span, "VOLUME: a path is empty");
    volume.paths.push_back({std::string(path), arg.span});
  }
  return volume;
}

Shell to_shell(const SourceText& source, const Node& node) {
  refuse_flags(source, node);
  if (!node.is_json || node.args.empty())
    throw error_at(source, node.span, "SHELL needs a JSON list with at least one string",
                   "For example: SHELL [\"/bin/sh\", \"-c\"].");
  Shell shell;
  for (const Text& arg : node.args) shell.args.push_back(arg.text);
  return shell;
}

OnBuild to_onbuild(const SourceText& source, Node& node) {
  refuse_flags(source, node);
  if (node.inner.empty()) throw error_at(source, node.span, "ONBUILD needs an instruction");
  Node& inner = node.inner.front();
  if (inner.keyword == "from" || inner.keyword == "maintainer")
    throw error_at(source, inner.written.span,
                   fmt::format("{} is not allowed in ONBUILD", upper(inner.keyword)));
  OnBuild onbuild;
  onbuild.text = {inner.text, inner.written.span};
  for (const HereDocument& document : inner.documents)
    onbuild.text.text += "\n" + document.lines + document.name;
  onbuild.inner.push_back(to_instruction(source, std::move(inner)));
  return onbuild;
}

[[noreturn]] void unknown_instruction(const SourceText& source, const Node& node) {
  const std::vector<std::string_view> kKnown = {
      "ADD",   "ARG",     "CMD", "COPY",  "ENTRYPOINT", "ENV",  "EXPOSE", "FROM",   "HEALTHCHECK",
      "LABEL", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"};
  const std::string_view near = nearest(node.keyword, kKnown);
  throw error_at(source, node.written.span,
                 fmt::format("unknown instruction {}", in_quotes(node.written.text)),
                 near.empty()
                     ? fmt::format("Supported instructions are {}.", fmt::join(kKnown, ", "))
                     : fmt::format("Did you mean {}?", near));
}

}  // namespace

CommandForm command_of(const Node& node, std::size_t first) {
  CommandForm form;
  form.is_shell = !node.is_json;
  for (std::size_t i = first; i < node.args.size(); ++i) form.args.push_back(node.args[i].text);
  form.is_broken_json = form.is_shell && !form.args.empty() && form.args.front().starts_with('[');
  form.span = node.rest.span;
  return form;
}

From to_from(const SourceText& source, const Node& node) {
  const FlagSet flags(source, node, kFromFlags);
  const std::vector<Text>& args = node.args;
  const bool has_alias = args.size() == 3 && equal_without_case(args[1].text, "as");
  if (args.size() != 1 && !has_alias)
    throw error_at(source, args.size() > 1 ? args[1].span : node.span,
                   args.empty() ? "FROM needs an image" : "FROM takes IMAGE or IMAGE AS NAME",
                   "Write FROM IMAGE or FROM IMAGE AS NAME.");
  From from{node.span,    node.written, node.text,    args[0], flags.text("platform"),
            std::nullopt, "",           node.comments};
  if (!has_alias) return from;
  from.alias = args[2];
  from.as_keyword = args[1].text;
  return from;
}

Instruction to_instruction(const SourceText& source, Node node) {
  using Value = decltype(Instruction::value);
  struct Entry {
    std::string_view keyword;
    Value (*make)(const SourceText&, Node&);
  };
  static constexpr Entry kEntries[] = {
      {"add", [](const SourceText& s, Node& n) { return Value(to_add(s, n)); }},
      {"arg", [](const SourceText& s, Node& n) { return Value(to_arg(s, n)); }},
      {"cmd", [](const SourceText& s, Node& n) { return Value(to_cmd(s, n)); }},
      {"copy", [](const SourceText& s, Node& n) { return Value(to_copy(s, n)); }},
      {"entrypoint", [](const SourceText& s, Node& n) { return Value(to_entrypoint(s, n)); }},
      {"env", [](const SourceText& s, Node& n) { return Value(to_env(s, n)); }},
      {"expose", [](const SourceText& s, Node& n) { return Value(to_expose(s, n)); }},
      {"healthcheck", [](const SourceText& s, Node& n) { return Value(to_healthcheck(s, n)); }},
      {"label", [](const SourceText& s, Node& n) { return Value(to_label(s, n)); }},
      {"maintainer", [](const SourceText& s,
                        Node& n) { return Value(Maintainer{only_argument(s, n, "a name")}); }},
      {"onbuild", [](const SourceText& s, Node& n) { return Value(to_onbuild(s, n)); }},
      {"run", [](const SourceText& s, Node& n) { return Value(to_run(s, n)); }},
      {"shell", [](const SourceText& s, Node& n) { return Value(to_shell(s, n)); }},
      {"stopsignal", [](const SourceText& s,
                        Node& n) { return Value(StopSignal{only_argument(s, n, "a signal")}); }},
      {"user",
       [](const SourceText& s, Node& n) { return Value(User{only_argument(s, n, "a user")}); }},
      {"volume", [](const SourceText& s, Node& n) { return Value(to_volume(s, n)); }},
      {"workdir",
       [](const SourceText& s, Node& n) { return Value(Workdir{only_argument(s, n, "a path")}); }},
  };
  const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                   [&](const Entry& e) { return e.keyword == node.keyword; });
  if (entry == std::end(kEntries)) unknown_instruction(source, node);
  Value value = entry->make(source, node);
  return {node.span, std::move(node.written), std::move(node.text), std::move(node.comments),
          std::move(value)};
}

}  // namespace modulah::containerfile
