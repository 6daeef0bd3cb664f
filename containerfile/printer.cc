// Instructions in their canonical form.
#include "modulah/containerfile/printer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// Collects words with one blank between them.
class Line {
 public:
  explicit Line(std::string_view keyword) : text_(keyword) {}

  Line& word(std::string_view word) {
    text_ += ' ';
    text_ += word;
    return *this;
  }
  Line& flag(std::string_view name, const std::optional<Text>& value) {
    if (value) word(fmt::format("--{}={}", name, flag_value(value->text)));
    return *this;
  }
  Line& flags(std::string_view name, const std::vector<Text>& values) {
    for (const Text& value : values) flag(name, value);
    return *this;
  }
  Line& toggle(std::string_view name, std::optional<bool> value) {
    if (value) word(fmt::format("--{}{}", name, *value ? "" : "=false"));
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  /// Quoted so that reading it again gives the same value.
  static std::string flag_value(std::string_view value) {
    if (value.find_first_of(" \t\r\n\v\f'\"\\") == std::string_view::npos)
      return std::string(value);
    std::string result = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    return result + "\"";
  }

  std::string text_;
};

/// As JSON, with wrong UTF-8 replaced, because that is how an image's history has it.
std::string json_of(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_of(const std::vector<Text>& texts, const Text* last = nullptr) {
  std::vector<std::string> list;
  for (const Text& text : texts) list.push_back(text.text);
  if (last != nullptr) list.push_back(last->text);
  return json_of(list);
}

void add_command(Line& line, const CommandForm& command) {
  if (!command.is_shell)
    line.word(json_of(command.args));
  else if (!command.args.empty())
    line.word((command.args.front().starts_with("--") ? "-- " : "") + command.args.front());
}

/// Would this be read as something else when written as a plain word?
bool needs_quotes(std::string_view word) {
  return word.empty() || word.find_first_of(" \t\v\f\r\n") != std::string_view::npos ||
         word.starts_with("--") || word.starts_with('[') ||
         word.find("<<") != std::string_view::npos;
}

void add_paths(Line& line, const SourcesAndDestination& paths) {
  bool needs_json = needs_quotes(paths.destination.text);
  for (const Text& source : paths.sources) needs_json = needs_json || needs_quotes(source.text);
  if (needs_json && paths.documents.empty()) {
    line.word(json_of(paths.sources, &paths.destination));
    return;
  }
  for (const HereDocument& document : paths.documents) {
    const char* quote = document.expands ? "" : "'";
    line.word(
        fmt::format("<<{}{}{}{}", document.strips_tabs ? "-" : "", quote, document.name, quote));
  }
  for (const Text& source : paths.sources) line.word(source.text);
  line.word(paths.destination.text);
}

void add_copy_flags(Line& line, const CopyFlags& flags) {
  line.flag("chown", flags.chown).flag("chmod", flags.chmod);
  if (flags.is_link) line.toggle("link", true);
  line.flags("exclude", flags.exclude);
}

void add_pairs(Line& line, const std::vector<Pair>& pairs, bool is_legacy) {
  for (const Pair& pair : pairs)
    line.word(fmt::format("{}{}{}", pair.name.text, is_legacy ? ' ' : '=', pair.value.text));
}

void add_duration(Line& line, std::string_view name,
                  const std::optional<std::chrono::nanoseconds>& duration) {
  if (!duration) return;
  constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);
  line.word(duration->count() % kSecond.count() == 0
                ? fmt::format("--{}={}s", name, *duration / kSecond)
                : fmt::format("--{}={}ns", name, duration->count()));
}

struct Printer {
  std::string operator()(const Add& add) const {
    Line line("ADD");
    add_copy_flags(line, add);
    line.flag("checksum", add.checksum).toggle("keep-git-dir", add.keeps_git_dir);
    line.toggle("unpack", add.unpacks);
    add_paths(line, add);
    return line.take();
  }
  std::string operator()(const Copy& copy) const {
    Line line("COPY");
    line.flag("from", copy.from);
    add_copy_flags(line, copy);
    if (copy.keeps_parents) line.toggle("parents", true);
    add_paths(line, copy);
    return line.take();
  }
  std::string operator()(const Run& run) const {
    Line line("RUN");
    line.flags("mount", run.mounts).flag("network", run.network).flag("security", run.security);
    line.flags("device", run.devices);
    add_command(line, run.command);
    return line.take();
  }
  std::string operator()(const Env& env) const {
    Line line("ENV");
    add_pairs(line, env.pairs, env.is_legacy);
    return line.take();
  }
  std::string operator()(const Label& label) const {
    Line line("LABEL");
    add_pairs(line, label.pairs, label.is_legacy);
    return line.take();
  }
  std::string operator()(const Arg& arg) const {
    Line line("ARG");
    for (const ArgName& name : arg.names)
      line.word(name.value ? name.name.text + "=" + name.value->text : name.name.text);
    return line.take();
  }
  std::string operator()(const Cmd& cmd) const { return with_command("CMD", cmd.command); }
  std::string operator()(const Entrypoint& entrypoint) const {
    return with_command("ENTRYPOINT", entrypoint.command);
  }
  std::string operator()(const Workdir& workdir) const {
    return Line("WORKDIR").word(workdir.path.text).take();
  }
  std::string operator()(const User& user) const {
    return Line("USER").word(user.user.text).take();
  }
  std::string operator()(const Expose& expose) const {
    Line line("EXPOSE");
    for (const Text& port : expose.ports) line.word(port.text);
    return line.take();
  }
  std::string operator()(const Volume& volume) const {
    return Line("VOLUME").word(json_of(volume.paths)).take();
  }
  std::string operator()(const StopSignal& stop) const {
    return Line("STOPSIGNAL").word(stop.signal.text).take();
  }
  std::string operator()(const Healthcheck& check) const {
    Line line("HEALTHCHECK");
    if (check.is_none) return line.word("NONE").take();
    add_duration(line, "interval", check.interval);
    add_duration(line, "timeout", check.timeout);
    add_duration(line, "start-period", check.start_period);
    add_duration(line, "start-interval", check.start_interval);
    if (check.retries) line.word(fmt::format("--retries={}", *check.retries));
    line.word("CMD");
    add_command(line, check.command);
    return line.take();
  }
  std::string operator()(const Shell& shell) const {
    return Line("SHELL").word(json_of(shell.args)).take();
  }
  std::string operator()(const OnBuild& onbuild) const {
    return Line("ONBUILD").word(to_text(onbuild.inner.front())).take();
  }
  std::string operator()(const Maintainer& maintainer) const {
    return Line("MAINTAINER").word(maintainer.name.text).take();
  }

  static std::string with_command(std::string_view keyword, const CommandForm& command) {
    Line line(keyword);
    add_command(line, command);
    return line.take();
  }
};

}  // namespace

std::string to_text(const Instruction& instruction) {
  return std::visit(Printer{}, instruction.value);
}

std::string to_text(const From& from) {
  Line line("FROM");
  line.flag("platform", from.platform).word(from.image.text);
  if (from.alias) line.word("AS").word(from.alias->text);
  return line.take();
}

}  // namespace modulah::containerfile
