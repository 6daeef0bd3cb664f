// Turns the answers of registries into errors that say what the user can do.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/registry/credentials.h"
#include "modulah/registry/transport.h"

namespace modulah::registry {

/// A failure that may be temporary: status 408, 429, 5xx except 501, and bytes with a wrong digest.
class PassingError : public Error {
 public:
  PassingError(std::string message, std::optional<std::chrono::seconds> wait,
               ErrorKind kind = ErrorKind::unavailable)
      : Error(kind, std::move(message)), wait_(wait) {}
  /// The value of Retry-After, which is in seconds or a date.
  [[nodiscard]] std::optional<std::chrono::seconds> wait() const noexcept { return wait_; }

 private:
  std::optional<std::chrono::seconds> wait_;
};

/// The request that failed, for the error message.
struct Asked {
  std::string_view registry;
  std::string_view user;           ///< Empty: anonymous.
  std::string what;                ///< "push to demo/app".
  std::string thing;               ///< "image 127.0.0.1:5000/demo/app:v1", "blob sha256:…".
  const Credentials& credentials;  ///< Masked, also when the registry repeats them.
};

/// Throws for an answer that is not a success. Reads some of its body.
[[noreturn]] void throw_failure(const HttpResponse& answer, const Asked& asked);
/// The same with a given message; a PassingError when the status may be temporary.
[[noreturn]] void throw_status(const HttpResponse& answer, const std::string& said);

/// At most 300 characters of an untrusted text, on one line, without control characters.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace modulah::registry
