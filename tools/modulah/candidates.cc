// Finds the command in the words, then the option that waits for a value, then what fits.
#include "candidates.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/store/layout_store.h"

#include "parse.h"

namespace modulah::cli {

namespace {

/// The command that the words begin with, after global options; and where its own words begin.
struct Place {
  const Command* command = nullptr;
  std::string group;      ///< "image", when only that has been typed of "image ls".
  std::size_t begin = 0;  ///< Of the words that follow the command.
};

/// Names and aliases: "images", "image ls".
struct NamedCommand {
  std::string_view name;
  const Command* command;
};

std::vector<NamedCommand> named_commands() {
  std::vector<NamedCommand> named;
  for (const Command& command : all_commands()) {
    if (command.group.empty()) continue;
    named.push_back({command.name, &command});
    if (!command.alias.empty()) named.push_back({command.alias, &command});
  }
  for (const CommandAlias& alias : command_aliases())
    for (const Command& command : all_commands())
      if (command.name == alias.command) named.push_back({alias.words, &command});
  return named;
}

bool takes_value(const CLI::Option& option) {
  // "[=LEVEL]" is only taken after "=".
  return option.get_items_expected_max() > 0 && !option.get_option_text().starts_with('[');
}

/// The option that `word` names, e.g. "--format" or "-f"; null when there is none.
const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
  for (const CLI::Option* option : app.get_options()) {
    const auto& longs = option->get_lnames();
    const auto& shorts = option->get_snames();
    if (word.starts_with("--") &&
        std::find(longs.begin(), longs.end(), word.substr(2)) != longs.end())
      return option;
    if (word.size() == 2 && word[0] == '-' &&
        std::find(shorts.begin(), shorts.end(), word.substr(1)) != shorts.end())
      return option;
  }
  return nullptr;
}

Place find_place(const CLI::App& root, std::span<const std::string> words) {
  Place place;
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with('-'); ++at) {
    const CLI::Option* option = find_option(root, words[at]);
    if (option != nullptr && takes_value(*option)) ++at;
  }
  place.begin = std::min(at, words.size());
  if (at >= words.size()) return place;
  for (const NamedCommand& named : named_commands()) {
    const bool is_two =
        at + 1 < words.size() && named.name == fmt::format("{} {}", words[at], words[at + 1]);
    if (!is_two && (named.name != words[at] || place.command != nullptr)) continue;
    place.command = named.command;
    place.begin = at + (is_two ? 2 : 1);
    if (is_two) break;
  }
  if (place.command == nullptr) place.group = words[at];
  return place;
}

class Completer {
 public:
  explicit Completer(std::string current) : current_(std::move(current)) {}

  void add(const std::string& text, std::string description = {}) {
    if (!text.starts_with(current_) || !seen_.insert(text).second) return;
    found_.words.push_back({text, std::move(description)});
  }

  void add_commands(std::string_view group) {
    for (const NamedCommand& named : named_commands()) {
      const std::size_t space = named.name.find(' ');
      const std::string_view first = named.name.substr(0, space);
      if (group.empty())
        add(std::string(first), space == std::string_view::npos
                                    ? std::string(named.command->summary)
                                    : fmt::format("Commands for {}s", first));
      else if (first == group && space != std::string_view::npos)
        add(std::string(named.name.substr(space + 1)), std::string(named.command->summary));
    }
    if (group.empty()) add("help", "Show the help of a command");
  }

  void add_options(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames())
        add("--" + name, option->get_description());
      if (current_.size() < 3)
        for (const std::string& name : option->get_snames())
          add("-" + name, option->get_description());
    }
  }

  /// The values of an option, each after `before`: "--pull=".
  void add_values(const CLI::Option& option, const std::string& before) {
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{');
    const std::size_t close = type.find('}', std::min(open, type.size()));
    if (close != std::string::npos) {
      for (const std::string& value :
           CLI::detail::split(type.substr(open + 1, close - open - 1), ','))
        add(before + value);
      return;
    }
    add_kind(option.get_option_text(), before);
  }

  /// What a word of a usage line stands for: "IMAGE|FILE", "DIR", "bash|zsh|fish".
  void add_kind(std::string_view kind, const std::string& before = {}) {
    const auto has = [kind](std::string_view word) {
      return kind.find(word) != std::string_view::npos;
    };
    const bool is_choice = has("|") && std::none_of(kind.begin(), kind.end(),
                                                    [](char c) { return c >= 'A' && c <= 'Z'; });
    if (is_choice)
      for (const std::string& word : CLI::detail::split(std::string(kind), '|')) add(before + word);
    if (has("IMAGE") || has("NAME")) add_images(before);
    if (has("PLATFORM") || has("OS/ARCH"))
      for (const char* platform :
           {"wasi/wasm", "wasip1/wasm", "wasip2/wasm", "linux/wasm", "linux/amd64", "linux/arm64"})
        add(before + platform);
    if (has("FILE") || has("PATH"))
      found_.files = Candidates::Files::files;
    else if (has("DIR") || has("CONTEXT"))
      found_.files = Candidates::Files::directories;
  }

  void set_root(std::filesystem::path root) { root_ = std::move(root); }

  Candidates take() { return std::move(found_); }
  const std::string& current() const { return current_; }

 private:
  void add_images(const std::string& before) {
    try {
      store::LayoutStore store(root_, store::Access::read);
      for (const store::StoredImage& image : store.images())
        for (const std::string& name : image.names) {
          add(before + name,
              fmt::format("image {}", image.id.value_or(image.manifest.digest).short_hex()));
          // What is built here is found without its registry as well.
          constexpr std::string_view kLocal = "localhost/";
          if (name.starts_with(kLocal)) add(before + name.substr(kLocal.size()));
        }
    } catch (const Error&) {
      // There is nobody to tell; the names are missing.
    }
  }

  const std::string current_;
  std::filesystem::path root_;
  Candidates found_;
  std::set<std::string> seen_;
};

/// --root among the words, or the usual place.
std::filesystem::path root_of(std::span<const std::string> words, const World& world) {
  GlobalOptions globals;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("--root=")) globals.root = words[i].substr(7);
    if (words[i] == "--root" && i + 1 < words.size()) globals.root = words[i + 1];
  }
  return store_root(world, globals);
}

}  // namespace

Candidates complete(std::span<const std::string> words, const World& world) {
  if (words.empty()) return {};
  const std::span<const std::string> before = words.first(words.size() - 1);
  CLI::App root("modulah");
  GlobalOptions globals;
  bool is_version = false;
  add_global_options(root, globals, is_version);
  const Place place = find_place(root, before);

  CLI::App own;
  own.set_help_flag("-h,--help", "Show this help");
  Run kept;  // It keeps what the options write to.
  if (place.command != nullptr) kept = place.command->define(own);
  const CLI::App& app = place.command != nullptr ? own : root;

  Completer completer(words.back());
  try {
    completer.set_root(root_of(before, world));
  } catch (const Error&) {
    // Without a place for images there are none.
  }
  const std::string& current = completer.current();
  const auto value_option = [&](const std::string& word) -> const CLI::Option* {
    const CLI::Option* option = find_option(app, word);
    return option != nullptr ? option : find_option(root, word);
  };
  const CLI::Option* waiting = before.empty() ? nullptr : value_option(before.back());
  if (waiting != nullptr && takes_value(*waiting)) {
    completer.add_values(*waiting, "");
  } else if (const std::size_t equals = current.find('=');
             current.starts_with("--") && equals != std::string::npos) {
    if (const CLI::Option* option = value_option(current.substr(0, equals)))
      completer.add_values(*option, current.substr(0, equals + 1));
  } else if (current.starts_with('-')) {
    completer.add_options(app);
    if (place.command != nullptr) completer.add_options(root);
  } else if (place.command != nullptr) {
    completer.add_kind(place.command->operands);
  } else {
    completer.add_commands(place.group == "help" ? "" : place.group);
  }
  return completer.take();
}

}  // namespace modulah::cli
