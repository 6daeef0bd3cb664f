// What a registry's answers mean, as errors that say what the user can do.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/registry/credentials.h"
#include "modulah/registry/transport.h"

namespace modulah::registry {

/// An answer that may be another one soon: 408, 429, 5xx but 501, and bytes with a wrong digest.
class PassingError : public Error {
 public:
  PassingError(std::string message, std::optional<std::chrono::seconds> wait,
               ErrorKind kind = ErrorKind::unavailable)
      : Error(kind, std::move(message)), wait_(wait) {}
  /// What Retry-After says, in seconds or by a date.
  [[nodiscard]] std::optional<std::chrono::seconds> wait() const noexcept { return wait_; }

 private:
  std::optional<std::chrono::seconds> wait_;
};

/// Who asked for what, for the words of an error.
struct Asked {
  std::string_view registry;
  std::string_view user;           ///< Empty: nobody in particular.
  std::string what;                ///< "push to demo/app".
  std::string thing;               ///< "image 127.0.0.1:5000/demo/app:v1", "blob sha256:…".
  const Credentials& credentials;  ///< Not to be shown, even when the registry says them.
};

/// Throws for an answer that is not the wanted one. Reads some of its body.
[[noreturn]] void throw_failure(const HttpResponse& answer, const Asked& asked);
/// The same with words of one's own, as PassingError where the status says so.
[[noreturn]] void throw_status(const HttpResponse& answer, const std::string& said);

/// At most 300 characters of a text from outside, on one line, without control characters.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace modulah::registry
