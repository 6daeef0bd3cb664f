// Two layers from anywhere, one on the other: unpacking them ends with an Error or well, and
// changes nothing outside of the directory they are unpacked to.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/layer/unpack.h"
#include "modulah/oci/media_type.h"

namespace {

using namespace modulah;

/// The two halves of the input as blobs.
class Halves : public oci::BlobReader {
 public:
  explicit Halves(std::string_view text)
      : lower_(text.substr(0, text.size() / 1024 * 512)), upper_(text.substr(lower_.size())) {
    for (const std::string_view half : {lower_, upper_})
      layers.push_back(
          {std::string(oci::media_type::kOciLayer), oci::Digest::of(half), half.size()});
  }
  bool has(const oci::Descriptor&) override { return true; }
  std::unique_ptr<Source> open(const oci::Descriptor& blob) override {
    return std::make_unique<SpanSource>(blob.digest == layers[0].digest ? lower_ : upper_);
  }

  std::vector<oci::Descriptor> layers;

 private:
  std::string_view lower_;
  std::string_view upper_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const TempDir directory(fs::temp_directory_path());
  static const bool is_prepared = [] {
    fs::create_directory(directory.path() / "outside");
    write_file(directory.path() / "outside" / "file", "kept");
    return true;
  }();
  (void)is_prepared;
  Halves halves(std::string_view(reinterpret_cast<const char*>(data), size));
  layer::UnpackOptions options;
  options.limits.max_bytes = 1 << 20;
  options.limits.max_entries = 200;
  {
    const TempDir target(directory.path());
    try {
      (void)layer::unpack_layers(halves, halves.layers, target.path(), options);
    } catch (const Error&) {
    }
  }
  // All that was made is gone with the target, and what was beside it is as it was.
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    (void)entry;
    ++count;
  }
  const fs::path kept = directory.path() / "outside" / "file";
  if (count != 2 || read_file(kept, 100) != "kept" || fs::hard_link_count(kept) != 1) std::abort();
  return 0;
}
