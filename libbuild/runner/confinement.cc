// Landlock by its system calls, which the C library does not have. The numbers are those of the
// kernel's interface; the header of the system may be older than the kernel.
#include "confinement.h"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modulah/base/error.h"

namespace modulah::runner {
namespace {

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1;

/// LANDLOCK_ACCESS_FS_*.
enum Access : std::uint64_t {
  kExecute = 1U << 0U,
  kWriteFile = 1U << 1U,
  kReadFile = 1U << 2U,
  kReadDirectory = 1U << 3U,
  kAllOfVersion1 = (1U << 13U) - 1,
  kRefer = 1U << 13U,     ///< Version 2.
  kTruncate = 1U << 14U,  ///< Version 3.
  kDevice = 1U << 15U,    ///< Version 5.
};

struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};

/// The version of the kernel's Landlock; 0 or less when it has none.
long version() { return syscall(kCreateRuleset, nullptr, 0, kAskVersion); }

RulesetAttributes attributes_for(long version) {
  RulesetAttributes attributes;
  attributes.files = kAllOfVersion1;
  if (version >= 2) attributes.files |= kRefer;
  if (version >= 3) attributes.files |= kTruncate;
  if (version >= 5) attributes.files |= kDevice;
  if (version >= 4) attributes.network = 3;  // To bind and to connect.
  if (version >= 6) attributes.scoped = 3;   // Abstract sockets, and signals to other processes.
  return attributes;
}

void allow(const FileDescriptor& ruleset, const std::filesystem::path& path,
           std::uint64_t allowed) {
  const FileDescriptor fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return;
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return;
  if (!S_ISDIR(status.st_mode)) allowed &= kExecute | kWriteFile | kReadFile | kTruncate | kDevice;
  const PathBeneath rule{allowed, fd.get()};
  if (syscall(kAddRule, ruleset.get(), kPathBeneath, &rule, 0) != 0)
    throw_system_error("allow the engine to open " + path.native(), errno);
}

}  // namespace

bool can_confine() { return version() > 0; }

Confinement confinement_of(const std::filesystem::path& program) {
  Confinement confinement;
  confinement.readable = {"/usr",
                          "/bin",
                          "/sbin",
                          "/lib",
                          "/lib32",
                          "/lib64",
                          "/libx32",
                          "/nix/store",
                          "/gnu/store",
                          "/etc/ld.so.cache",
                          "/etc/alternatives",
                          "/etc/ssl/openssl.cnf",
                          "/etc/localtime",
                          "/dev/urandom",
                          "/dev/random",
                          "/dev/zero"};
  confinement.devices = {"/dev/null"};
  // One that is installed elsewhere has its libraries beside it, at most.
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(program, error);
  if (!error) {
    confinement.readable.push_back(real);
    confinement.readable.push_back(real.parent_path().parent_path() / "lib");
  }
  return confinement;
}

FileDescriptor make_ruleset(const Confinement& confinement) {
  const RulesetAttributes attributes = attributes_for(version());
  FileDescriptor ruleset(
      static_cast<int>(syscall(kCreateRuleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) throw Error(ErrorKind::unsupported, "this kernel does not have Landlock");
  fcntl(ruleset.get(), F_SETFD, FD_CLOEXEC);
  for (const auto& path : confinement.readable)
    allow(ruleset, path, kExecute | kReadFile | kReadDirectory);
  for (const auto& path : confinement.devices)
    allow(ruleset, path, attributes.files & (kReadFile | kWriteFile | kTruncate | kDevice));
  for (const auto& path : confinement.writable)
    allow(ruleset, path, attributes.files & ~(std::uint64_t{kExecute} | kDevice));
  return ruleset;
}

bool restrict_self(const FileDescriptor& ruleset) noexcept {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(kRestrictSelf, ruleset.get(), 0) == 0;
}

}  // namespace modulah::runner
