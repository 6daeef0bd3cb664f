// modulah validate: what is wrong with a module, a Containerfile or an image.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"
#include "modulah/builder/builder.h"
#include "modulah/images/check_image.h"
#include "modulah/images/module_validator.h"
#include "modulah/validate/file_kind.h"

#include "build_context.h"
#include "build_request.h"
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

struct Options {
  std::vector<std::string> targets = {"."};
  BuildOptions build;  ///< Those that say which build of a Containerfile is meant.
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

/// Checks what the words of one command line name.
class Validation {
 public:
  Validation(const Options& options, const Invocation& invocation, Reporter& reporter)
      : options_(options),
        invocation_(invocation),
        reporter_(reporter),
        modules_(wasmtime_candidates(invocation.world), compile_worker(invocation.world),
                 optimizer_setup(invocation.world), reporter) {}

  TargetReport check(const std::string& word) {
    if (word == "-" || !options_.build.files.empty()) return check_containerfile(word);
    if (image::parse_place(word, image::PlaceUse::read))
      return check_image(word, open_image(invocation_, word));
    const std::filesystem::path path = invocation_.world.directory / word;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return check_file(word);
    if (std::filesystem::is_directory(path, ignored)) {
      for (const char* name : {"Containerfile", "Dockerfile"})
        if (std::filesystem::exists(path / name, ignored)) return check_containerfile(word);
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

  TargetReport check_file(const std::string& word) {
    const FileBytes file(invocation_.world.directory / word, kMaxFileBytes);
    const validate::FileKind kind = validate::kind_of_file(file.bytes());
    if (kind == validate::FileKind::module) return check_module(word, file.bytes());
    const bool is_text = kind == validate::FileKind::other || kind == validate::FileKind::empty;
    if (!is_text || word.ends_with(".wasm")) return not_a_module(word, kind);
    if (as_text(file.bytes()).find('\0') != std::string_view::npos)
      return {word,
              "module",
              {validate::make_finding(RuleId::invalid_module, word,
                                      "is neither a module nor a Containerfile",
                                      std::string(validate::words_of(kind).hint))}};
    return check_containerfile(word);
  }

  static TargetReport not_a_module(const std::string& word, validate::FileKind kind) {
    return {word,
            "module",
            {validate::make_finding(RuleId::invalid_module, word, validate::not_a_module(kind),
                                    std::string(validate::words_of(kind).hint))}};
  }

  TargetReport check_module(const std::string& word, std::span<const std::byte> bytes) {
    images::ModuleReport report = modules_.check(bytes, word);
    TargetReport result{word, "module", std::move(report.findings)};
    if (report.summary) {
      std::vector<Finding> more =
          validate::check_module(*report.summary, word, validate::ModuleUse::file);
      std::move(more.begin(), more.end(), std::back_inserter(result.findings));
    }
    return result;
  }

  /// As 'modulah build' with the same words would, without making an image.
  TargetReport check_containerfile(const std::string& word) {
    const BuildContext context = open_build_context(word, invocation_.world);
    BuildOptions options = options_.build;
    options.context = word;
    builder::BuildRequest request = make_request(options, context, invocation_.world);
    request.stop = invocation_.stop();
    builder::BuildTools tools{wasmtime_candidates(invocation_.world),
                              optimizer_setup(invocation_.world),
                              compile_worker(invocation_.world)};
    tools.optimizer.stop = request.stop;
    tools.compile_worker.stop = request.stop;
    return {word, "containerfile", builder::check_build(request, tools, reporter_)};
  }

  /// Paths in the image follow its name, as in podman cp.
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
  Reporter& reporter_;
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
                                    {"platform", finding.platform},
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
  add_containerfile_options(app, options->build);
  app.add_flag("--strict", options->is_strict, "End with 1 also when there are warnings");
  app.add_flag("--json", options->is_json, "Print a JSON record");
  app.add_flag("-q,--quiet", options->is_quiet, "Print only warnings and errors");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command validate_command = {
    .name = "validate",
    .alias = "",
    .group = "Images",
    .operands = "[PATH|IMAGE...]",
    .summary = "Check a module, a Containerfile or an image",
    .description =
        R"(PATH is a module's file, a Containerfile, or a directory that has one (default:
the working directory). Otherwise IMAGE is a name, an id, oci:DIR[:REF] or
oci-archive:FILE. A word that is a file, or a directory with a Containerfile, is
taken as such; write localhost/NAME for an image of the same name.

A Containerfile is checked as 'modulah build' with the same options builds it:
its sources, the ignore file, the modules that it copies and the entry point. No
image is made. What build refuses is an error here. A module is checked against
the whole WebAssembly specification. Of an image every blob is read: digests,
sizes, diff ids, names and links of files, and the entry point's module. Each
finding is a line with its place and ends with its rule's name in brackets.
"# check=skip=RULE" at the top of a Containerfile skips a rule.

Examples:
  # Before the build
  $ modulah validate

  # Will runtimes run it?
  $ modulah validate app.wasm demo/app:v1

  # The Containerfile of one stage and platform, before it is built
  $ modulah validate -f deploy/app.Containerfile --target app .

  # In a pipeline
  $ modulah validate --strict --json oci:./image | jq '.findings[].rule'

Exit status:
  0 when there is no error (with --strict: no warning), 1 when there is one or the
  target cannot be read, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
