// Finding sources, and where each of their files goes.
//
// The rules are docker's: a file goes to the destination's name, or into it when that is a
// directory or ends with "/"; of a directory what is in it is copied, not itself; a source that is
// a symlink is followed, those inside of a directory are copied as they are.
#include "instructions/sources.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::builder {

namespace {

using containerfile::error_at;

constexpr unsigned kDocumentMode = 0644;

std::string_view name_of_path(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Relative to the root, as plans have it: "." for "/".
std::string relative(std::string_view absolute) { return clean_context_path(absolute); }

/// The part of a word before "/./": what --parents drops, as a clean path.
std::string pivot_of(std::string_view word) {
  const std::size_t at = word.find("/./");
  if (at == std::string_view::npos) return "";
  const std::string clean = clean_context_path(word.substr(0, at));
  return clean == "." ? "" : clean;
}

[[noreturn]] void throw_missing(const Words& words, const containerfile::Text& text,
                                const std::string& path, const Context& context) {
  const std::string real = context.resolved(path);
  const std::optional<std::string> excluded = context.excluded(path);
  const std::string what = real == path || excluded == path
                               ? fmt::format("\"{}\"", path)
                               : fmt::format("\"{}\" is a symlink to \"{}\", which", path, real);
  if (excluded)
    throw error_at(
        words.source(), text.span, fmt::format("{} is excluded by the ignore file", what),
        fmt::format("Take the rule out of the ignore file, or add the line \"!{}\".", *excluded),
        ErrorKind::not_found);
  throw error_at(
      words.source(), text.span, fmt::format("{} is not in the build context", what),
      fmt::format("The build context is {}; paths are relative to it.", context.root().native()),
      ErrorKind::not_found);
}

layer::Entry entry_of(const ContextEntry& file, std::string path, const CopyOptions& options) {
  layer::Entry entry;
  entry.path = std::move(path);
  entry.type = file.type;
  entry.mode = file.mode;
  const bool is_directory = file.type == layer::EntryType::directory;
  if (file.type == layer::EntryType::symlink)
    entry.mode = 0777;
  else if (options.mode)
    entry.mode = options.mode->apply(file.mode, is_directory);
  entry.uid = options.owner.uid;
  entry.gid = options.owner.gid;
  entry.link_target = file.link_target;
  if (file.type == layer::EntryType::file) entry.size = file.identity.size;
  return entry;
}

void add_file(LayerPlan& plan, const ContextEntry& file, std::string path,
              const CopyOptions& options) {
  switch (file.type) {
    case layer::EntryType::file: {
      Content content;
      content.kind = Content::Kind::context;
      content.file = file;
      plan.add(entry_of(file, std::move(path), options), std::move(content), options.owner);
      return;
    }
    case layer::EntryType::directory:
    case layer::EntryType::symlink:
      plan.add(entry_of(file, std::move(path), options), {}, options.owner);
      return;
    case layer::EntryType::hardlink:
    case layer::EntryType::character_device:
    case layer::EntryType::block_device:
    case layer::EntryType::fifo:
      break;
  }
  throw Error(ErrorKind::invalid,
              fmt::format("\"{}\" is neither a file, a directory nor a symlink", file.path),
              "Sockets, pipes and devices cannot be in an image; exclude it with an ignore file.");
}

/// Adds what is in the directory `from` below `to`. `base` is the path that --exclude's patterns
/// are relative to.
void add_directory(LayerPlan& plan, const std::string& from, const std::string& to,
                   const std::string& base, const CopyOptions& options, const Context& context) {
  for (const ContextEntry& entry : context.list(from)) {
    const std::string_view below =
        std::string_view(entry.path).substr(base == "." ? 0 : base.size() + 1);
    const bool is_directory = entry.type == layer::EntryType::directory;
    const bool is_excluded = options.exclude.matches(below);
    if (is_excluded && !is_directory) continue;
    const std::string path = join_path(to, name_of_path(entry.path));
    // A directory that is excluded is made only when something below it is not.
    if (!entry.is_excluded && !is_excluded) add_file(plan, entry, path, options);
    if (is_directory) add_directory(plan, entry.path, path, base, options, context);
  }
}

}  // namespace

CopyOptions read_options(const containerfile::CopyFlags& flags, const Words& words) {
  CopyOptions options;
  if (flags.chown) {
    const std::string text = words.one(*flags.chown);
    const auto owner = containerfile::with_place(words.source(), flags.chown->span,
                                                 [&] { return containerfile::parse_owner(text); });
    options.owner = {owner.user, owner.group};
    options.has_owner = true;
  }
  if (flags.chmod) {
    const std::string text = words.one(*flags.chmod);
    options.mode = containerfile::with_place(
        words.source(), flags.chmod->span, [&] { return containerfile::ModeChange::parse(text); });
  }
  if (!flags.exclude.empty()) {
    std::vector<std::string> patterns;
    for (const containerfile::Text& text : flags.exclude) patterns.push_back(words.one(text));
    options.exclude = containerfile::with_place(words.source(), flags.exclude.front().span, [&] {
      return containerfile::IgnoreRules::from_patterns(patterns);
    });
  }
  return options;
}

std::vector<FoundSource> find_sources(const containerfile::SourcesAndDestination& words_of,
                                      const Words& words, const Context& context) {
  std::vector<FoundSource> found;
  for (const containerfile::Text& text : words_of.sources) {
    const std::string word = words.one(text);
    // An empty word, of a variable without a value, is the context itself, as for BuildKit.
    const std::string path = clean_context_path(word);
    std::vector<std::string> paths = {path};
    if (path.find_first_of("*?[\\") != std::string::npos) {
      paths =
          containerfile::with_place(words.source(), text.span, [&] { return context.match(path); });
      if (paths.empty() && !containerfile::Glob::is_wildcard(path))
        throw_missing(words, text, path, context);
    }
    for (const std::string& one : paths) {
      std::optional<ContextEntry> entry =
          containerfile::with_place(words.source(), text.span, [&] { return context.find(one); });
      // A wildcard, too, finds symlinks that lead to nothing.
      if (!entry) throw_missing(words, text, one, context);
      found.push_back({std::move(*entry), word, pivot_of(word), text.span});
    }
  }
  if (found.empty() && words_of.documents.empty())
    throw error_at(words.source(), words_of.sources.front().span,
                   fmt::format("nothing in the build context matches \"{}\"",
                               words.one(words_of.sources.front())),
                   fmt::format("The build context is {}.", context.root().native()),
                   ErrorKind::not_found);
  return found;
}

Destination find_destination(const StageState& state,
                             const containerfile::SourcesAndDestination& words_of,
                             std::size_t found, const Words& words) {
  const std::string word = words.one(words_of.destination);
  if (word.empty())
    throw error_at(words.source(), words_of.destination.span, "the destination is empty");
  Destination destination{absolute_in_image(state, word), false};
  const auto there = state.tree.find(destination.path);
  const std::string_view last = name_of_path(word);
  destination.is_directory = destination.path == "/" || last.empty() || last == "." ||
                             last == ".." || (there && there->type == layer::EntryType::directory);
  const std::size_t source_count =
      std::max(found, words_of.sources.size()) + words_of.documents.size();
  if (source_count > 1 && !destination.is_directory)
    throw error_at(
        words.source(), words_of.destination.span,
        fmt::format("{} sources cannot all be \"{}\"", source_count, word),
        fmt::format("End the destination with a slash to make it a directory: {}/", word));
  return destination;
}

void add_source(LayerPlan& plan, const FoundSource& source, const Destination& destination,
                const CopyOptions& options, const Context& context) {
  const ContextEntry& entry = source.entry;
  std::string to = relative(destination.path);
  if (options.keeps_parents) {
    const std::size_t dropped = source.pivot.empty() ? 0 : source.pivot.size() + 1;
    if (entry.path != "." && dropped <= entry.path.size())
      to = join_path(to, std::string_view(entry.path).substr(dropped));
  }
  if (entry.type == layer::EntryType::directory) {
    plan.make_directory(to, options.owner);
    add_directory(plan, entry.path, to, entry.path, options, context);
    return;
  }
  if (options.exclude.matches(name_of_path(entry.path))) return;
  // A symlink is followed for its bytes, but it is its own name that the file gets.
  if (destination.is_directory && !options.keeps_parents)
    to = join_path(to, name_of_path(entry.path));
  add_file(plan, entry, std::move(to), options);
}

void add_documents(LayerPlan& plan, const std::vector<containerfile::HereDocument>& documents,
                   const Destination& destination, const CopyOptions& options, const Words& words) {
  for (const containerfile::HereDocument& document : documents) {
    auto text = std::make_shared<const std::string>(words.document(document));
    layer::Entry entry;
    entry.path = relative(destination.path);
    if (destination.is_directory) entry.path = join_path(entry.path, document.name);
    entry.mode = options.mode ? options.mode->apply(kDocumentMode, false) : kDocumentMode;
    entry.uid = options.owner.uid;
    entry.gid = options.owner.gid;
    entry.size = text->size();
    Content content;
    content.kind = Content::Kind::text;
    content.text = std::move(text);
    containerfile::with_place(words.source(), document.span, [&] {
      plan.add(std::move(entry), std::move(content), options.owner);
    });
  }
}

LayerPlan begin_plan(const StageState& state, std::int64_t mtime) {
  LayerPlan plan(state.tree, mtime);
  for (const WantedDirectory& directory : state.wanted_directories)
    plan.make_directory(directory.path, {directory.owner.user, directory.owner.group});
  return plan;
}

}  // namespace modulah::builder
