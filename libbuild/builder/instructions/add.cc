// ADD: COPY that unpacks archives.
#include <algorithm>

#include "modulah/layer/archive_reader.h"

#include "instructions/sources.h"
#include "plan.h"

namespace modulah::builder {

namespace {

/// Whether a file of the context is an archive, told by its content.
bool is_archive(const Context& context, const ContextEntry& file) {
  if (file.type != layer::EntryType::file) return false;
  return layer::ArchiveReader::open(context.open(file), file.path) != nullptr;
}

/// A URL that a variable holds is one as well.
void refuse_urls(const containerfile::Add& add, const Words& words) {
  for (const containerfile::Text& text : add.sources)
    if (const std::string word = words.one(text); is_url(word))
      throw url_not_supported(words.source(), text.span, word);
}

/// Which of `sources` are to be unpacked.
std::vector<bool> find_archives(const containerfile::Add& add,
                                const std::vector<FoundSource>& sources, const Words& words,
                                const Context& context) {
  std::vector<bool> archives(sources.size(), false);
  if (!add.unpacks.value_or(true)) return archives;
  for (std::size_t i = 0; i < sources.size(); ++i)
    archives[i] = containerfile::with_place(words.source(), sources[i].span,
                                            [&] { return is_archive(context, sources[i].entry); });
  return archives;
}

}  // namespace

LayerPlan plan_layer(const StageState& state, const containerfile::Add& add, const Words& words,
                     const Context& context, std::int64_t mtime) {
  refuse_urls(add, words);
  const CopyOptions options = read_options(add, words);
  const std::vector<FoundSource> sources = find_sources(add, words, context);
  const std::vector<bool> archives = find_archives(add, sources, words, context);
  // The destination of archives is a directory however it is written: any number may be unpacked.
  const bool has_only_archives =
      std::find(archives.begin(), archives.end(), false) == archives.end();
  const Destination destination =
      find_destination(state, add, has_only_archives ? 1 : sources.size(), words);
  LayerPlan plan = begin_plan(state, mtime);
  for (std::size_t i = 0; i < sources.size(); ++i)
    containerfile::with_place(words.source(), sources[i].span, [&] {
      if (!archives[i]) {
        add_source(plan, sources[i], destination, options, context);
        return;
      }
      PlannedArchive archive;
      archive.file = sources[i].entry;
      archive.destination = clean_context_path(destination.path);
      archive.has_owner = options.has_owner;
      archive.owner = options.owner;
      plan.add_archive(std::move(archive));
    });
  add_documents(plan, add.documents, destination, options, words);
  return plan;
}

}  // namespace modulah::builder
