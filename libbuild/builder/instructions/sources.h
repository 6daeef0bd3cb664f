// The sources and the destination that COPY and ADD have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modulah/containerfile/values.h"

#include "instructions/instructions.h"

namespace modulah::builder {

/// A word of COPY or ADD that is in the context.
struct FoundSource {
  ContextEntry entry;  ///< With symlinks followed.
  std::string word;    ///< As the user wrote it, expanded.
  std::string pivot;   ///< The part of `entry.path` that --parents drops, "" for none.
  containerfile::Span span;
};

/// Where to.
struct Destination {
  std::string path;           ///< In the image, absolute.
  bool is_directory = false;  ///< It ends with "/", or is one already.
};

/// The flags, expanded and read.
struct CopyOptions {
  Owner owner;
  bool has_owner = false;
  std::optional<containerfile::ModeChange> mode;
  containerfile::IgnoreRules exclude;
  bool keeps_parents = false;
};

[[nodiscard]] CopyOptions read_options(const containerfile::CopyFlags& flags, const Words& words);

/// All sources, wildcards replaced by what they match. Throws Error invalid, with place: for a
/// source that is not there, with the reason when it is ignored; for one that leads out of the
/// context; when no source matches anything.
[[nodiscard]] std::vector<FoundSource> find_sources(
    const containerfile::SourcesAndDestination& words_of, const Words& words,
    const Context& context);

/// `found` is how many files and directories the words have found; a word that found none counts
/// all the same. Throws Error invalid, with place, when several sources are to go into what is no
/// directory.
[[nodiscard]] Destination find_destination(const StageState& state,
                                           const containerfile::SourcesAndDestination& words_of,
                                           std::size_t found, const Words& words);

/// Adds a file, or what is in a directory, to the plan.
void add_source(LayerPlan& plan, const FoundSource& source, const Destination& destination,
                const CopyOptions& options, const Context& context);
/// Adds the here-documents as files.
void add_documents(LayerPlan& plan, const std::vector<containerfile::HereDocument>& documents,
                   const Destination& destination, const CopyOptions& options, const Words& words);

}  // namespace modulah::builder
