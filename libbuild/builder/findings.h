// What is to be said about the image that was built.
//
// An image's findings follow from its manifest, which names all that is in it by digest, and from
// the annotations that were asked for; so they are kept under the hash of these, and a build with
// nothing changed looks at no module.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/builder/builder.h"
#include "modulah/containerfile/source.h"
#include "modulah/oci/blob_reader.h"
#include "modulah/store/step_cache.h"
#include "modulah/validate/finding.h"
#include "modulah/validate/image.h"

#include "finish.h"
#include "stage_state.h"

namespace modulah::builder {

/// What the rules look at. `blobs` has the layers that came from the cache; null when there are
/// none. Refers to `state`. Throws what reading layers throws.
[[nodiscard]] validate::ImageFacts facts_of(const StageState& state, const BuildRequest& request,
                                            oci::BlobReader* blobs);

/// The image's findings, from the cache or by looking at it.
[[nodiscard]] std::vector<validate::Finding> image_findings(const StageState& state,
                                                            const BuildRequest& request,
                                                            const oci::Descriptor& manifest,
                                                            store::LayoutStore& store);

/// Whether a build of an image for Wasm ends with an error for a finding of this rule: what is to
/// be run is not there, or is not a module.
[[nodiscard]] bool is_refused(validate::RuleId rule);
/// Gives findings of those rules their place: the CMD or ENTRYPOINT that says what to run.
void locate_entry_point(std::vector<validate::Finding>& findings, const StageState& state,
                        const containerfile::SourceText& source);

/// Adds the findings about copied files, but for what is said of the entry point, which is not
/// located yet.
void add_file_findings(std::vector<validate::Finding>& findings,
                       std::vector<validate::Finding> of_files);

/// Sets the platform of findings that are not about all platforms, and leaves each once.
/// `by_platform` has the findings of each platform, which is called `names`.
[[nodiscard]] std::vector<validate::Finding> merge_platforms(
    std::vector<std::vector<validate::Finding>> by_platform, const std::vector<std::string>& names);

/// Findings as the bytes of a record, and back; nothing for a record of another version.
[[nodiscard]] std::string to_record(std::span<const validate::Finding> findings);
[[nodiscard]] std::optional<std::vector<validate::Finding>> parse_findings(std::string_view record);

}  // namespace modulah::builder
