// A docker-archive from anywhere: listing it and reading what it names end with an Error or well.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/docker_archive.h"
#include "modulah/oci/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  static const TempDir directory(std::filesystem::temp_directory_path());
  write_file(directory.path() / "image.tar",
             std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    image::DockerArchiveReader archive(directory.path() / "image.tar");
    for (const image::PlacedImage& image : archive.images()) {
      const oci::Manifest manifest = oci::parse_manifest(
          oci::read_blob(archive, image.manifest, oci::kMaxDocumentBytes), "manifest");
      (void)oci::read_blob(archive, manifest.config, oci::kMaxDocumentBytes);
      for (const oci::Descriptor& layer : manifest.layers) {
        try {
          (void)oci::read_blob(archive, layer, 1 << 20);
        } catch (const Error&) {
        }
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
