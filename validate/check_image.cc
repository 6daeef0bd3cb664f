// Rules about an image as a whole.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "modulah/containerfile/values.h"
#include "modulah/validate/image.h"

namespace modulah::validate {

namespace {

constexpr std::string_view kVariantKey = "module.wasm.image/variant";
constexpr std::string_view kHandlerKey = "run.oci.handler";
constexpr std::string_view kImage = "image";
constexpr unsigned kExecuteBits = 0111;

/// Collects the findings of one image.
class ImageCheck {
 public:
  explicit ImageCheck(const ImageFacts& facts) : facts_(facts) {}

  std::vector<Finding> run() {
    check_entry();
    check_platform();
    check_annotations();
    check_environment();
    return std::move(findings_);
  }

 private:
  void add(RuleId rule, std::string subject, std::string message, std::string hint = {}) {
    findings_.push_back(
        make_finding(rule, std::move(subject), std::move(message), std::move(hint)));
  }

  [[nodiscard]] std::vector<std::string> argv() const {
    const oci::ContainerConfig& config = facts_.config.config;
    std::vector<std::string> words = config.entrypoint.value_or(std::vector<std::string>());
    if (config.command) words.insert(words.end(), config.command->begin(), config.command->end());
    return words;
  }
  [[nodiscard]] bool is_module() const { return facts_.entry.kind == EntryFile::Kind::module; }

  void check_entry() {
    const std::vector<std::string> words = argv();
    if (words.empty()) {
      add(RuleId::no_entry_point, std::string(kImage), "has neither ENTRYPOINT nor CMD",
          "Add CMD [\"/app.wasm\"] to the Containerfile.");
      return;
    }
    const bool is_shell = words.size() > 1 && words[0] == "/bin/sh" && words[1] == "-c";
    if (is_shell && facts_.entry.kind == EntryFile::Kind::missing) {
      add(RuleId::shell_form, std::string(kImage),
          fmt::format("the command \"{}\" is in shell form, and there is no shell in the image",
                      words.size() > 2 ? words[2] : ""),
          "Write it as a JSON list: CMD [\"/app.wasm\", \"argument\"].");
      return;
    }
    check_entry_file(words.front());
  }

  void check_entry_file(const std::string& word) {
    const EntryFile& entry = facts_.entry;
    switch (entry.kind) {
      case EntryFile::Kind::missing:
        add(RuleId::entry_point_missing, std::string(kImage),
            fmt::format("the entry point \"{}\" is not in the image", word),
            "COPY the module to this path, or name the path it was copied to in CMD.");
        return;
      case EntryFile::Kind::directory:
        add(RuleId::entry_point_not_file, entry.path, "the entry point is a directory",
            "Name the module in it.");
        return;
      case EntryFile::Kind::elf:
        add_not_module("is a native program (ELF)");
        return;
      case EntryFile::Kind::script:
        add_not_module("is a script");
        return;
      case EntryFile::Kind::other:
        add_not_module("is no WebAssembly module: it does not begin with \"\\0asm\"");
        return;
      case EntryFile::Kind::unknown:
        return;
      case EntryFile::Kind::module:
        break;
    }
    if ((entry.mode & kExecuteBits) == 0)
      add(RuleId::entry_point_not_executable, entry.path,
          fmt::format("has the mode {:04o}, which lets nobody execute it", entry.mode),
          "Add --chmod=755 to its COPY.");
    if (!entry.path.ends_with(".wasm"))
      add(RuleId::entry_point_name, entry.path, "is a module, but its name does not end with .wasm",
          "Copy it to a name that ends with .wasm.");
    if (!entry.summary) return;
    const bool names_function = word.find('#') != std::string::npos;
    for (Finding& finding : check_module(*entry.summary, entry.path))
      if (!(names_function && finding.rule == RuleId::entry_point_no_start))
        findings_.push_back(std::move(finding));
  }
  void add_not_module(std::string_view what) {
    // An image for another platform than Wasm's may run what it likes.
    if (!is_wasm_platform() && !has_variant()) return;
    add(RuleId::entry_point_not_module, facts_.entry.path, std::string(what),
        "Compile for wasm32-wasip1 and copy the .wasm file.");
  }

  [[nodiscard]] bool is_wasm_platform() const {
    return facts_.config.platform.os == "wasi" ||
           facts_.config.platform.architecture.starts_with("wasm");
  }
  [[nodiscard]] bool has_variant() const {
    return facts_.annotations.contains(std::string(kVariantKey)) ||
           facts_.config.config.labels.contains(std::string(kVariantKey));
  }

  void check_platform() {
    const oci::Platform& platform = facts_.config.platform;
    if (is_wasm_platform()) {
      constexpr std::array<std::string_view, 3> kSystems = {"wasi", "wasip1", "linux"};
      const bool is_system_known =
          std::find(kSystems.begin(), kSystems.end(), platform.os) != kSystems.end();
      if (!is_system_known || platform.architecture != "wasm")
        add(RuleId::platform_unknown, std::string(kImage),
            fmt::format("the platform {} is not one that all runtimes take for Wasm",
                        platform.text()),
            "Use wasi/wasm.");
      return;
    }
    if (is_module() && !has_variant())
      add(RuleId::variant_missing, std::string(kImage),
          fmt::format("the platform is {} and there is no annotation {}", platform.text(),
                      kVariantKey),
          fmt::format("Leave --platform out, or add --annotation {}=compat.", kVariantKey));
  }

  void check_annotations() {
    check_keys(facts_.annotations, "the annotation");
    check_keys(facts_.config.config.labels, "the label");
    if (facts_.format == oci::Format::docker && !facts_.annotations.empty())
      add(RuleId::annotation_format, std::string(kImage),
          "a docker manifest has no place for annotations", "Use --format oci.");
  }
  void check_keys(const std::map<std::string, std::string>& values, std::string_view what) {
    for (const auto& [key, value] : values) {
      if (key == kHandlerKey) {
        add(RuleId::run_oci_handler, std::string(kImage),
            fmt::format("{} {} makes crun-wasm refuse the image", what, key),
            fmt::format("Use {}=compat instead.", kVariantKey));
      } else if (key == kVariantKey) {
        if (value != "compat" && value != "compat-smart")
          add(RuleId::variant_value, std::string(kImage),
              fmt::format("{} {} is \"{}\", neither compat nor compat-smart", what, key, value),
              fmt::format("Write {}=compat.", key));
      } else if (!containerfile::nearest(key, {kVariantKey}).empty()) {
        add(RuleId::annotation_key, std::string(kImage),
            fmt::format("{} {} is not {}", what, key, kVariantKey),
            fmt::format("Did you mean {}?", kVariantKey));
      }
    }
  }

  void check_environment() {
    for (const std::string& entry : facts_.config.config.environment)
      if (entry.starts_with("PATH=") && is_module())
        add(RuleId::path_variable, std::string(kImage), "the guest will see " + entry);
  }

  const ImageFacts& facts_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_image(const ImageFacts& facts) { return ImageCheck(facts).run(); }

}  // namespace modulah::validate
