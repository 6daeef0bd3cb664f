// ADD: COPY that unpacks archives.
#include "modulah/layer/archive_reader.h"

#include "instructions/sources.h"

namespace modulah::builder {

namespace {

/// Whether a file of the context is an archive, told by its content.
bool is_archive(const Context& context, const ContextEntry& file) {
  if (file.type != layer::EntryType::file) return false;
  return layer::ArchiveReader::open(context.open(file), file.path) != nullptr;
}

}  // namespace

LayerPlan plan_layer(const StageState& state, const containerfile::Add& add, const Words& words,
                     const Context& context, std::int64_t mtime) {
  const CopyOptions options = read_options(add, words);
  const std::vector<FoundSource> sources = find_sources(add, words, context);
  const Destination destination = find_destination(state, add, sources.size(), words);
  LayerPlan plan = begin_plan(state, mtime);
  for (const FoundSource& source : sources)
    containerfile::with_place(words.source(), source.span, [&] {
      if (!add.unpacks.value_or(true) || !is_archive(context, source.entry)) {
        add_source(plan, source, destination, options, context);
        return;
      }
      PlannedArchive archive;
      archive.file = source.entry;
      archive.destination = clean_context_path(destination.path);
      archive.has_owner = options.has_owner;
      archive.owner = options.owner;
      plan.add_archive(std::move(archive));
    });
  add_documents(plan, add.documents, destination, options, words);
  return plan;
}

}  // namespace modulah::builder
