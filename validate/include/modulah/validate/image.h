// Rules about an image as a whole: will the runtimes that it is for run it?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/validate/finding.h"
#include "modulah/validate/module.h"
#include "modulah/wasm/summary.h"

namespace modulah::validate {

/// What the entry point's first word leads to.
struct EntryFile {
  enum class Kind {
    missing,  ///< There is nothing.
    directory,
    file,
    unknown,  ///< A file that was not looked at.
  };
  Kind kind = Kind::missing;
  FileKind content = FileKind::other;         ///< Of a file.
  std::string path = {};                      ///< Absolute, in the image; symlinks followed.
  unsigned mode = 0;                          ///< Permission bits.
  std::optional<wasm::Summary> summary = {};  ///< Of a module.
};

/// A file named plugin.wasm, which is how Istio and Envoy take a module from an image.
struct PluginFile {
  std::string path;        ///< In the image.
  std::string layer_type;  ///< The media type of its layer.
  bool is_in_last_layer = true;
};

/// What the rules look at.
struct ImageFacts {
  const oci::ImageConfig& config;  ///< Must outlive the call.
  oci::Annotations annotations;    ///< Of the manifest, or those that were asked for.
  oci::Format format = oci::Format::oci;
  EntryFile entry;  ///< Of kind missing when there is no entry point.
  std::optional<PluginFile> plugin = {};
  /// Absolute paths in the image, for "Did you mean"; those that are meant most likely first. Only
  /// needed when the entry point is missing.
  std::vector<std::string> paths = {};
};

/// Whether a platform is one for Wasm: "wasi/wasm", "wasip1/wasm", "linux/wasm" and the like.
[[nodiscard]] bool is_for_wasm(const oci::Platform& platform);

/// The words that a container of the image is started with: ENTRYPOINT, then CMD.
[[nodiscard]] std::vector<std::string> command_of(const oci::ContainerConfig& config);

/// Looks at the image and, when the entry point is a module with a summary, at that (check_module).
/// Findings about the image as a whole have the subject "image". Never throws for what is in the
/// image.
[[nodiscard]] std::vector<Finding> check_image(const ImageFacts& facts);

}  // namespace modulah::validate
