// modulah validate: what is wrong with a module, a Containerfile or an image.
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"
#include "modulah/containerfile/parser.h"
#include "modulah/images/check_image.h"
#include "modulah/images/module_validator.h"
#include "modulah/validate/containerfile.h"

#include "commands.h"
#include "engines.h"
#include "open_image.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

using validate::Finding;
using validate::RuleId;
using validate::Severity;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxIgnoreBytes = std::uint64_t{1} << 20;

struct Options {
  std::vector<std::string> targets = {"."};
  std::vector<std::string> build_args;
  bool is_strict = false;
  bool is_json = false;
  bool is_quiet = false;
};

/// What is to be said about one of the words on the command line.
struct TargetReport {
  std::string target;
  std::string kind;  ///< "module", "containerfile" or "image".
  std::vector<Finding> findings;
};

/// Makes a finding of what parsing throws, when the text is to blame.
template <typename Action>
bool guard_syntax(const std::string& subject, std::vector<Finding>& findings, Action&& action) {
  try {
    action();
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::unsupported) throw;
    findings.push_back(validate::finding_of(error, RuleId::syntax, subject));
    return false;
  }
}

/// Checks what the words of one command line name.
class Validation {
 public:
  Validation(const Options& options, const Invocation& invocation, Reporter& reporter)
      : options_(options),
        invocation_(invocation),
        modules_(wasmtime_candidates(invocation.world), compile_worker(invocation.world),
                 optimizer_setup(invocation.world), reporter) {}

  TargetReport check(const std::string& word) {
    if (image::parse_place(word, image::PlaceUse::read))
      return check_image(word, open_image(invocation_, word));
    const std::filesystem::path path = invocation_.world.directory / word;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return check_file(word, word);
    if (std::filesystem::is_directory(path, ignored)) {
      for (const char* name : {"Containerfile", "Dockerfile"})
        if (std::filesystem::is_regular_file(path / name, ignored))
          return check_file(word, (std::filesystem::path(word) / name).lexically_normal());
      if (looks_like_path(word))
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no Containerfile or Dockerfile in \"{}\"", word),
                    "Name a file, or another directory.");
    } else if (looks_like_path(word)) {
      throw Error(ErrorKind::not_found, fmt::format("{}: no such file or directory", word));
    }
    return check_image(word, open_image(invocation_, word));
  }

 private:
  /// A word that cannot be meant as an image's name.
  static bool looks_like_path(std::string_view word) {
    return word == "." || word == ".." || word.starts_with('/') || word.starts_with("./") ||
           word.starts_with("../") || word.ends_with(".wasm");
  }

  TargetReport check_file(const std::string& word, const std::filesystem::path& path) {
    const std::string name = path.native();
    const std::string bytes = read_file(invocation_.world.directory / path, kMaxFileBytes);
    switch (validate::kind_of_file(as_bytes(bytes))) {
      case validate::FileKind::module:
        return check_module(word, name, bytes);
      case validate::FileKind::compiled:
        return not_a_module(word, name, "is code that an engine compiled for one processor");
      case validate::FileKind::elf:
        return not_a_module(word, name, "is a native program (ELF)");
      case validate::FileKind::script:
      case validate::FileKind::other:
        break;
    }
    if (name.ends_with(".wasm"))
      return not_a_module(word, name,
                          bytes.empty() ? "is empty" : "does not begin with \"\\0asm\"");
    if (bytes.find('\0') != std::string::npos)
      return not_a_module(word, name, "is neither a module nor a Containerfile");
    return check_containerfile(word, path, bytes);
  }

  static TargetReport not_a_module(const std::string& word, const std::string& name,
                                   std::string_view what) {
    return {word,
            "module",
            {validate::make_finding(RuleId::invalid_module, name, std::string(what),
                                    "Compile for wasm32-wasip1 and name the .wasm file.")}};
  }

  TargetReport check_module(const std::string& word, const std::string& name,
                            const std::string& bytes) {
    images::ModuleReport report = modules_.check(as_bytes(bytes), name);
    TargetReport result{word, "module", std::move(report.findings)};
    if (report.summary) {
      std::vector<Finding> more =
          validate::check_module(*report.summary, name, validate::ModuleUse::file);
      std::move(more.begin(), more.end(), std::back_inserter(result.findings));
    }
    return result;
  }

  TargetReport check_containerfile(const std::string& word, const std::filesystem::path& path,
                                   const std::string& text) {
    TargetReport report{word, "containerfile", {}};
    if (text.size() > containerfile::kMaxSourceBytes)
      throw Error(ErrorKind::invalid, fmt::format("{} has {} bytes, too many for a Containerfile",
                                                  path.native(), text.size()));
    const containerfile::SourceText source(path.native(), text);
    const containerfile::ParseResult parsed = containerfile::parse_all(source);
    const containerfile::IgnoreRules ignore = read_ignore(path, report.findings);
    const validate::ContainerfileFacts facts{
        parsed.file, source, parsed.warnings, &ignore, build_args(), {"wasi", "wasm", {}, {}, {}}};
    std::vector<Finding> more = parsed.errors.empty() ? validate::check_containerfile(facts)
                                                      : validate::check_syntax(facts, parsed);
    std::move(more.begin(), more.end(), std::back_inserter(report.findings));
    return report;
  }

  /// The ignore file that a build with the Containerfile's directory as context uses.
  containerfile::IgnoreRules read_ignore(const std::filesystem::path& path,
                                         std::vector<Finding>& findings) const {
    const std::filesystem::path directory = path.parent_path();
    const std::array<std::filesystem::path, 4> candidates = {
        path.native() + ".containerignore", path.native() + ".dockerignore",
        directory / ".containerignore", directory / ".dockerignore"};
    containerfile::IgnoreRules rules;
    for (const std::filesystem::path& candidate : candidates) {
      const auto text =
          read_file_if_exists(invocation_.world.directory / candidate, kMaxIgnoreBytes);
      if (!text) continue;
      (void)guard_syntax(candidate.native(), findings, [&] {
        rules = containerfile::IgnoreRules::parse(*text, candidate.native());
      });
      break;
    }
    return rules;
  }

  [[nodiscard]] std::map<std::string, std::string> build_args() const {
    std::map<std::string, std::string> args;
    for (const std::string& word : options_.build_args) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      args[name] =
          equals == std::string::npos ? invocation_.world.env(name) : word.substr(equals + 1);
    }
    return args;
  }

  /// Paths in the image stand behind its name, as in podman cp.
  TargetReport check_image(const std::string& word, const images::OpenedImage& image) {
    TargetReport report{word, "image",
                        images::check_stored_image(*image.blobs, image.manifest, modules_)};
    for (Finding& finding : report.findings)
      finding.subject = finding.subject.starts_with('/')
                            ? fmt::format("{}:{}", word, finding.subject)
                            : fmt::format("{}{}", word, finding.subject.substr(5));
    return report;
  }

  const Options& options_;
  const Invocation& invocation_;
  images::ModuleValidator modules_;
};

std::size_t count(const std::vector<TargetReport>& reports, Severity severity) {
  std::size_t sum = 0;
  for (const TargetReport& report : reports)
    sum += static_cast<std::size_t>(
        std::count_if(report.findings.begin(), report.findings.end(),
                      [&](const Finding& finding) { return finding.severity == severity; }));
  return sum;
}

nlohmann::ordered_json number_or_null(std::size_t number) {
  return number == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(number);
}

nlohmann::ordered_json to_record(const std::vector<TargetReport>& reports) {
  nlohmann::ordered_json record;
  record["targets"] = nlohmann::ordered_json::array();
  record["findings"] = nlohmann::ordered_json::array();
  for (const TargetReport& report : reports) {
    record["targets"].push_back({{"name", report.target}, {"kind", report.kind}});
    for (const Finding& finding : report.findings)
      record["findings"].push_back({{"rule", validate::rule_of(finding.rule).name},
                                    {"severity", to_string(finding.severity)},
                                    {"target", report.target},
                                    {"subject", finding.subject},
                                    {"line", number_or_null(finding.span.line)},
                                    {"endLine", number_or_null(finding.span.end_line)},
                                    {"column", number_or_null(finding.span.column)},
                                    {"message", finding.message},
                                    {"hint", finding.hint}});
  }
  record["errors"] = count(reports, Severity::error);
  record["warnings"] = count(reports, Severity::warning);
  record["notes"] = count(reports, Severity::note);
  return record;
}

void print_findings(const std::vector<TargetReport>& reports, bool is_quiet) {
  for (const TargetReport& report : reports)
    for (const Finding& finding : report.findings) {
      if (is_quiet && finding.severity == Severity::note) continue;
      print(printable(to_line(finding)) + "\n");
      if (!finding.excerpt.empty()) print(printable(finding.excerpt, "\n\t") + "\n");
      if (!finding.hint.empty()) print(fmt::format("  hint: {}\n", printable(finding.hint)));
    }
}

int run(const Options& options, const Invocation& invocation) {
  const std::unique_ptr<Reporter> reporter = invocation.make_reporter(options.is_quiet);
  Validation validation(options, invocation, *reporter);
  std::vector<TargetReport> reports;
  for (const std::string& word : options.targets) {
    reports.push_back(validation.check(word));
    if (reports.back().findings.empty())
      reporter->info(fmt::format("{}: the {} is good", word, reports.back().kind));
  }
  if (options.is_json)
    print(json_text(to_record(reports), 2) + "\n");
  else
    print_findings(reports, options.is_quiet);
  const bool has_failed = count(reports, Severity::error) != 0 ||
                          (options.is_strict && count(reports, Severity::warning) != 0);
  return has_failed ? 1 : 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("PATH|IMAGE", options->targets);
  add_list(app, "--build-arg", options->build_args,
           "Give an ARG of the Containerfile a value; without one, the environment's")
      ->option_text("NAME[=VALUE]");
  app.add_flag("--strict", options->is_strict, "End with 1 when there are warnings, too");
  app.add_flag("--json", options->is_json, "Print a JSON record");
  app.add_flag("-q,--quiet", options->is_quiet, "Say only warnings and errors");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command validate_command = {
    .name = "validate",
    .alias = "",
    .group = "Images",
    .operands = "[PATH|IMAGE...]",
    .summary = "Say what is wrong with a module, a Containerfile or an image",
    .description =
        R"(PATH is a module's file, a Containerfile, or a directory that has one (default:
the working directory). Else IMAGE is a name, an id, oci:DIR[:REF] or
oci-archive:FILE. A word that is a file, or a directory with a Containerfile, is
taken for it; write localhost/NAME for an image of the same name.

A module is checked against the whole WebAssembly specification. Of an image
every blob is read: digests, sizes, diff ids, and the entry point's module. Then
come the rules: each finding is a line with its place and ends with its rule's
name in brackets. "# check=skip=RULE" at the top of a Containerfile skips one.

Examples:
  # Before the build
  $ modulah validate

  # Will runtimes run it?
  $ modulah validate app.wasm demo/app:v1

  # In a pipeline
  $ modulah validate --strict --json oci:./image | jq '.findings[].rule'

Exit status:
  0 when there is no error (with --strict: no warning), 1 when there is one or the
  target cannot be read, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
