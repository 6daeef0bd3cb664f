// Optimising, summarising and validating modules.
#include "module_gate.h"

#include <cstring>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/human.h"
#include "modulah/wasm/size_changes.h"

namespace modulah::builder {

namespace {

/// Up to this a module is validated before as many threads as there are cores are at work. With two
/// cores the other one is busy compressing it anyway.
constexpr std::uint64_t kOneCoreBytes = std::uint64_t{4} << 20;
constexpr unsigned kFewCores = 2;

/// Which file of `libraries` would be loaded, as far as can be told without loading it.
std::string identity_of_library(const std::vector<std::filesystem::path>& libraries) {
  for (const std::filesystem::path& library : libraries) {
    struct stat status {};
    if (!library.has_parent_path() || ::stat(library.c_str(), &status) != 0) continue;
    return fmt::format("{} {} {} {}", library.native(), status.st_ino, status.st_size,
                       status.st_mtim.tv_sec);
  }
  return "none";
}

std::shared_ptr<const wasm::Engine> load_engine(const BuildTools& tools, wasm::Cores cores) {
  try {
    wasm::Engine engine =
        wasm::Engine::load(tools.wasmtime_libraries, wasm::Interruption::none, cores);
    engine.compile_in(tools.compile_worker);
    return std::make_shared<const wasm::Engine>(std::move(engine));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return nullptr;
    throw;
  }
}

/// Begins `work` on another thread; when the system has none, it is done by who asks for the
/// result.
template <typename Work>
auto begin(const Work& work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

/// "debug information 2.1 MB to 0 B, code 84 kB to 81 kB"
std::string words_of(const std::vector<wasm::SizeChange>& changes) {
  std::string words;
  for (const wasm::SizeChange& one : changes)
    words += fmt::format("{}{} {} to {}", words.empty() ? "" : ", ", one.what,
                         human_size(one.before), human_size(one.after));
  return words.empty() ? "nothing changed" : words;
}

/// "-23 %"; an optimiser may also make a module larger.
std::string change_in_percent(std::uint64_t before, std::uint64_t after) {
  if (before == 0) return "";
  const double change = (static_cast<double>(after) / static_cast<double>(before) - 1) * 100;
  return fmt::format("{:+.0f} %", change);
}

ModuleBytes copy_of(std::span<const std::byte> bytes) {
  ModuleBytes copy(bytes.size());
  std::memcpy(copy.span().data(), bytes.data(), bytes.size());
  return copy;
}

/// Without an engine: Binaryen's validator, and without that the structure only, which
/// `prepare` has read.
void validate_without_engine(std::span<const std::byte> bytes, std::string_view name,
                             const wasm::OptimizerSetup& setup, Reporter& reporter) {
  try {
    if (wasm::kind_of_binary(bytes, name) == wasm::BinaryKind::module) {
      wasm::validate_with_binaryen(bytes, name, setup);
      return;
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  reporter.warning(fmt::format(
      "{}: only its structure was checked: neither Wasmtime nor Binaryen is there to validate it",
      name));
}

}  // namespace

ModuleGate::ModuleGate(const BuildTools& tools, GateSettings settings, Reporter& reporter)
    : tools_(tools),
      settings_(std::move(settings)),
      optimized_(settings_.cache_directory / "optimized"),
      reporter_(reporter) {}

ModuleGate::~ModuleGate() = default;

bool ModuleGate::is_module(std::span<const std::byte> first_bytes) {
  return wasm::is_wasm(first_bytes);
}

void ModuleGate::warm_up(std::uint64_t bytes) {
  if (engine_.valid()) return;
  const bool is_one_enough = bytes <= kOneCoreBytes || settings_.threads <= kFewCores;
  engine_ = begin([this, cores = is_one_enough ? wasm::Cores::one : wasm::Cores::all] {
              return load_engine(tools_, cores);
            }).share();
}

PreparedModule ModuleGate::prepare(ModuleBytes bytes, const wasm::CustomTail& tail,
                                   std::string_view name, std::string path) {
  wasm::Summary summary = wasm::summarize(bytes.span(), tail, name, wasm::Depth::headers);
  const std::uint64_t source_size = summary.size;
  const std::uint64_t tail_bytes = source_size - bytes.span().size();
  if (settings_.optimize) {
    if (summary.kind == wasm::BinaryKind::component) {
      reporter_.warning(fmt::format("{}: a component is not optimised", name));
    } else {
      bytes = optimize(std::move(bytes), name);
      wasm::Summary optimized = wasm::summarize(bytes.span(), name, wasm::Depth::headers);
      reporter_.info("  " + words_of(wasm::size_changes(summary, optimized)));
      summary = std::move(optimized);
    }
  }
  modules_.push_back({std::move(path), source_size, summary.size});
  return {std::move(bytes), tail_bytes, std::make_shared<const wasm::Summary>(std::move(summary))};
}

ModuleGate::Validation ModuleGate::begin_validation(const PreparedModule& module,
                                                    std::string_view name) {
  warm_up(module.bytes.span().size());
  return Validation(begin([this, bytes = module.bytes.span(), text = std::string(name)] {
    if (const std::shared_ptr<const wasm::Engine> engine = engine_.get())
      engine->validate(bytes, text);
    else
      validate_without_engine(bytes, text, tools_.optimizer, reporter_);
  }));
}

std::string ModuleGate::optimizer_key() const {
  if (!settings_.optimize) return "";
  const wasm::OptimizeOptions& options = *settings_.optimize;
  return fmt::format("binaryen {} {} {} {} {}", to_string(options.level),
                     static_cast<int>(options.names), static_cast<int>(options.debug_info),
                     static_cast<int>(options.producers),
                     identity_of_library(tools_.optimizer.libraries));
}

ModuleBytes ModuleGate::optimize(ModuleBytes bytes, std::string_view name) {
  const std::uint64_t before = bytes.span().size();
  Sha256Sink hash;
  hash.write(as_bytes(optimizer_key()));
  hash.write(bytes.span());
  const Sha256Bytes key = hash.finish();
  std::string how = "from the cache";
  std::optional<ModuleBytes> result = find_optimized(key);
  if (!result) {
    const std::unique_ptr<Progress> progress =
        reporter_.begin(fmt::format("optimizing {}", name), 0);
    const wasm::OptimizeResult made =
        wasm::optimize(bytes.span(), name, *settings_.optimize, tools_.optimizer);
    progress->finish("");
    if (!made.diagnostics.empty())
      reporter_.debug(fmt::format("{}: Binaryen said: {}", name, made.diagnostics));
    result = copy_of(made.bytes);
    how = fmt::format("Binaryen {}", made.binaryen.version);
    keep_optimized(key, result->span());
  }
  const std::uint64_t after = result->span().size();
  reporter_.info(fmt::format("optimized {} with -O{}: {} to {} ({}, {})", name,
                             to_string(settings_.optimize->level), human_size(before),
                             human_size(after), change_in_percent(before, after), how));
  return std::move(*result);
}

std::optional<ModuleBytes> ModuleGate::find_optimized(const Sha256Bytes& key) const {
  if (settings_.cache == CacheUse::no) return std::nullopt;
  const std::optional<std::string> digest = optimized_.find(key);
  if (!digest) return std::nullopt;
  try {
    const std::filesystem::path path = settings_.cache_directory / "modules" / *digest;
    const FileBytes file(path, tools_.optimizer.max_module_bytes);
    ModuleBytes bytes = copy_of(file.bytes());
    if (to_hex(sha256(bytes.span())) != *digest) return std::nullopt;
    note_use(path);
    return bytes;
  } catch (const Error&) {
    return std::nullopt;  // What cannot be read is made anew.
  }
}

void ModuleGate::keep_optimized(const Sha256Bytes& key, std::span<const std::byte> bytes) const {
  const std::string digest = to_hex(sha256(bytes));
  const std::filesystem::path folder = settings_.cache_directory / "modules";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return;
  try {
    write_file(folder / digest, as_text(bytes));
    (void)optimized_.put(key, digest);
  } catch (const Error& problem) {
    reporter_.debug(fmt::format("the optimised module is not kept: {}", problem.message()));
  }
}

}  // namespace modulah::builder
