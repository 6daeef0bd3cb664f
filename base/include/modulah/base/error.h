// The one exception type of the project, and how context is put in front of it.
//
// An error is read from the user's words to the cause: the function that finds the
// trouble says what is wrong ("no such file"), and each layer that the exception
// passes on its way up adds what it knows ("COPY dist/", "Containerfile:7"). So no
// function needs to be told what it is being called for.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace modulah {

/// What the caller can do about an error. A new kind is a new thing to do, not a new cause.
enum class ErrorKind {
  usage,        ///< The call or command line is wrong: change the words.
  not_found,    ///< A named thing is not there: name another, or make it.
  invalid,      ///< The user's input is malformed: mend the input.
  corrupt,      ///< Stored or received bytes are not what their digest or format says: fetch anew.
  denied,       ///< Permissions or credentials do not allow it: log in, or change the mode.
  unavailable,  ///< A service or network does not answer: try again later.
  unsupported,  ///< Well-formed, but this version cannot do it: do it another way.
  io,           ///< The system refused an operation (disk full, broken pipe): look at the system.
  cancelled,    ///< The user or a stop token asked to stop.
};

/// The name of a kind as it stands in JSON output, e.g. "not_found".
[[nodiscard]] std::string_view to_string(ErrorKind kind);

/// What every function of the project throws when it cannot do what its name says.
class Error : public std::exception {
 public:
  /// `message` starts in lower case and has no full stop; `hint`, when there is one, is a
  /// full sentence that says what the user can do.
  Error(ErrorKind kind, std::string message, std::string hint = {});

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  /// Lines of the user's text with a caret below the place, or empty. Printed after the message.
  [[nodiscard]] const std::string& excerpt() const noexcept { return excerpt_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  /// Puts "`context`: " in front of the message.
  Error& prepend(std::string_view context);
  /// Sets the excerpt; keeps the one that is there, because the innermost is the most exact.
  Error& show(std::string excerpt);
  /// Sets the hint; keeps the one that is there.
  Error& advise(std::string hint);

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::string excerpt_;
};

/// Throws Error{io, not_found or denied} for a failed system call: "`what`: <text of
/// `error_number`>".
[[noreturn]] void throw_system_error(std::string_view what, int error_number);

/// Calls `action`; when it throws an Error, puts `context()` in front of its message.
/// `context` is called only then.
template <typename Context, typename Action>
decltype(auto) with_context(Context&& context, Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (Error& error) {
    error.prepend(std::forward<Context>(context)());
    throw;
  }
}

}  // namespace modulah
