// COPY.
#include "instructions/sources.h"

namespace modulah::builder {

LayerPlan plan_layer(const StageState& state, const containerfile::Copy& copy, const Words& words,
                     const Context& context, std::int64_t mtime) {
  CopyOptions options = read_options(copy, words);
  options.keeps_parents = copy.keeps_parents;
  const std::vector<FoundSource> sources = find_sources(copy, words, context);
  const Destination destination = find_destination(state, copy, sources.size(), words);
  LayerPlan plan = begin_plan(state, mtime);
  for (const FoundSource& source : sources)
    containerfile::with_place(words.source(), source.span,
                              [&] { add_source(plan, source, destination, options, context); });
  add_documents(plan, copy.documents, destination, options, words);
  return plan;
}

}  // namespace modulah::builder
