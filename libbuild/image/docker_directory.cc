// Files under the digests of their content.
#include "modulah/image/docker_directory.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/json.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/nesting.h"

namespace modulah::image {

namespace {

constexpr std::string_view kManifestName = "manifest.json";
constexpr std::string_view kVersionName = "version";
constexpr std::string_view kVersion = "Directory Transport Version: 1.1\n";

bool is_document(const oci::Descriptor& blob) {
  return oci::is_manifest(blob.media_type) || oci::is_index(blob.media_type);
}

/// The media type that a document states; an OCI manifest may leave it out.
std::string media_type_of(const std::string& text, const std::string& what) {
  oci::check_nesting(text, what);
  const nlohmann::json json = parse_json<nlohmann::json>(text);
  if (!json.is_object()) throw Error(ErrorKind::invalid, fmt::format("{} is not JSON", what));
  const auto type = json.find("mediaType");
  if (type != json.end() && type->is_string()) return type->get<std::string>();
  return std::string(json.contains("manifests") ? oci::media_type::kOciIndex
                                                : oci::media_type::kOciManifest);
}

/// Opening a pipe would wait for ever, and a link may lead anywhere. A file that is not there is
/// left to whoever opens it.
void check_regular(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(ErrorKind::invalid, fmt::format("{} is not a regular file", path.native()));
}

}  // namespace

DockerDirectory::DockerDirectory(std::filesystem::path path, Access access)
    : path_(std::move(path)) {
  std::error_code ignored;
  const bool is_image = std::filesystem::exists(path_ / kVersionName, ignored) ||
                        std::filesystem::exists(path_ / kManifestName, ignored);
  if (access == Access::read) {
    if (!is_image)
      throw Error(
          std::filesystem::exists(path_, ignored) ? ErrorKind::invalid : ErrorKind::not_found,
          fmt::format("{} has no {} in it", path_.native(), kManifestName),
          "A directory for \"dir:\" is one that skopeo or podman has written.");
    return;
  }
  if (!is_image && std::filesystem::exists(path_, ignored) &&
      !std::filesystem::is_empty(path_, ignored))
    throw Error(ErrorKind::invalid,
                fmt::format("{} has other files in it than an image's", path_.native()),
                "Name a directory that does not exist yet.");
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) throw_system_error(fmt::format("create {}", path_.native()), error.value());
  write_file(path_ / kVersionName, kVersion);
}

std::filesystem::path DockerDirectory::path_of(const oci::Descriptor& blob) const {
  return path_ / fmt::format("{}{}", blob.digest.hex(), is_document(blob) ? ".manifest.json" : "");
}

bool DockerDirectory::has(const oci::Descriptor& blob) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path_of(blob), error);
  return !error && size == blob.size;
}

std::unique_ptr<Source> DockerDirectory::open(const oci::Descriptor& blob) {
  std::filesystem::path path = path_of(blob);
  std::error_code ignored;
  // The image's own manifest is there under another name.
  if (is_document(blob) && !std::filesystem::exists(path, ignored)) path = path_ / kManifestName;
  check_regular(path);
  return std::make_unique<oci::VerifyingSource>(std::make_unique<FileSource>(path), blob);
}

void DockerDirectory::put(const oci::Descriptor& blob, Source& content) {
  oci::VerifyingSource verified(std::make_unique<ObservedSource>(content, [](std::size_t) {}),
                                blob);
  AtomicFile file(path_);
  (void)copy(verified, file);
  file.commit(path_of(blob));
}

std::optional<oci::Descriptor> DockerDirectory::resolve(std::string_view) {
  const std::filesystem::path path = path_ / kManifestName;
  check_regular(path);
  const std::optional<std::string> text = read_file_if_exists(path, oci::kMaxDocumentBytes);
  if (!text) return std::nullopt;
  return oci::Descriptor{media_type_of(*text, path.native()), oci::Digest::of(*text), text->size()};
}

void DockerDirectory::tag(std::string_view, const oci::Descriptor& manifest) {
  const std::filesystem::path from = path_of(manifest);
  std::error_code error;
  std::filesystem::rename(from, path_ / kManifestName, error);
  if (error)
    throw_system_error(fmt::format("rename {} to {}", from.native(), kManifestName), error.value());
}

}  // namespace modulah::image
