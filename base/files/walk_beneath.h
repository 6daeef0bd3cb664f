// open_beneath for kernels, and for sandboxes, without openat2. Private to base; has a header
// so that tests reach it on kernels that have openat2.
#pragma once

#include <string_view>

#include "modulah/base/files.h"

namespace modulah {

/// Does what `open_beneath` promises, name by name.
[[nodiscard]] FileDescriptor walk_beneath(int root_fd, std::string_view path, int flags,
                                          unsigned mode);

/// Throws the Error of `open_beneath` for `error_number`; EXDEV means that the path leads out.
[[noreturn]] void throw_beneath_error(std::string_view path, int error_number);

}  // namespace modulah
