// Ends the process as a signal does by default.
#pragma once

namespace modulah::cli {

/// Whoever waits for this process sees that the signal has ended it.
[[noreturn]] void end_by_signal(int signal);

}  // namespace modulah::cli
