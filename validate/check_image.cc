// Rules about an image as a whole.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "modulah/containerfile/values.h"
#include "modulah/validate/image.h"

namespace modulah::validate {

namespace {

constexpr std::string_view kVariantKey = "module.wasm.image/variant";
constexpr std::string_view kHandlerKey = "run.oci.handler";
constexpr std::string_view kImage = "image";
constexpr unsigned kExecuteBits = 0111;

/// A platform that somebody takes for Wasm, and who does not.
struct KnownPlatform {
  std::string_view text;
  std::string_view says;
};
constexpr std::array kPlatforms = {
    KnownPlatform{"wasi/wasm32", "podman takes it for Wasm; Docker and containerd do not find it"},
    KnownPlatform{"wasi/wasm64", "podman takes it for Wasm; Docker and containerd do not find it"},
    KnownPlatform{"linux/wasm", "some of containerd's shims take it for Wasm; podman does not"},
    KnownPlatform{"wasip1/wasm",
                  "containerd's shims and registries of Wasm artifacts take it for Wasm; podman "
                  "does not"},
    KnownPlatform{"wasip2/wasm",
                  "containerd's shims and registries of Wasm artifacts take it for Wasm; podman "
                  "does not"},
};

std::vector<std::string_view> words_at_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return words;
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// A command in shell form as the words that a shell would make of it, for a hint; an example when
/// that takes a shell to know.
std::string as_json_list(std::string_view command) {
  constexpr std::string_view kSpecial = "\"'\\$`|&;<>()*?[]{}~#!\n";
  if (command.find_first_of(kSpecial) != std::string_view::npos)
    return "CMD [\"/app.wasm\", \"argument\"]";
  std::string list;
  for (const std::string_view word : words_at_blanks(command))
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", word);
  return fmt::format("CMD [{}]", list);
}

std::string_view name_of_path(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The one of `paths` that is meant by `missing`, or empty: a misspelling, the same name in another
/// directory, or the only module that there is.
std::string path_meant(std::string_view missing, const std::vector<std::string>& paths) {
  std::string absolute(missing);
  if (!absolute.starts_with('/')) absolute.insert(0, "/");
  if (const std::string whole = absolute + ".wasm";
      std::find(paths.begin(), paths.end(), whole) != paths.end())
    return whole;
  const std::string* only_module = nullptr;
  std::size_t modules = 0;
  for (const std::string& path : paths) {
    if (name_of_path(path) == name_of_path(absolute)) return path;
    if (!path.ends_with(".wasm")) continue;
    only_module = &path;
    ++modules;
  }
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  if (const std::string_view near = containerfile::nearest(absolute, known); !near.empty())
    return std::string(near);
  return modules == 1 ? *only_module : "";
}

/// Collects the findings of one image.
class ImageCheck {
 public:
  explicit ImageCheck(const ImageFacts& facts) : facts_(facts) {}

  std::vector<Finding> run() {
    check_entry();
    check_platform();
    check_keys(facts_.annotations, "annotation");
    check_keys(facts_.config.config.labels, "label");
    if (facts_.format == oci::Format::docker && !facts_.annotations.empty())
      add(RuleId::annotation_format,
          fmt::format("a manifest of docker's format has no place for the annotation {}",
                      facts_.annotations.begin()->first),
          "Use --format oci.");
    for (const std::string& entry : facts_.config.config.environment)
      if (entry.starts_with("PATH=") && is_wasm_image())
        add(RuleId::path_variable, fmt::format("the guest will see {}", entry),
            "Leave ENV PATH out; modulah build adds none.");
    check_plugin();
    return std::move(findings_);
  }

 private:
  void add(RuleId rule, std::string message, std::string hint = {}) {
    findings_.push_back(
        make_finding(rule, std::string(kImage), std::move(message), std::move(hint)));
  }
  void add_entry(RuleId rule, std::string message, std::string hint = {}) {
    findings_.push_back(make_finding(rule, facts_.entry.path, std::move(message), std::move(hint)));
  }

  [[nodiscard]] bool is_module() const {
    return facts_.entry.kind == EntryFile::Kind::file && facts_.entry.content == FileKind::module;
  }
  [[nodiscard]] bool is_wasm_platform() const { return is_for_wasm(facts_.config.platform); }
  [[nodiscard]] bool has_variant() const {
    const std::string key(kVariantKey);
    const bool has_annotation =
        facts_.format == oci::Format::oci && facts_.annotations.contains(key);
    return has_annotation || facts_.config.config.labels.contains(key);
  }
  /// Others than those for Wasm may run what they like.
  [[nodiscard]] bool is_wasm_image() const {
    return is_module() || is_wasm_platform() || has_variant();
  }

  void check_entry() {
    const std::vector<std::string> words = command_of(facts_.config.config);
    if (words.empty() || words.front().empty()) {
      if (!facts_.plugin)
        add(RuleId::no_entry_point, "does not say what to run: it has neither ENTRYPOINT nor CMD",
            "Add CMD [\"/app.wasm\"] to the Containerfile.");
      return;
    }
    const bool is_shell = words.size() > 2 && words[0] == "/bin/sh" && words[1] == "-c";
    if (is_shell && facts_.entry.kind == EntryFile::Kind::missing) {
      add(RuleId::shell_form,
          fmt::format("the command \"{}\" is in shell form, and there is no shell in the image",
                      words[2]),
          fmt::format("Write it as a JSON list: {}.", as_json_list(words[2])));
      return;
    }
    check_entry_file(words.front());
  }

  void check_entry_file(const std::string& word) {
    switch (facts_.entry.kind) {
      case EntryFile::Kind::missing:
        add(RuleId::entry_point_missing,
            fmt::format("the entry point \"{}\" is not in the image", word),
            hint_for_missing(word));
        return;
      case EntryFile::Kind::directory:
        add_entry(RuleId::entry_point_not_file, "the entry point is a directory",
                  "Name the module in it.");
        return;
      case EntryFile::Kind::unknown:
        return;
      case EntryFile::Kind::file:
        if (is_module())
          check_entry_module(word);
        else if (is_wasm_image())
          add_entry(RuleId::entry_point_not_module, not_a_module(facts_.entry.content),
                    std::string(words_of(facts_.entry.content).hint));
        return;
    }
  }

  [[nodiscard]] std::string hint_for_missing(const std::string& word) const {
    // All words in one text: no shell splits it.
    const std::string first = word.substr(0, word.find(' '));
    if (first != word &&
        std::find(facts_.paths.begin(), facts_.paths.end(), first) != facts_.paths.end())
      return fmt::format("Give each word its own quotes: {}.", as_json_list(word));
    const std::string meant = path_meant(word.substr(0, word.find('#')), facts_.paths);
    if (!meant.empty()) return fmt::format("Did you mean \"{}\"?", meant);
    return "COPY the module to this path, or name in CMD the path that it was copied to.";
  }

  void check_entry_module(const std::string& word) {
    const EntryFile& entry = facts_.entry;
    const std::size_t hash = word.find('#');
    if (!word.starts_with('/'))
      add(RuleId::entry_point_relative,
          fmt::format("the entry point \"{}\" is not an absolute path, and runtimes look for it in "
                      "different places",
                      word),
          fmt::format("Write \"{}{}\".", entry.path,
                      hash == std::string::npos ? "" : word.substr(hash)));
    if ((entry.mode & kExecuteBits) == 0)
      add_entry(RuleId::entry_point_not_executable,
                fmt::format("has the mode {:04o}: old versions of crun refuse a file without x bit",
                            entry.mode),
                "Add --chmod=755 to its COPY.");
    if (!word.substr(0, hash).ends_with(".wasm"))
      add_entry(RuleId::entry_point_name,
                "is a module, but the entry point does not end with .wasm",
                "Copy it to a name that ends with .wasm: the variant compat-smart goes by it.");
    if (!entry.summary) return;
    const ModuleUse use = hash == std::string::npos ? ModuleUse::entry_point : ModuleUse::function;
    std::vector<Finding> more = check_module(*entry.summary, entry.path, use);
    std::move(more.begin(), more.end(), std::back_inserter(findings_));
  }

  void check_platform() {
    const oci::Platform& platform = facts_.config.platform;
    if (!is_wasm_platform()) {
      if (is_module() && !has_variant())
        add(RuleId::variant_missing,
            fmt::format("the platform is {}, and there is no annotation {}: runtimes will take the "
                        "module for a native program",
                        platform.text(), kVariantKey),
            fmt::format("Build for wasi/wasm, or add --annotation {}=compat.", kVariantKey));
      return;
    }
    const std::string text = platform.os + "/" + platform.architecture;
    if (text != "wasi/wasm") {
      const auto* known =
          std::find_if(kPlatforms.begin(), kPlatforms.end(),
                       [&](const KnownPlatform& other) { return other.text == text; });
      add(RuleId::platform_unknown,
          fmt::format("the platform is {}: {}", platform.text(),
                      known == kPlatforms.end() ? "no runtime takes it for Wasm" : known->says),
          "Use wasi/wasm, which all know.");
    }
    if (is_module() && !has_variant())
      add(RuleId::variant_recommended,
          fmt::format("there is no annotation {}, by which crun under other managers than podman "
                      "goes",
                      kVariantKey),
          fmt::format("Add --annotation {}=compat.", kVariantKey));
  }

  void check_keys(const std::map<std::string, std::string>& values, std::string_view what) {
    for (const auto& [key, value] : values) {
      if (key == kHandlerKey) {
        add(RuleId::run_oci_handler,
            fmt::format("has the {} {}={}: crun-wasm refuses an image that names a handler", what,
                        key, value),
            fmt::format("Use {}=compat instead.", kVariantKey));
      } else if (key == kVariantKey) {
        if (value != "compat" && value != "compat-smart")
          add(RuleId::variant_value,
              fmt::format("has the {} {}={}, and runtimes know only compat and compat-smart", what,
                          key, value),
              fmt::format("Write {}=compat.", kVariantKey));
      } else if (!containerfile::nearest(key, {kVariantKey}).empty()) {
        add(RuleId::annotation_key, fmt::format("has the {} {}, which no runtime knows", what, key),
            fmt::format("Did you mean {}?", kVariantKey));
      }
    }
  }

  void check_plugin() {
    if (!facts_.plugin) return;
    const PluginFile& plugin = *facts_.plugin;
    const auto add_plugin = [&](std::string message, std::string hint) {
      findings_.push_back(
          make_finding(RuleId::plugin_layer, plugin.path, std::move(message), std::move(hint)));
    };
    if (!plugin.is_in_last_layer)
      add_plugin("is not in the last layer, the only one that Istio looks into",
                 "Make its COPY the last one of the Containerfile.");
    else if (plugin.layer_type != oci::layer_type(facts_.format, Compression::gzip))
      add_plugin(
          fmt::format("is in a layer {}, and Istio reads only tar with gzip", plugin.layer_type),
          "Build the image anew; modulah uses gzip.");
  }

  const ImageFacts& facts_;
  std::vector<Finding> findings_;
};

}  // namespace

bool is_for_wasm(const oci::Platform& platform) {
  return platform.os.starts_with("wasi") || platform.architecture.starts_with("wasm");
}

std::vector<std::string> command_of(const oci::ContainerConfig& config) {
  std::vector<std::string> words = config.entrypoint.value_or(std::vector<std::string>());
  if (config.command) words.insert(words.end(), config.command->begin(), config.command->end());
  return words;
}

std::vector<Finding> check_image(const ImageFacts& facts) { return ImageCheck(facts).run(); }

}  // namespace modulah::validate
