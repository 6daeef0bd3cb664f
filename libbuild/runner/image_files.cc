// Finds, unpacks and looks up an image's files: see image_files.h for where they are.
#include "image_files.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/layer/unpack.h"
#include "modulah/runner/run.h"

#include "cached_root.h"
#include "guest_path.h"
#include "working_view.h"

namespace modulah::runner {
namespace {

constexpr std::string_view kRecordForm = "modulah-run-2";
constexpr std::uint64_t kMaxRecordBytes = 1024;

/// What is kept about an entry point: the SHA-256 of the module's bytes, in hex.
std::string record_text(std::string_view module) {
  return fmt::format("{} {}\n", kRecordForm, module);
}

/// If it cannot be kept, e.g. because the disk is full, the next run only takes longer.
void keep_record(const std::filesystem::path& path, std::string_view module) {
  try {
    write_file(path, record_text(module), 0600);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
  }
}

std::optional<std::string> parse_record(std::string_view text) {
  constexpr std::size_t kHexDigits = 64;
  if (text.size() < kRecordForm.size() + 1 + kHexDigits) return std::nullopt;
  const std::string module(text.substr(kRecordForm.size() + 1, kHexDigits));
  const bool is_hex = module.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex || record_text(module) != text) return std::nullopt;
  return module;
}

std::string key_of(const std::vector<oci::Descriptor>& layers, std::string_view more) {
  std::string text;
  for (const oci::Descriptor& layer : layers) text += layer.digest.text() + "\n";
  text += more;
  return to_hex(sha256(as_bytes(text)));
}

/// The modules below `root`, for a hint: "It has /a.wasm, /b.wasm."
std::string modules_in(const std::filesystem::path& root) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(root, error), end;
       !error && entry != end; entry.increment(error))
    if (!entry->is_symlink(error) && entry->is_regular_file(error) &&
        entry->path().extension() == ".wasm")
      names.push_back(entry->path().native().substr(root.native().size()));
  if (names.empty()) return "It has no file that ends with .wasm.";
  std::sort(names.begin(), names.end());
  const bool is_more = names.size() > kMost;
  if (is_more) names.resize(kMost);
  return fmt::format("It has {}{}.", fmt::join(names, ", "), is_more ? " and more" : "");
}

/// The module's file below `root`, where it was once found.
std::filesystem::path module_file(const std::filesystem::path& root, const RunSpec& spec) {
  // It can only be missing if files were removed from the cache.
  auto path = host_path_of(root, spec.module_path);
  if (!path)
    throw Error(ErrorKind::not_found, fmt::format("{} has no {}", root.native(), spec.module_path),
                "Remove that directory; the next run makes it again.");
  return std::move(*path);
}

/// The module's file below `found.root`. Sets `found.failure` when there can be none.
std::filesystem::path find_file(const RunSpec& spec, std::string_view name, ImageModule& found) {
  const auto path = host_path_of(found.root, spec.module_path);
  std::error_code error;
  if (path && std::filesystem::is_regular_file(*path, error)) return *path;
  found.failure = path ? Error(ErrorKind::invalid,
                               fmt::format("{} in image {} is not a file", spec.module_path, name),
                               modules_in(found.root))
                       : Error(ErrorKind::not_found,
                               fmt::format("image {} has no file {}", name, spec.module_path),
                               modules_in(found.root));
  return {};
}

void unpack(oci::BlobReader& blobs, const ImageSource& image, const std::filesystem::path& target,
            const RunContext& context) {
  const RunRequest& request = context.request;
  const auto progress = context.reporter.begin(fmt::format("unpacking {}", request.image), 0);
  layer::UnpackOptions options;
  options.stop = context.deadline.token();
  if (request.max_unpacked_bytes > 0) {
    options.limits.max_bytes = request.max_unpacked_bytes;
    options.limits.ratio_free_bytes = request.max_unpacked_bytes;
  }
  try {
    (void)layer::unpack_layers(blobs, image.layers, target, options);
    confine_links(target);
  } catch (layer::LimitError& error) {
    error.advise("If the image is to be trusted, allow more with --unpack-size SIZE.");
    throw;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled || !context.deadline.is_over()) throw;
    throw context.deadline.error(request.image, " while it was unpacked");
  }
}

}  // namespace

ImageModule find_module(oci::BlobReader& blobs, const ImageSource& image, const RunSpec& spec,
                        const RunContext& context) {
  ImageModule found;
  const RunCache& cache = context.cache;
  if (image.module) {
    found.code_key = image.module->digest.hex();
    found.root = cache.empty();
    return found;
  }
  CachedRoot root = cached_root(
      cache, key_of(image.layers, "confined"),
      [&](const std::filesystem::path& target) { unpack(blobs, image, target, context); });
  found.root = std::move(root.path);
  found.root_use = std::move(root.use);
  found.is_in_root = true;
  const std::filesystem::path path =
      cache.subdirectory("runs") / key_of(image.layers, spec.module_path);
  std::optional<std::string> module;
  if (const auto text = read_file_if_exists(path, kMaxRecordBytes)) module = parse_record(*text);
  if (module) {
    note_use(path);
  } else {
    const std::filesystem::path file = find_file(spec, context.request.image, found);
    if (found.failure) return found;
    found.bytes = read_file(file, kMaxModuleBytes);
    module = to_hex(sha256(as_bytes(found.bytes)));
    keep_record(path, *module);
  }
  found.code_key = std::move(*module);
  return found;
}

std::string read_module(oci::BlobReader& blobs, const ImageSource& image, const RunSpec& spec,
                        ImageModule& found) {
  if (!found.bytes.empty()) return std::move(found.bytes);
  if (image.module) return oci::read_blob(blobs, *image.module, kMaxModuleBytes);
  return read_file(module_file(found.root, spec), kMaxModuleBytes);
}

RunFiles copy_files(const ImageModule& found, const RunSpec& spec,
                    const std::function<std::string()>& read_bytes,
                    const std::filesystem::path& directory) {
  using std::filesystem::copy_options;
  RunFiles files{.root = directory / "root", .module = {}};
  std::error_code error;
  std::filesystem::copy(found.root, files.root,
                        copy_options::recursive | copy_options::copy_symlinks, error);
  if (error)
    throw_system_error(fmt::format("copy {} to {}", found.root.native(), files.root.native()),
                       error.value());
  if (found.is_in_root) {
    files.module = module_file(files.root, spec);
    return files;
  }
  files.module = files.root / std::string_view(spec.module_path).substr(1);
  std::filesystem::create_directories(files.module.parent_path(), error);
  write_file(files.module, read_bytes(), 0755);
  return files;
}

void find_working_directory(const RunSpec& spec, const MakeView& make_view, RunFiles& files) {
  if (spec.working_directory == "/") return;
  files.working_directory = files.root;
  const auto found = host_path_of(files.root, spec.working_directory);
  std::error_code error;
  if (found && std::filesystem::is_directory(*found, error) &&
      !std::filesystem::is_empty(*found, error) && *found != files.root)
    files.working_directory = make_view([&](const std::filesystem::path& target) {
      make_working_view(files.root, found->native().substr(files.root.native().size()), target);
    });
  for (const auto& entry : std::filesystem::directory_iterator(files.root, error))
    if (!entry.is_symlink(error) && entry.is_directory(error))
      files.root_directories.push_back(entry.path().filename().string());
  std::sort(files.root_directories.begin(), files.root_directories.end());
}

}  // namespace modulah::runner
