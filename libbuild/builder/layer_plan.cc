// Adding to a plan, and its key.
#include "layer_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/layer/archive_reader.h"
#include "modulah/layer/path.h"

namespace modulah::builder {

namespace {

constexpr unsigned kDirectoryMode = 0755;

/// Fields of the hash are ended by a NUL, which no name has in it.
void add_field(Sha256Sink& hash, std::string_view text) {
  hash.write(as_bytes(text));
  hash.write(as_bytes(std::string_view("\0", 1)));
}

void add_identity(Sha256Sink& hash, const store::FileIdentity& file) {
  add_field(hash, fmt::format("{} {} {} {} {}", file.device, file.inode, file.size, file.mtime_ns,
                              file.ctime_ns));
}

}  // namespace

LayerPlan::LayerPlan(layer::Tree below, std::int64_t mtime)
    : below_(std::move(below)), tree_(below_), mtime_(mtime) {
  tree_.begin_layer();
}

void LayerPlan::make_directory(std::string_view path, const Owner& owner) {
  const std::string place = tree_.resolve(path);
  if (place == ".") return;
  if (const auto found = tree_.find(place)) {
    if (found->type == layer::EntryType::directory) return;
    throw Error(ErrorKind::invalid, fmt::format("\"/{}\" is a {} in the image, not a directory",
                                                place, to_string(found->type)));
  }
  make_directory(layer::parent_of(place), owner);
  layer::Entry entry;
  entry.path = place;
  entry.type = layer::EntryType::directory;
  entry.mode = kDirectoryMode;
  entry.uid = owner.uid;
  entry.gid = owner.gid;
  put(std::move(entry), {}, next_number_++);
}

void LayerPlan::add(layer::Entry entry, Content content, const Owner& owner) {
  make_directory(layer::parent_of(entry.path), owner);
  put(std::move(entry), std::move(content), next_number_++);
}

void LayerPlan::put(layer::Entry entry, Content content, std::size_t number) {
  entry.mtime = mtime_;
  const bool is_directory = entry.type == layer::EntryType::directory;
  const auto there = tree_.find(entry.path, layer::LastLink::keep);
  if (there && is_directory && there->type != layer::EntryType::directory)
    throw Error(ErrorKind::invalid, fmt::format("\"/{}\" is a {} in the image, not a directory",
                                                entry.path, to_string(there->type)));
  if (there && !is_directory && there->type == layer::EntryType::directory)
    throw Error(ErrorKind::invalid, fmt::format("\"/{}\" is a directory in the image, not a {}",
                                                entry.path, to_string(entry.type)));
  const std::string place = tree_.apply(entry);
  if (place == "." && !is_directory)
    throw Error(ErrorKind::invalid, "the root of the image is a directory");
  entry.path = place;
  entries_[place] = {std::move(entry), std::move(content), number};
}

void LayerPlan::add_archive(PlannedArchive archive) {
  make_directory(archive.destination, archive.owner);
  archive.number = next_number_++;
  archives_.push_back(std::move(archive));
}

void LayerPlan::expand_archives(const Context& context) {
  for (std::size_t i = 0; i < archives_.size(); ++i) {
    const PlannedArchive& archive = archives_[i];
    const auto reader = layer::ArchiveReader::open(context.open(archive.file), archive.file.path);
    if (!reader)
      throw Error(ErrorKind::invalid,
                  fmt::format("{} was changed while the build was running", archive.file.path));
    for (std::size_t member = 0; const auto entry = reader->next(); ++member)
      with_context([&] { return archive.file.path; }, [&] { add_member(*entry, i, member); });
  }
}

void LayerPlan::add_member(const layer::Entry& member, std::size_t archive, std::size_t number) {
  const PlannedArchive& from = archives_[archive];
  layer::Entry entry = member;
  // The image's root is not the archive's to change.
  const std::string whole = join_path(from.destination, member.path);
  if (whole.empty() || whole == ".") return;
  entry.path = whole;
  if (entry.type == layer::EntryType::hardlink) {
    // Symlinks of the image lead the file elsewhere, and so its other name.
    const std::string target = join_path(from.destination, member.link_target);
    entry.link_target = join_path(tree_.resolve(layer::parent_of(target)), layer::name_of(target));
  }
  if (from.has_owner) {
    entry.uid = from.owner.uid;
    entry.gid = from.owner.gid;
  }
  const std::string parent = tree_.resolve(layer::parent_of(entry.path));
  entry.path = join_path(parent, entry.path.substr(entry.path.rfind('/') + 1));
  const auto found = entries_.find(entry.path);
  if (found != entries_.end() && found->second.number > from.number) return;
  make_directory(parent, from.owner);
  Content content;
  if (entry.type == layer::EntryType::file)
    content = {Content::Kind::archive, {}, {}, archive, number};
  put(std::move(entry), std::move(content), from.number);
}

void LayerPlan::hash_into(Sha256Sink& hash) const {
  for (const auto& [path, planned] : entries_) {
    const layer::Entry& entry = planned.entry;
    add_field(hash, path);
    add_field(hash, fmt::format("{} {:o} {} {} {} {} {}", to_string(entry.type), entry.mode,
                                entry.uid, entry.gid, entry.size, entry.mtime, planned.number));
    add_field(hash, entry.link_target);
    switch (planned.content.kind) {
      case Content::Kind::none:
      case Content::Kind::archive:  // Not expanded yet: there is none.
        break;
      case Content::Kind::context:
        add_identity(hash, planned.content.file.identity);
        break;
      case Content::Kind::text:
        add_field(hash, *planned.content.text);
        break;
    }
  }
  for (const PlannedArchive& archive : archives_) {
    add_field(hash, archive.destination);
    add_field(hash, fmt::format("{} {} {} {} {}", archive.has_owner, archive.owner.uid,
                                archive.owner.gid, archive.number, mtime_));
    add_identity(hash, archive.file.identity);
  }
}

std::int64_t LayerPlan::latest_change_ns() const {
  std::int64_t latest = 0;
  const auto look = [&latest](const store::FileIdentity& file) {
    latest = std::max({latest, file.ctime_ns, file.mtime_ns});
  };
  for (const auto& [path, planned] : entries_)
    if (planned.content.kind == Content::Kind::context) look(planned.content.file.identity);
  for (const PlannedArchive& archive : archives_) look(archive.file.identity);
  return latest;
}

}  // namespace modulah::builder
