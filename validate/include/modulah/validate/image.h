// Rules about an image as a whole: will the runtimes that it is for run it?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/validate/finding.h"
#include "modulah/wasm/summary.h"

namespace modulah::validate {

/// What the entry point's first word leads to.
struct EntryFile {
  enum class Kind {
    missing,  ///< There is nothing.
    directory,
    module,   ///< WebAssembly, of either kind.
    elf,      ///< A native program.
    script,   ///< Begins with "#!".
    other,    ///< A file that is none of these.
    unknown,  ///< A file that was not looked at.
  };
  Kind kind = Kind::missing;
  std::string path;                           ///< Absolute, in the image; symlinks followed.
  unsigned mode = 0;                          ///< Permission bits.
  std::optional<wasm::Summary> summary = {};  ///< Of a module.
};

/// What the rules look at.
struct ImageFacts {
  const oci::ImageConfig& config;  ///< Must outlive the call.
  oci::Annotations annotations;    ///< Of the manifest.
  oci::Format format = oci::Format::oci;
  EntryFile entry;  ///< Of kind missing when there is no entry point.
};

/// Never throws for what is in the image.
[[nodiscard]] std::vector<Finding> check_image(const ImageFacts& facts);

/// The rules about a module that is to be run as a command. `subject` is what findings call it.
[[nodiscard]] std::vector<Finding> check_module(const wasm::Summary& summary,
                                                const std::string& subject);

}  // namespace modulah::validate
