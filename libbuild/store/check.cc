// The steps of a check, in the order in which one needs the other's result: the index, the blobs'
// bytes, the images made of them, then everything else that lies in the store.
#include "modulah/store/check.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/base/tasks.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/store/layout_store.h"
#include "modulah/store/step_cache.h"

#include "find_images.h"
#include "garbage.h"
#include "layout_state.h"

namespace modulah::store {

namespace {

namespace fs = std::filesystem;
using Kind = Problem::Kind;

constexpr int kMaxIndexDepth = 8;
/// Where a repair puts an index that cannot be read.
constexpr std::string_view kDamagedIndex = "index.json.damaged";

/// Calls `visit` with each path in a directory, sorted; nothing for one that is not there.
template <typename Visit>
void for_each_in(const fs::path& directory, Visit&& visit) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    paths.push_back(entry->path());
  if (error && error != std::errc::no_such_file_or_directory)
    throw_system_error(fmt::format("read {}", directory.native()), error.value());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) visit(path);
}

/// True for what a killed process left: a temporary name that nobody has locked.
bool is_leftover(const fs::path& path) {
  if (!path.filename().native().starts_with(".tmp-")) return false;
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

/// Layers of restricted distribution may stay where their URLs say.
bool may_be_left_out(const oci::Descriptor& layer) {
  return layer.media_type.find("nondistributable") != std::string::npos ||
         layer.media_type.find("foreign") != std::string::npos;
}

}  // namespace

std::string_view to_string(Problem::Kind kind) {
  switch (kind) {
    case Kind::index:
      return "index";
    case Kind::blob_damaged:
      return "blob_damaged";
    case Kind::blob_missing:
      return "blob_missing";
    case Kind::document:
      return "document";
    case Kind::name:
      return "name";
    case Kind::cache:
      return "cache";
    case Kind::leftover:
      return "leftover";
    case Kind::stray:
      return "stray";
    case Kind::permissions:
      return "permissions";
  }
  return "";
}

/// One check of one store.
class StoreCheck {
 public:
  StoreCheck(LayoutStore& store, LayoutStore::State& state, const CheckOptions& options)
      : store_(store), state_(state), options_(options) {}

  CheckReport run() {
    check_permissions();
    check_index();
    check_names();
    check_blobs();
    check_images();
    check_caches();
    check_other_files();
    std::stable_sort(report_.problems.begin(), report_.problems.end(),
                     [](const Problem& a, const Problem& b) { return a.kind < b.kind; });
    return std::move(report_);
  }

 private:
  void check_permissions();
  void check_index();
  void check_names();
  void check_blobs();
  void check_blob(const std::string& hex, Progress& progress, std::stop_token stop);
  void check_images();
  void check_caches();
  void check_records(const fs::path& folder);
  void check_other_files();

  /// What stands in the way of using an image; it is walked down from its manifest.
  struct ImageWalk {
    std::string name;
    std::set<std::string> seen;
    bool is_incomplete = false;
  };
  void walk_document(const oci::Descriptor& document, int depth, ImageWalk& walk);
  void walk_blob(const oci::Descriptor& blob, ImageWalk& walk);
  /// False when the blob is not here, or not as it should be; the image is noted with it then.
  bool note_blob(const oci::Descriptor& blob, ImageWalk& walk);

  Problem& add(Kind kind, std::string subject, std::string message) {
    report_.problems.push_back({kind, std::move(subject), std::move(message), {}, false});
    return report_.problems.back();
  }
  /// The problem that is known by a key, made by `make` when it is new.
  template <typename Make>
  Problem& known(const std::string& key, Make&& make) {
    const auto [place, is_new] = known_.emplace(key, report_.problems.size());
    if (is_new) make();
    return report_.problems[place->second];
  }
  static void note_image(Problem& problem, const std::string& image) {
    if (std::find(problem.images.begin(), problem.images.end(), image) == problem.images.end())
      problem.images.push_back(image);
  }
  void stop_if_asked() const {
    if (options_.stop.stop_requested())
      throw Error(ErrorKind::cancelled, "the check was interrupted");
  }
  /// A path as the report shows it: beneath the store.
  [[nodiscard]] std::string shown(const fs::path& path) const {
    return path.lexically_relative(state_.root).native();
  }

  LayoutStore& store_;
  LayoutStore::State& state_;
  const CheckOptions& options_;
  CheckReport report_;
  std::optional<std::vector<oci::Descriptor>> entries_;  ///< Of the index, when it can be read.
  std::mutex mutex_;                                     ///< Of the next two, while blobs are read.
  std::map<std::string, std::string> wrong_;             ///< Hex digests of damaged blobs, and why.
  std::set<std::string> right_;
  std::map<std::string, std::size_t> known_;  ///< Places in report_.problems.
};

void StoreCheck::check_permissions() {
  struct stat status {};
  if (::stat(state_.root.c_str(), &status) != 0 || (status.st_mode & 077) == 0 ||
      status.st_uid != ::geteuid())
    return;
  add(Kind::permissions, ".",
      fmt::format("others have access to the store: its mode is {:04o}, not 0700",
                  status.st_mode & 07777U));
}

void StoreCheck::check_index() {
  try {
    entries_ = state_.read_index().entries();
    return;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::corrupt) throw;
    add(Kind::index, std::string(image::kIndexName), error.message());
  }
  if (!options_.is_repairing) return;
  const fs::path kept = state_.root / kDamagedIndex;
  if (::rename(state_.index_path().c_str(), kept.c_str()) != 0)
    throw_system_error(fmt::format("rename {}", state_.index_path().native()), errno);
  const std::vector<oci::Descriptor> found = find_images(state_.blobs());
  state_.change_index([&](LayoutIndex& index) {
    for (const oci::Descriptor& image : found) index.tag("", image);
    return true;
  });
  entries_ = state_.read_index().entries();
  Problem& problem = report_.problems.back();
  problem.is_repaired = true;
  problem.message += fmt::format(
      "; the {} images found are listed without their names, and the damaged file is kept as {}",
      found.size(), kDamagedIndex);
}

void StoreCheck::check_names() {
  if (!entries_) return;
  std::map<std::string, oci::Descriptor> last;
  std::set<std::string> doubles;
  for (const oci::Descriptor& entry : *entries_) {
    const std::string name(image::ref_name(entry));
    if (name.empty()) continue;
    const auto [place, is_new] = last.emplace(name, entry);
    if (is_new) continue;
    doubles.insert(name);
    place->second = entry;
  }
  for (const std::string& name : doubles) {
    Problem& problem =
        add(Kind::name, name, "several entries of the index have this name; the last one counts");
    if (!options_.is_repairing) continue;
    oci::Descriptor manifest = last.at(name);
    manifest.annotations.erase(std::string(image::kRefName));
    state_.change_index([&](LayoutIndex& index) {
      index.tag(name, manifest);
      return true;
    });
    problem.is_repaired = true;
  }
  if (!doubles.empty() && options_.is_repairing) entries_ = state_.read_index().entries();
}

void StoreCheck::check_blob(const std::string& hex, Progress& progress, std::stop_token stop) {
  std::string reason;
  try {
    FileSource file(state_.blob_files.path_of(hex));
    ObservedSource observed(file, [&](std::size_t bytes) {
      stop_if_asked();
      if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "another blob failed");
      progress.advance(bytes);
    });
    Sha256Sink hash;
    (void)copy(observed, hash);
    if (to_hex(hash.finish()) != hex) reason = "the bytes are not what the name says";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::denied) throw;
    reason = error.message();
  }
  const std::scoped_lock lock(mutex_);
  if (reason.empty())
    right_.insert(hex);
  else
    wrong_.emplace(hex, reason);
}

void StoreCheck::check_blobs() {
  std::vector<std::string> names;
  for_each_in(state_.blobs(), [&](const fs::path& path) {
    const std::string name = path.filename().native();
    struct stat status {};
    if (!is_blob_name(name) || ::lstat(path.c_str(), &status) != 0) return;
    names.push_back(name);
    report_.bytes += S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  });
  report_.blobs = names.size();
  Reporter& reporter = options_.reporter != nullptr ? *options_.reporter : silent_reporter();
  const auto progress = reporter.begin("blobs", report_.bytes);
  TaskGroup tasks(std::max(1U, options_.threads));
  for (const std::string& hex : names)
    tasks.run([this, &hex, &progress](std::stop_token stop) { check_blob(hex, *progress, stop); });
  tasks.wait();
  for (const auto& wrong : wrong_) {
    const std::string& hex = wrong.first;
    const fs::path path = state_.blob_files.path_of(hex);
    Problem& problem = known(hex, [&] { add(Kind::blob_damaged, shown(path), wrong.second); });
    if (!options_.is_repairing) continue;
    if (!remove_tree(path)) throw_system_error(fmt::format("remove {}", path.native()), EACCES);
    problem.is_repaired = true;
  }
}

bool StoreCheck::note_blob(const oci::Descriptor& blob, ImageWalk& walk) {
  const std::string& hex = std::string(blob.digest.hex());
  if (wrong_.contains(hex)) {
    note_image(report_.problems[known_.at(hex)], walk.name);
  } else if (!right_.contains(hex)) {
    note_image(known(hex,
                     [&] {
                       add(Kind::blob_missing, shown(state_.blob_files.path_of(hex)),
                           "the blob is missing");
                     }),
               walk.name);
  } else if (!store_.has_file(blob)) {
    note_image(
        known(hex + " size",
              [&] {
                add(Kind::document, blob.digest.text(),
                    fmt::format("an image says that the blob has {} bytes, which it does not",
                                blob.size));
              }),
        walk.name);
  } else {
    return true;
  }
  walk.is_incomplete = true;
  return false;
}

void StoreCheck::walk_blob(const oci::Descriptor& blob, ImageWalk& walk) {
  if (walk.seen.insert(blob.digest.text()).second) (void)note_blob(blob, walk);
}

void StoreCheck::walk_document(const oci::Descriptor& document, int depth, ImageWalk& walk) {
  if (depth > kMaxIndexDepth || !walk.seen.insert(document.digest.text()).second) return;
  if (!note_blob(document, walk)) return;
  try {
    const std::string text = oci::read_blob(store_, document, oci::kMaxDocumentBytes);
    if (oci::is_index(document.media_type)) {
      // An index may be stored with only some of its images; those of it that are here count.
      for (const oci::Descriptor& entry : oci::parse_index(text, document.digest.text()).manifests)
        if (store_.has_file(entry)) walk_document(entry, depth + 1, walk);
    } else if (oci::is_manifest(document.media_type)) {
      const oci::Manifest manifest = oci::parse_manifest(text, document.digest.text());
      walk_blob(manifest.config, walk);
      for (const oci::Descriptor& layer : manifest.layers)
        if (!may_be_left_out(layer) || store_.has_file(layer)) walk_blob(layer, walk);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::denied) throw;
    note_image(known(document.digest.text(),
                     [&] { add(Kind::document, document.digest.text(), error.message()); }),
               walk.name);
    walk.is_incomplete = true;
  }
}

void StoreCheck::check_images() {
  if (!entries_) return;
  std::map<oci::Digest, std::size_t> places;
  std::vector<IncompleteImage> images;
  for (const oci::Descriptor& entry : *entries_) {
    const auto [place, is_new] = places.emplace(entry.digest, images.size());
    if (is_new) {
      images.push_back({entry, {}});
      images.back().manifest.annotations.erase(std::string(image::kRefName));
    }
    const std::string_view name = image::ref_name(entry);
    if (!name.empty()) images[place->second].names.emplace_back(name);
  }
  report_.images = images.size();
  for (IncompleteImage& image : images) {
    stop_if_asked();
    ImageWalk walk{image.names.empty() ? image.manifest.digest.text() : image.names.front(), {}};
    walk_document(image.manifest, 0, walk);
    if (walk.is_incomplete) report_.incomplete.push_back(std::move(image));
  }
}

void StoreCheck::check_records(const fs::path& folder) {
  for_each_in(folder, [&](const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    const bool is_left = is_leftover(path);
    if (!is_left && (path.filename().native().starts_with(".tmp-") || StepCache::is_intact(path)))
      return;
    Problem& problem = is_left ? add(Kind::leftover, shown(path), "a killed process left this file")
                               : add(Kind::cache, shown(path), "the record is damaged");
    if (options_.is_repairing) problem.is_repaired = remove_tree(path);
  });
}

void StoreCheck::check_caches() {
  for_each_in(state_.cache(), [&](const fs::path& folder) {
    const std::string name = folder.filename().native();
    std::error_code error;
    if (name == "run" || name == "tmp" || !fs::is_directory(fs::symlink_status(folder, error)))
      return;
    for_each_in(folder, [&](const fs::path& part) {
      stop_if_asked();
      const bool is_records =
          part.filename().native().size() == 2 && fs::is_directory(fs::symlink_status(part, error));
      if (is_records) check_records(part);
    });
  });
}

void StoreCheck::check_other_files() {
  const auto leftover = [&](const fs::path& path) {
    if (!is_leftover(path)) return;
    Problem& problem = add(Kind::leftover, shown(path), "a killed process left this file");
    if (options_.is_repairing) problem.is_repaired = remove_tree(path);
  };
  const auto stray = [&](const fs::path& path) {
    if (path.filename().native().starts_with(".tmp-")) return leftover(path);
    add(Kind::stray, shown(path), "this file is not part of a store");
  };
  const std::set<std::string_view> of_root = {image::kLayoutMarkerName, image::kIndexName,
                                              kDamagedIndex, "blobs", "cache"};
  for_each_in(state_.root, [&](const fs::path& path) {
    if (!of_root.contains(path.filename().native())) stray(path);
  });
  for_each_in(state_.blobs(), [&](const fs::path& path) {
    if (!is_blob_name(path.filename().native())) stray(path);
  });
  for_each_in(state_.temporary(), leftover);
}

CheckReport check_store(LayoutStore& store, const CheckOptions& options) {
  LayoutStore::State& state = *store.state_;
  StoreCheck check(store, state, options);
  if (!options.is_repairing) {
    store.hold_blobs();
    return check.run();
  }
  state.check_writable();
  CheckReport report;
  const bool is_alone = state.users && state.users->alone([&] { report = check.run(); });
  if (!is_alone)
    throw Error(ErrorKind::unavailable,
                fmt::format("{} is in use, so it cannot be repaired", state.root.native()),
                "Wait until the other commands have ended.");
  return report;
}

}  // namespace modulah::store
