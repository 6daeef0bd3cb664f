// Looking files of the context up, always beneath its root.
#include "context.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::builder {

namespace {

constexpr unsigned kPermissionBits = 07777;
constexpr std::size_t kMaxLinkBytes = 4096;
/// As many as Linux follows on one way.
constexpr int kMaxLinks = 40;

layer::EntryType type_of(mode_t mode) {
  if (S_ISREG(mode)) return layer::EntryType::file;
  if (S_ISDIR(mode)) return layer::EntryType::directory;
  if (S_ISLNK(mode)) return layer::EntryType::symlink;
  if (S_ISCHR(mode)) return layer::EntryType::character_device;
  if (S_ISBLK(mode)) return layer::EntryType::block_device;
  return layer::EntryType::fifo;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

store::FileIdentity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

ContextEntry entry_of(std::string path, const struct stat& status) {
  return {std::move(path), type_of(status.st_mode), status.st_mode & kPermissionBits, "",
          identity_of(status)};
}

std::string read_link(int directory, const char* name, std::string_view path) {
  std::string target(kMaxLinkBytes, '\0');
  const ssize_t count = ::readlinkat(directory, name, target.data(), target.size());
  if (count < 0) throw_system_error(fmt::format("read link {}", path), errno);
  target.resize(static_cast<std::size_t>(count));
  return target;
}

/// Puts the names of `path` before those of `left`, whose next one is at its back.
void push_names(std::string_view path, std::vector<std::string>& left) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    names.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  std::move(names.rbegin(), names.rend(), std::back_inserter(left));
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory == "." || directory.empty()) return std::string(name);
  if (name == "." || name.empty()) return std::string(directory);
  return fmt::format("{}/{}", directory, name);
}

std::string clean_context_path(std::string_view word) {
  std::vector<std::string_view> names;
  while (!word.empty()) {
    const std::size_t slash = std::min(word.find('/'), word.size());
    const std::string_view name = word.substr(0, slash);
    word.remove_prefix(std::min(slash + 1, word.size()));
    if (name.empty() || name == ".") continue;
    if (name != "..")
      names.push_back(name);
    else if (!names.empty())
      names.pop_back();
  }
  return names.empty() ? "." : fmt::format("{}", fmt::join(names, "/"));
}

Context::Context(std::filesystem::path root, containerfile::IgnoreRules rules)
    : root_(std::move(root)),
      rules_(std::move(rules)),
      fd_(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_) throw_system_error(fmt::format("open build context {}", root_.native()), errno);
}

containerfile::IgnoreRules::Directory Context::rules_at(std::string_view path) const {
  Rules::Directory at;
  if (path == "." || rules_.empty()) return at;
  for (std::size_t end = path.find('/'); end != std::string_view::npos;
       end = path.find('/', end + 1))
    at = rules_.enter(path.substr(0, end), at);
  return rules_.enter(path, at);
}

std::optional<ContextEntry> Context::find(std::string_view path) const {
  // Of an ignored directory something below may be wanted all the same.
  const Rules::Directory rules = rules_at(path);
  if (rules.is_ignored() && rules_.can_skip(path, rules)) return std::nullopt;
  try {
    const FileDescriptor file = open_beneath(fd_.get(), path, O_PATH);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) throw_system_error(fmt::format("read {}", path), errno);
    if (rules.is_ignored() && !S_ISDIR(status.st_mode)) return std::nullopt;
    ContextEntry entry = entry_of(std::string(path), status);
    if (rules_.empty()) return entry;
    // What a symlink leads to may be ignored as well.
    const std::string real = resolved(path);
    const Rules::Directory real_rules = rules_at(real);
    entry.is_excluded = rules.is_ignored() || real_rules.is_ignored();
    if (!entry.is_excluded) return entry;
    if (!S_ISDIR(status.st_mode) || rules_.can_skip(real, real_rules)) return std::nullopt;
    return is_empty(path) ? std::nullopt : std::optional(std::move(entry));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return std::nullopt;
    throw;
  }
}

bool Context::is_empty(std::string_view directory) const {
  const std::vector<ContextEntry> entries = list(directory);
  return std::all_of(entries.begin(), entries.end(), [this](const ContextEntry& entry) {
    return entry.is_excluded && is_empty(entry.path);
  });
}

std::string Context::resolved(std::string_view path) const {
  std::vector<std::string> left;
  push_names(path, left);
  std::string at = ".";
  int links = 0;
  while (!left.empty()) {
    const std::string name = std::move(left.back());
    left.pop_back();
    if (name == "..") {
      at = clean_context_path(at + "/..");
      continue;
    }
    std::string next = join_path(at, name);
    std::array<char, kMaxLinkBytes> target{};
    const ssize_t count = ::readlinkat(fd_.get(), next.c_str(), target.data(), target.size());
    if (count < 0 || ++links > kMaxLinks) {
      at = std::move(next);
      continue;
    }
    push_names({target.data(), static_cast<std::size_t>(count)}, left);
  }
  return at;
}

std::optional<std::string> Context::excluded(std::string_view path) const {
  if (rules_at(path).is_ignored()) return std::string(path);
  std::string real = resolved(path);
  if (rules_at(real).is_ignored()) return real;
  return std::nullopt;
}

std::vector<ContextEntry> Context::list(std::string_view path) const {
  FileDescriptor fd = open_beneath(fd_.get(), path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd.get()));
  if (!directory) throw_system_error(fmt::format("read {}", path), errno);
  const int directory_fd = fd.release();  // The DIR owns it now.
  const std::string real = rules_.empty() ? std::string(path) : resolved(path);
  const Rules::Directory rules = rules_at(real);
  std::vector<ContextEntry> entries;
  errno = 0;
  while (const dirent* found = ::readdir(directory.get())) {
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat status {};
    const std::string child = join_path(path, name);
    if (::fstatat(directory_fd, found->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      throw_system_error(fmt::format("read {}", child), errno);
    const std::string real_child = join_path(real, name);
    const Rules::Directory child_rules = rules_.enter(real_child, rules);
    const bool is_excluded = child_rules.is_ignored();
    if (is_excluded && (!S_ISDIR(status.st_mode) || rules_.can_skip(real_child, child_rules)))
      continue;
    ContextEntry entry = entry_of(child, status);
    entry.is_excluded = is_excluded;
    if (S_ISLNK(status.st_mode)) entry.link_target = read_link(directory_fd, found->d_name, child);
    entries.push_back(std::move(entry));
    errno = 0;
  }
  if (errno != 0) throw_system_error(fmt::format("read {}", path), errno);
  std::sort(entries.begin(), entries.end(),
            [](const ContextEntry& a, const ContextEntry& b) { return a.path < b.path; });
  return entries;
}

std::vector<std::string> Context::match(std::string_view pattern) const {
  std::vector<std::string> found = {"."};
  while (!pattern.empty() && !found.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    const std::string_view name = pattern.substr(0, slash);
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    std::vector<std::string> next;
    for (const std::string& directory : found) match_name(directory, name, next);
    found = std::move(next);
    // A symlink that nobody has named, and that leads nowhere or out, is in nobody's way.
    if (!pattern.empty() && containerfile::Glob::is_wildcard(name))
      std::erase_if(found, [this](const std::string& path) { return !can_open(path); });
  }
  return found;
}

bool Context::can_open(const std::string& path) const {
  try {
    (void)open_beneath(fd_.get(), path, O_PATH);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Context::match_name(const std::string& directory, std::string_view name,
                         std::vector<std::string>& found) const {
  if (!containerfile::Glob::is_wildcard(name)) {
    // Docker takes it as it is written, buildah "\\" as in a wildcard.
    for (const std::string& plain : {std::string(name), containerfile::Glob::unescape(name)}) {
      std::string path = join_path(directory, plain);
      if (!find(path)) continue;
      found.push_back(std::move(path));
      return;
    }
    return;
  }
  const std::optional<ContextEntry> at = find(directory);
  if (!at || at->type != layer::EntryType::directory) return;
  const containerfile::Glob glob(name);
  for (ContextEntry& entry : list(directory)) {
    const std::size_t start = directory == "." ? 0 : directory.size() + 1;
    if (glob.matches(std::string_view(entry.path).substr(start)) &&
        !(entry.is_excluded && is_empty(entry.path)))
      found.push_back(std::move(entry.path));
  }
}

FileDescriptor Context::open(const ContextEntry& entry) const {
  FileDescriptor file = open_beneath(fd_.get(), entry.path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    throw_system_error(fmt::format("read {}", entry.path), errno);
  if (identity_of(status) != entry.identity)
    throw Error(ErrorKind::invalid,
                fmt::format("{} was changed while the build was running", entry.path),
                "Build again when nothing writes to it any more.");
  return file;
}

}  // namespace modulah::builder
