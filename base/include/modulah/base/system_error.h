// The Error of a failed system call, for the few who have to know which failure it was.
#pragma once

#include <cerrno>

#include "modulah/base/error.h"

namespace modulah {

/// What throw_system_error() throws.
class SystemError : public Error {
 public:
  SystemError(ErrorKind kind, std::string message, int number)
      : Error(kind, std::move(message)), number_(number) {}

  /// errno's value, e.g. ENOSPC.
  [[nodiscard]] int number() const noexcept { return number_; }
  /// True when there is no room: the disk, a quota or the table of files is full.
  [[nodiscard]] bool is_disk_full() const noexcept {
    return number_ == ENOSPC || number_ == EDQUOT;
  }

 private:
  int number_;
};

}  // namespace modulah
