// An oci-archive from anywhere: listing it and reading what it names end with an Error or well.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fcntl.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/archive.h"
#include "modulah/image/place.h"
#include "modulah/oci/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  static const TempDir directory(std::filesystem::temp_directory_path());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    (void)image::parse_place(text, image::PlaceUse::read);
  } catch (const Error&) {
  }
  write_file(directory.path() / "image.tar", text);
  try {
    image::ArchiveReader archive(directory.path() / "image.tar");
    const auto root = archive.resolve("");
    if (!root) return 0;
    const oci::Manifest manifest =
        oci::parse_manifest(oci::read_blob(archive, *root, oci::kMaxDocumentBytes), "manifest");
    for (const oci::Descriptor& layer : manifest.layers)
      if (archive.has(layer)) (void)oci::read_blob(archive, layer, 1 << 20);
  } catch (const Error&) {
  }
  return 0;
}
