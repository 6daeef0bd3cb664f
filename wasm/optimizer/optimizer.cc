// The parent's side: what the worker is asked, and what each way it can end means.
#include "modulah/wasm/optimizer.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/human.h"
#include "modulah/base/io.h"
#include "modulah/base/process.h"
#include "modulah/wasm/summary.h"

#include "protocol.h"
#include "strip.h"

namespace modulah::wasm {
namespace {

constexpr std::array<std::string_view, 7> kLevels = {"0", "1", "2", "3", "4", "s", "z"};
constexpr std::size_t kMaxReplyLine = 64 * 1024;
constexpr std::string_view kOtherWay =
    "Build without optimizing, or install a newer version of the package binaryen.";

/// What Binaryen printed, on one line and shortened.
std::string words_of(std::string_view diagnostics) {
  constexpr std::size_t kMaxWords = 300;
  std::string words;
  for (const char c : diagnostics) {
    const bool is_space = static_cast<unsigned char>(c) <= ' ';
    if (!is_space)
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
    if (words.size() == kMaxWords) {
      words += "…";
      break;
    }
  }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  return words.empty() ? "no output" : words;
}

/// A worker that is built with a sanitizer reserves more address space than any limit allows.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kReservesTerabytes = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kReservesTerabytes = true;
#else
constexpr bool kReservesTerabytes = false;
#endif
#else
constexpr bool kReservesTerabytes = false;
#endif

ProcessResult start_worker(std::string input, const OptimizerSetup& setup) {
  if (setup.worker.empty())
    throw Error(ErrorKind::usage, "no program is set for the Binaryen worker");
  ProcessRequest process;
  process.args = setup.worker;
  // Only Binaryen's own variable for its number of threads.
  process.environment = {fmt::format("BINARYEN_CORES={}", std::max(setup.cores, 1U))};
  process.input = std::move(input);
  process.max_time = setup.max_time;
  process.max_memory_bytes = kReservesTerabytes ? 0 : setup.max_memory_bytes;
  process.max_output_bytes = setup.max_module_bytes + kMaxReplyLine;
  process.stop = setup.stop;
  return with_context([] { return "start the Binaryen worker"; },
                      [&] { return run_process(process); });
}

/// How a process ends that may have no more memory: the C++ library's words, those of the system
/// (also for a thread whose stack has no room), and those of Binaryen's allocator.
bool is_out_of_memory(const ProcessResult& process) {
  constexpr std::string_view kWords[] = {"bad_alloc", "annot allocate memory", "out of memory",
                                         "Resource temporarily unavailable"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view words) {
    return process.diagnostics.find(words) != std::string::npos;
  });
}

/// Throws for a worker that did not come to its own end.
void require_end(const ProcessResult& process, std::string_view name, const OptimizerSetup& setup) {
  using Limit = OptimizeLimitError::Limit;
  if (process.is_timed_out)
    throw OptimizeLimitError(Limit::time,
                             fmt::format("{}: optimizing it takes longer than {} s", name,
                                         std::chrono::duration<double>(setup.max_time).count()),
                             "Allow more time, choose a lower level, or build without optimizing.");
  const std::string& words = process.diagnostics;
  if (is_out_of_memory(process))
    throw OptimizeLimitError(
        Limit::memory,
        fmt::format("{}: optimizing it takes more than {} of memory", name,
                    human_size(setup.max_memory_bytes)),
        "Allow more memory, choose a lower level, or build without optimizing.");
  if (process.signal)
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: Binaryen was killed by signal {}: {}", name, *process.signal,
                            words_of(words)),
                std::string(kOtherWay));
  // How Binaryen ends the process when it cannot read a module.
  if (process.exit_status != 0)
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: Binaryen cannot read it: {}", name, words_of(words)),
                std::string(kOtherWay));
}

/// Throws for an answer that is a refusal.
void require_done(const WorkerReply& reply, const ProcessResult& process, std::string_view name) {
  switch (reply.outcome) {
    case Outcome::done:
      return;
    case Outcome::no_library:
      throw Error(ErrorKind::not_found, reply.message, reply.hint);
    case Outcome::no_binaryen:
      throw Error(ErrorKind::unsupported, reply.message, reply.hint);
    case Outcome::lacks_features:
      throw Error(ErrorKind::unsupported,
                  fmt::format("{}: Binaryen {} does not support features that it uses: {}", name,
                              reply.binaryen.version, reply.message),
                  std::string(kOtherWay));
    case Outcome::not_valid:
      throw Error(ErrorKind::invalid,
                  fmt::format("{}: not valid: {}", name, words_of(process.diagnostics)));
    case Outcome::broke_it:
      throw Error(ErrorKind::unsupported,
                  fmt::format("{}: Binaryen {} produced an invalid module: {}", name,
                              reply.binaryen.version, words_of(process.diagnostics)),
                  std::string(kOtherWay));
  }
}

/// A reply with the bytes that follow it, which are in `process`.
struct Answer {
  WorkerReply reply;
  ProcessResult process;
  std::size_t bytes_at = 0;  ///< In `process.output`.
};

/// Sends the worker a request, followed by the bytes.
Answer ask(std::string input, std::string_view name, const OptimizerSetup& setup) {
  Answer answer;
  answer.process = start_worker(std::move(input), setup);
  require_end(answer.process, name, setup);
  std::string_view rest = answer.process.output;
  answer.reply = decode_reply(rest);
  answer.bytes_at = answer.process.output.size() - rest.size();
  require_done(answer.reply, answer.process, name);
  return answer;
}

/// Reads a module for the worker; throws Error for what it does not support.
Summary summary_for_worker(std::span<const std::byte> bytes, std::string_view name,
                           const OptimizerSetup& setup) {
  if (bytes.size() > setup.max_module_bytes)
    throw Error(ErrorKind::invalid, fmt::format("{}: {} bytes, more than the {} allowed", name,
                                                bytes.size(), setup.max_module_bytes));
  if (kind_of_binary(bytes, name) == BinaryKind::component)
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: it is a component, and Binaryen supports only modules", name),
                "Optimize the core modules before they are combined into a component.");
  Summary summary = summarize(bytes, name);
  if (summary.role == Role::object_file)
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{}: it is an object file, which could not be linked after optimizing", name),
        "Link it first.");
  return summary;
}

WorkerRequest request_for(Task task, const Summary& summary, const OptimizerSetup& setup) {
  WorkerRequest request;
  request.task = task;
  request.libraries = setup.libraries;
  request.used_features = summary.used_features;
  request.features = summary.features();
  return request;
}

bool has_section(const Summary& summary, std::string_view name) {
  return std::any_of(summary.custom_sections.begin(), summary.custom_sections.end(),
                     [&](const CustomSection& section) { return section.name == name; });
}

/// The features that the result may use: some of them imply others in Binaryen.
FeatureSet allowed_after(FeatureSet features) {
  if (features.contains(Feature::bulk_memory)) features.insert(Feature::bulk_memory_opt);
  if (features.contains(Feature::gc)) {
    features.insert(Feature::function_references);
    features.insert(Feature::reference_types);
  }
  return features;
}

/// Reads the result; when it is malformed, the user's module is not to blame.
Summary summary_of_result(std::span<const std::byte> after, std::string_view name) {
  try {
    return summarize(after, fmt::format("output of Binaryen for {}", name));
  } catch (const Error& error) {
    throw Error(ErrorKind::unsupported, error.message(), std::string(kOtherWay));
  }
}

/// The result must have the same interface: it is read and compared.
void require_same_interface(const Summary& before, std::span<const std::byte> after,
                            std::string_view name, const WorkerReply& reply) {
  const auto require = [&](bool is_same, std::string_view what) {
    if (!is_same)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{}: Binaryen {} changed its {}", name, reply.binaryen.version, what),
                  std::string(kOtherWay));
  };
  const Summary summary = summary_of_result(after, name);
  const auto is_same_export = [](const Export& a, const Export& b) {
    return a.name == b.name && a.kind == b.kind;
  };
  require(std::equal(before.exports.begin(), before.exports.end(), summary.exports.begin(),
                     summary.exports.end(), is_same_export),
          "exports");
  // Unused imports are removed; new ones could not be satisfied.
  require(summary.imports.size() <= before.imports.size(), "imports");
  require((summary.used_features - allowed_after(before.features())).empty(), "features");
}

}  // namespace

std::optional<OptimizeLevel> parse_optimize_level(std::string_view word) {
  if (word.starts_with('-')) word.remove_prefix(1);
  if (word.starts_with('O')) word.remove_prefix(1);
  const auto* const found = std::find(kLevels.begin(), kLevels.end(), word);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<OptimizeLevel>(found - kLevels.begin());
}

std::string_view to_string(OptimizeLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::vector<std::filesystem::path> OptimizerSetup::default_libraries() {
  // Debian's package; the loader's path, which has Fedora's and Homebrew's when it is set up; then
  // where those packages put it outside of it.
  return {"libbinaryen.so",
          "/usr/lib/x86_64-linux-gnu/libbinaryen.so",
          "/usr/lib/aarch64-linux-gnu/libbinaryen.so",
          "/usr/lib64/binaryen/libbinaryen.so",
          "/usr/lib/x86_64-linux-gnu/binaryen/libbinaryen.so",
          "/usr/lib/aarch64-linux-gnu/binaryen/libbinaryen.so",
          "/usr/lib/binaryen/libbinaryen.so",
          "/usr/local/lib/libbinaryen.so"};
}

BinaryenInfo find_binaryen(const OptimizerSetup& setup) {
  WorkerRequest request;
  request.task = Task::find;
  request.libraries = setup.libraries;
  return ask(encode(request), "Binaryen", setup).reply.binaryen;
}

OptimizeResult optimize(std::span<const std::byte> bytes, std::string_view name,
                        const OptimizeOptions& options, const OptimizerSetup& setup) {
  const Summary before = summary_for_worker(bytes, name, setup);
  WorkerRequest request = request_for(Task::optimize, before, setup);
  request.level = options.level;
  // Without a section to keep, Binaryen would generate one with meaningless names.
  request.has_names = options.names == Keep::keep && has_section(before, "name");
  std::string input = encode(request);
  append_without_dropped(bytes, before, options, input);
  Answer answer = ask(std::move(input), name, setup);

  const std::span<const std::byte> made = as_bytes(answer.process.output).subspan(answer.bytes_at);
  require_same_interface(before, made, name, answer.reply);
  OptimizeResult result;
  result.bytes.assign(made.begin(), made.end());
  result.size_before = bytes.size();
  result.size_after = made.size();
  result.binaryen = std::move(answer.reply.binaryen);
  result.diagnostics = std::move(answer.process.diagnostics);
  return result;
}

void validate_with_binaryen(std::span<const std::byte> bytes, std::string_view name,
                            const OptimizerSetup& setup) {
  const WorkerRequest request =
      request_for(Task::validate, summary_for_worker(bytes, name, setup), setup);
  std::string input = encode(request);
  input += as_text(bytes);
  (void)ask(std::move(input), name, setup);
}

}  // namespace modulah::wasm
