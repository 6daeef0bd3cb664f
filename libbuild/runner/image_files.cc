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
#include "modulah/layer/tree.h"
#include "modulah/layer/unpack.h"
#include "modulah/runner/run.h"

#include "guest_path.h"

namespace modulah::runner {
namespace {

constexpr std::string_view kRecordForm = "modulah-run-1";
constexpr std::uint64_t kMaxRecordBytes = 1024;

/// What is kept about an entry point.
struct Record {
  std::string module;     ///< SHA-256 of its bytes, in hex.
  bool is_alone = false;  ///< The image has no other file.
};

std::string to_text(const Record& record) {
  return fmt::format("{} {} {}\n", kRecordForm, record.module, record.is_alone ? "alone" : "root");
}

/// That it could not be kept, on a full disk say, costs the next run time, and nothing else.
void keep_record(const std::filesystem::path& path, const Record& record) {
  try {
    write_file(path, to_text(record), 0600);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
  }
}

std::optional<Record> parse_record(std::string_view text) {
  for (const bool is_alone : {true, false}) {
    constexpr std::size_t kHexDigits = 64;
    if (text.size() < kRecordForm.size() + 1 + kHexDigits) return std::nullopt;
    const Record record{std::string(text.substr(kRecordForm.size() + 1, kHexDigits)), is_alone};
    const bool is_hex = record.module.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (is_hex && to_text(record) == text) return record;
  }
  return std::nullopt;
}

std::string key_of(const std::vector<oci::Descriptor>& layers, std::string_view more) {
  std::string text;
  for (const oci::Descriptor& layer : layers) text += layer.digest.text() + "\n";
  text += more;
  return to_hex(sha256(as_bytes(text)));
}

/// The modules in a tree, for a hint: "It has /a.wasm, /b.wasm."
std::string modules_in(const layer::Tree& tree) {
  std::string names;
  std::size_t count = 0;
  tree.walk([&](const std::string& path, const layer::TreeEntry& entry) {
    if (entry.type != layer::EntryType::file || !path.ends_with(".wasm") || ++count > 5) return;
    names += fmt::format("{}/{}", names.empty() ? "" : ", ", path);
  });
  if (count == 0) return "It has no file that ends with .wasm.";
  return fmt::format("It has {}{}.", names, count > 5 ? " and more" : "");
}

layer::Tree tree_of(oci::BlobReader& blobs, const std::vector<oci::Descriptor>& layers) {
  layer::Tree tree;
  for (const oci::Descriptor& blob : layers) {
    layer::TarReader reader(blobs, blob);
    tree.apply_layer(reader);
  }
  return tree;
}

/// Whether the module at `path` is all there is, besides the directories that it lies in.
bool is_alone(const layer::Tree& tree, const std::string& path) {
  bool is_only = true;
  tree.walk([&](const std::string& other, const layer::TreeEntry& entry) {
    const bool is_parent =
        entry.type == layer::EntryType::directory && path.starts_with(other + "/");
    if (other != path && !is_parent) is_only = false;
  });
  return is_only;
}

/// Why there can be no module at `spec`'s path, or nothing.
std::optional<Error> failure_of(const layer::Tree& tree, const RunSpec& spec,
                                std::string_view name) {
  const auto entry = tree.find(spec.module_path);
  if (!entry)
    return Error(ErrorKind::not_found,
                 fmt::format("image {} has no file {}", name, spec.module_path), modules_in(tree));
  if (entry->type != layer::EntryType::file)
    return Error(ErrorKind::invalid,
                 fmt::format("{} in image {} is no file", spec.module_path, name),
                 modules_in(tree));
  return std::nullopt;
}

std::string read_from_layers(oci::BlobReader& blobs, const ImageSource& image,
                             const RunSpec& spec) {
  auto file = layer::find_file(blobs, image.layers, spec.module_path, kMaxModuleBytes);
  if (!file)
    throw Error(ErrorKind::not_found, fmt::format("the layers have no file {}", spec.module_path));
  return std::move(file->bytes);
}

/// Sets `found` to the unpacked layers. They are made under a name of their own and renamed, so
/// they are whole or not there.
void find_root(oci::BlobReader& blobs, const ImageSource& image, const RunCache& cache,
               ImageModule& found) {
  const std::filesystem::path roots = cache.subdirectory("roots");
  found.root = roots / key_of(image.layers, "");
  found.root_use = store::DirectoryUse::begin(found.root);
  if (found.root_use) {
    note_use(found.root);
    return;
  }
  const TempDir temporary(roots);
  const std::filesystem::path fresh = temporary.path() / "root";
  if (mkdir(fresh.c_str(), 0755) != 0)
    throw_system_error(fmt::format("make directory {}", fresh.native()), errno);
  (void)layer::unpack_layers(blobs, image.layers, fresh);
  note_use(fresh);  // The image may have given it a time long ago.
  // Held before it has its name, so that nobody can trim it in between. Somebody else may have
  // been faster, or may be trimming the one that was there: then it is looked for again.
  std::optional<store::DirectoryUse> fresh_use = store::DirectoryUse::begin(fresh);
  for (int tries_left = 100;; --tries_left) {
    std::error_code error;
    std::filesystem::rename(fresh, found.root, error);
    found.root_use = error ? store::DirectoryUse::begin(found.root) : std::move(fresh_use);
    if (found.root_use) return;
    std::error_code ignored;
    if (tries_left == 0 || !std::filesystem::is_directory(found.root, ignored))
      throw_system_error(fmt::format("rename to {}", found.root.native()), error.value());
  }
}

}  // namespace

ImageModule find_module(oci::BlobReader& blobs, const ImageSource& image, const RunSpec& spec,
                        const RunCache& cache, std::string_view name) {
  ImageModule found;
  if (image.module) {
    found.code_key = image.module->digest.hex();
    found.root = cache.empty();
    return found;
  }
  const std::filesystem::path path =
      cache.subdirectory("runs") / key_of(image.layers, spec.module_path);
  std::optional<Record> record;
  if (const auto text = read_file_if_exists(path, kMaxRecordBytes)) record = parse_record(*text);
  if (record) {
    note_use(path);
  } else {
    const layer::Tree tree = tree_of(blobs, image.layers);
    found.failure = failure_of(tree, spec, name);
    if (found.failure) return found;
    found.bytes = read_from_layers(blobs, image, spec);
    record = Record{to_hex(sha256(as_bytes(found.bytes))),
                    is_alone(tree, tree.resolve(spec.module_path))};
    keep_record(path, *record);
  }
  found.code_key = record->module;
  found.is_in_root = !record->is_alone;
  if (record->is_alone)
    found.root = cache.empty();
  else
    find_root(blobs, image, cache, found);
  return found;
}

std::string read_module(oci::BlobReader& blobs, const ImageSource& image, const RunSpec& spec,
                        ImageModule& found) {
  if (!found.bytes.empty()) return std::move(found.bytes);
  if (image.module) return oci::read_blob(blobs, *image.module, kMaxModuleBytes);
  return read_from_layers(blobs, image, spec);
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
    // The record says that it is there; a cache somebody has emptied is the only way it is not.
    const auto module = host_path_of(files.root, spec.module_path);
    if (!module)
      throw Error(ErrorKind::not_found,
                  fmt::format("{} has no {}", found.root.native(), spec.module_path),
                  "Remove that directory; it is made again.");
    files.module = *module;
    return files;
  }
  files.module = files.root / std::string_view(spec.module_path).substr(1);
  std::filesystem::create_directories(files.module.parent_path(), error);
  write_file(files.module, read_bytes(), 0755);
  return files;
}

void find_working_directory(const RunSpec& spec, const std::filesystem::path& empty,
                            RunFiles& files) {
  if (spec.working_directory == "/") return;
  const auto found = host_path_of(files.root, spec.working_directory);
  std::error_code error;
  files.working_directory = found && std::filesystem::is_directory(*found, error) ? *found : empty;
  for (const auto& entry : std::filesystem::directory_iterator(files.root, error))
    if (!entry.is_symlink(error) && entry.is_directory(error))
      files.root_directories.push_back(entry.path().filename().string());
  std::sort(files.root_directories.begin(), files.root_directories.end());
}

}  // namespace modulah::runner
