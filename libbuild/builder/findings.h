// What is to be said about the Containerfile and the image that was built from it.
//
// An image's findings follow from its manifest, which names all that is in it by digest; so they
// are kept under the manifest's digest, and a build with nothing changed looks at no module.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/builder/builder.h"
#include "modulah/containerfile/parser.h"
#include "modulah/store/step_cache.h"
#include "modulah/validate/finding.h"

#include "finish.h"
#include "module_gate.h"
#include "stage_state.h"

namespace modulah::builder {

/// The image's findings, from the cache or by looking at it.
[[nodiscard]] std::vector<validate::Finding> image_findings(const StageState& state,
                                                            const BuildRequest& request,
                                                            const oci::Descriptor& manifest,
                                                            const ModuleGate& gate,
                                                            store::LayoutStore& store);

/// Adds `more` to `findings`, without those that are there already (of another platform).
void add_new_findings(std::vector<validate::Finding>& findings,
                      std::vector<validate::Finding> more);

/// Findings as the bytes of a record, and back; nothing for a record of another version.
[[nodiscard]] std::string to_record(std::span<const validate::Finding> findings);
[[nodiscard]] std::optional<std::vector<validate::Finding>> parse_findings(std::string_view record);

}  // namespace modulah::builder
