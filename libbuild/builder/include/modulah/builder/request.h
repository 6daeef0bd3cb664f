// What is to be built, as plain data. Nothing here is read from the environment or the clock: who
// calls fills it in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "modulah/base/compress.h"
#include "modulah/oci/descriptor.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/platform.h"
#include "modulah/wasm/optimizer.h"

namespace modulah::builder {

/// The annotation (and label) that makes crun, and what calls it, use its Wasm handler.
inline constexpr std::string_view kVariantKey = "module.wasm.image/variant";

/// The variable that reproducible builds take their time from.
inline constexpr std::string_view kSourceDateEpoch = "SOURCE_DATE_EPOCH";

/// A text, and what messages call it.
struct NamedText {
  std::string name;  ///< As the user would write it, e.g. "Containerfile".
  std::string text;
};

/// Whether results of earlier builds may be used.
enum class CacheUse {
  yes,
  no,  ///< --no-cache: all layers are made again; the results are kept for the next time.
};

struct BuildRequest {
  std::filesystem::path context;  ///< The directory that COPY and ADD take files from.
  NamedText containerfile;
  NamedText ignore;  ///< The ignore file; its name is empty when there is none.

  /// --from: what the first stage begins with, instead of what its FROM says; empty: that.
  std::string from;
  std::string target;                             ///< The stage to build; empty: the last one.
  std::map<std::string, std::string> build_args;  ///< --build-arg
  /// One image for each; several make an index. Empty: wasi/wasm.
  std::vector<oci::Platform> platforms;
  /// Of the machine that builds: what BUILDPLATFORM and the like say. Has no other effect.
  oci::Platform build_platform = {"linux", "amd64", "", "", {}};
  oci::Format format = oci::Format::oci;
  Compression compression = Compression::gzip;

  std::vector<std::string> environment;       ///< --env, "NAME=value", after the Containerfile's.
  std::set<std::string> unset_environment;    ///< Not to be set, whoever set them.
  std::map<std::string, std::string> labels;  ///< --label, after the Containerfile's.
  oci::Annotations annotations;               ///< Of each manifest.
  bool has_created_annotation = false;      ///< org.opencontainers.image.created, the build's time.
  oci::Annotations index_annotations;       ///< Of the index, when there is one.
  std::set<std::string> unset_labels;       ///< Not to be in the configuration, whoever set them.
  std::set<std::string> unset_annotations;  ///< Not to be in the manifest, nor set by default.

  bool omits_history = false;  ///< The configuration gets no history.

  /// Seconds since 1970: of all files, of the configuration and its history. Unset: the value of
  /// SOURCE_DATE_EPOCH among `build_args`, else of an ARG before the first FROM, else 0.
  std::optional<std::int64_t> timestamp;
  std::optional<wasm::OptimizeOptions> optimize;  ///< Unset: modules are copied as they are.
  CacheUse cache = CacheUse::yes;
  unsigned threads = 1;  ///< At work at once. Has no effect on the result.
  std::stop_token stop;  ///< When asked: Error cancelled; what was not complete is removed.
};

}  // namespace modulah::builder
