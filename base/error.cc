// Error and the mapping from system error numbers to kinds.
#include "modulah/base/error.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "modulah/base/system_error.h"

namespace modulah {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::io:
      return "io";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

Error& Error::prepend(std::string_view context) {
  message_ = fmt::format("{}: {}", context, message_);
  return *this;
}

Error& Error::show(std::string excerpt) {
  if (excerpt_.empty()) excerpt_ = std::move(excerpt);
  return *this;
}

Error& Error::advise(std::string hint) {
  if (hint_.empty()) hint_ = std::move(hint);
  return *this;
}

namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::denied;
    default:
      return ErrorKind::io;
  }
}

/// "no such file or directory": the system's text, in lower case as our messages are.
std::string text_of(int error_number) {
  std::string text = std::generic_category().message(error_number);
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z')
    text.front() = static_cast<char>(text.front() - 'A' + 'a');
  return text;
}

}  // namespace

void throw_system_error(std::string_view what, int error_number) {
  throw SystemError(kind_of(error_number), fmt::format("{}: {}", what, text_of(error_number)),
                    error_number);
}

}  // namespace modulah
