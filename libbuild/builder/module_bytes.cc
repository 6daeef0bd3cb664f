// Memory for a module, in huge pages where the system has them.
//
// A module of some megabytes is read into memory that the kernel has to hand out page by page: a
// thousand page faults cost more than copying the bytes. With pages of 2 MiB there are a few.
#include "module_bytes.h"

#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace modulah::builder {

namespace {
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Below this a huge page would mostly be unused.
constexpr std::size_t kLarge = std::size_t{1} << 20;
/// Above this the pages that the kernel has cleared have left the processor's caches before they
/// are filled. A small page is filled while it is still there.
constexpr std::size_t kTooLarge = std::size_t{16} << 20;

std::byte* allocate(std::size_t size) {
  if (size < kLarge || size > kTooLarge)
    return static_cast<std::byte*>(std::malloc(size == 0 ? 1 : size));
  const std::size_t rounded = (size + kHugePage - 1) / kHugePage * kHugePage;
  void* const bytes = std::aligned_alloc(kHugePage, rounded);
  // An advice: where there are no huge pages, small ones do the same.
  if (bytes != nullptr) (void)::madvise(bytes, rounded, MADV_HUGEPAGE);
  return static_cast<std::byte*>(bytes);
}
}  // namespace

ModuleBytes::ModuleBytes(std::size_t size) : bytes_(allocate(size)), size_(size) {
  if (!bytes_) throw std::bad_alloc();
}

void ModuleBytes::Free::operator()(std::byte* bytes) const noexcept { std::free(bytes); }

}  // namespace modulah::builder
