// An image's files on the host: unpacked once, and then only looked up. run_cache.h says where they
// are kept.
//
// KEY is made of the layers' digests, not of the diff ids that the configuration claims: digests
// are checked when the bytes are read, and a configuration that lies must not put its files
// into another image's place.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "modulah/base/error.h"
#include "modulah/runner/engines.h"
#include "modulah/store/cache_trim.h"

#include "image_source.h"
#include "run_context.h"

namespace modulah::runner {

/// A module in an image, ready to be compiled or taken from the code cache.
struct ImageModule {
  std::string code_key;        ///< Names the module's bytes.
  std::filesystem::path root;  ///< What the guest sees as "/"; in the cache, not to be written to.
  std::optional<store::DirectoryUse> root_use;  ///< Keeps `root` there, when it can be trimmed.
  bool is_in_root = false;                      ///< The module is below `root` too.
  std::string bytes;             ///< Empty when they had not to be read; see read_module.
  std::optional<Error> failure;  ///< Why there is no module; then nothing else is set.
};

/// Finds the module of `spec`. The first time it unpacks the layers, later it reads one small file.
/// When the image has no such file, or a directory there, the result says so, and which modules
/// there are; throws what reading throws, and Error cancelled on a timeout.
[[nodiscard]] ImageModule find_module(oci::BlobReader& blobs, const ImageSource& image,
                                      const RunSpec& spec, const RunContext& context);

/// The module's bytes: those `found` has, else from the root or, of an artifact, from its blob.
[[nodiscard]] std::string read_module(oci::BlobReader& blobs, const ImageSource& image,
                                      const RunSpec& spec, ImageModule& found);

/// A copy of the guest's files in `directory`, which is empty and the caller's own, with the module
/// in its place: for programs that need its path, and that cannot be prevented from writing.
[[nodiscard]] RunFiles copy_files(const ImageModule& found, const RunSpec& spec,
                                  const std::function<std::string()>& read_bytes,
                                  const std::filesystem::path& directory);

/// Fills in what `guest_directories` needs to know about the working directory of a guest whose
/// "/" is `files.root`. `make_view` makes a directory, lets its argument fill it (see
/// working_view.h) and returns its path; it is called when the image has files in the working
/// directory.
using MakeView = std::function<std::filesystem::path(
    const std::function<void(const std::filesystem::path&)>& fill)>;
void find_working_directory(const RunSpec& spec, const MakeView& make_view, RunFiles& files);

}  // namespace modulah::runner
