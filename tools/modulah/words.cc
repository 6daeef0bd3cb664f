// https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax
#include "words.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::cli {

namespace {

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool needs_value(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

/// The options of the program that may follow a command: not those that print something instead.
const CLI::Option* find_global(const CLI::App* globals, const std::string& name) {
  if (globals == nullptr || name == "--help" || name == "--version") return nullptr;
  return globals->get_option_no_throw(name);
}

/// Reads words one after the other.
class WordReader {
 public:
  WordReader(const CLI::App& app, const CLI::App* globals, std::span<const std::string> words)
      : app_(app), globals_(globals), words_(words) {}

  ReadWords read(OptionsAre options) {
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      const bool is_operand = word.size() < 2 || word.front() != '-';
      if (word == "--" || (is_operand && options == OptionsAre::before_operand)) break;
      if (is_operand)
        read_.own.push_back(word);
      else if (word.starts_with("--"))
        read_long(word);
      else
        read_short(word);
    }
    read_.operand_at = at_;
    read_.own.insert(read_.own.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_),
                     words_.end());
    return std::move(read_);
  }

 private:
  /// "--name" or "--name=value".
  void read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    if (const CLI::Option* option = app_.get_option_no_throw(name))
      add(*option, name, std::move(value), read_.own);
    else if (const CLI::Option* global = find_global(globals_, name))
      add(*global, name, std::move(value), read_.global);
    else
      read_.own.push_back(word);
  }

  /// "-a", "-abc" for flags, "-nvalue", "-n=value" or "-n" "value".
  void read_short(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name = fmt::format("-{}", word[i]);
      const CLI::Option* option = app_.get_option_no_throw(name);
      const std::string rest = word.substr(i + 1);
      if (option == nullptr) {
        read_.own.push_back("-" + word.substr(i));
        return;
      }
      if (rest.starts_with('=')) return add(*option, name, rest.substr(1), read_.own);
      if (needs_value(*option) && !rest.empty()) return add(*option, name, rest, read_.own);
      add(*option, name, std::nullopt, read_.own);
    }
  }

  /// Hands on one option with its value, which may be the next word.
  void add(const CLI::Option& option, const std::string& name, std::optional<std::string> value,
           std::vector<std::string>& out) {
    if (!value && needs_value(option) && at_ + 1 < words_.size()) value = words_[++at_];
    // By its long name: only there a value may begin with anything.
    const std::string written = option.get_lnames().empty() || name.starts_with("--")
                                    ? name
                                    : "--" + option.get_lnames().front();
    if (!value) {
      out.push_back(name);
    } else if (!value->empty()) {
      out.push_back(written.starts_with("--") ? fmt::format("{}={}", written, *value)
                                              : written + *value);
    } else if (is_flag(option)) {
      throw Error(ErrorKind::usage, fmt::format("{} cannot be \"\"", name),
                  fmt::format("Leave out the value, or give one: {}=true.", written));
    } else {
      out.push_back(written);
      out.emplace_back();
    }
  }

  const CLI::App& app_;
  const CLI::App* globals_;
  const std::span<const std::string> words_;
  std::size_t at_ = 0;
  ReadWords read_;
};

}  // namespace

ReadWords read_words(const CLI::App& app, const CLI::App* globals,
                     std::span<const std::string> words, OptionsAre options) {
  return WordReader(app, globals, words).read(options);
}

void let_last_win(CLI::App& app) {
  for (CLI::Option* option : app.get_options({}))
    if (!option->get_positional() && option->get_items_expected_max() == 1) option->take_last();
}

}  // namespace modulah::cli
