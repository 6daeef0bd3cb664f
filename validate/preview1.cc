// https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/witx/wasi_snapshot_preview1.witx, and
// sock_accept, which was added later and which all engines have.
#include "preview1.h"

#include <algorithm>
#include <array>

namespace modulah::validate {

namespace {

struct Function {
  std::string_view name;
  bool uses_memory;
};

/// Sorted by name.
constexpr std::array kFunctions = {
    Function{"args_get", true},
    Function{"args_sizes_get", true},
    Function{"clock_res_get", true},
    Function{"clock_time_get", true},
    Function{"environ_get", true},
    Function{"environ_sizes_get", true},
    Function{"fd_advise", false},
    Function{"fd_allocate", false},
    Function{"fd_close", false},
    Function{"fd_datasync", false},
    Function{"fd_fdstat_get", true},
    Function{"fd_fdstat_set_flags", false},
    Function{"fd_fdstat_set_rights", false},
    Function{"fd_filestat_get", true},
    Function{"fd_filestat_set_size", false},
    Function{"fd_filestat_set_times", false},
    Function{"fd_pread", true},
    Function{"fd_prestat_dir_name", true},
    Function{"fd_prestat_get", true},
    Function{"fd_pwrite", true},
    Function{"fd_read", true},
    Function{"fd_readdir", true},
    Function{"fd_renumber", false},
    Function{"fd_seek", true},
    Function{"fd_sync", false},
    Function{"fd_tell", true},
    Function{"fd_write", true},
    Function{"path_create_directory", true},
    Function{"path_filestat_get", true},
    Function{"path_filestat_set_times", true},
    Function{"path_link", true},
    Function{"path_open", true},
    Function{"path_readlink", true},
    Function{"path_remove_directory", true},
    Function{"path_rename", true},
    Function{"path_symlink", true},
    Function{"path_unlink_file", true},
    Function{"poll_oneoff", true},
    Function{"proc_exit", false},
    Function{"proc_raise", false},
    Function{"random_get", true},
    Function{"sched_yield", false},
    Function{"sock_accept", true},
    Function{"sock_recv", true},
    Function{"sock_send", true},
    Function{"sock_shutdown", false},
};
static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end(),
                             [](const Function& a, const Function& b) { return a.name < b.name; }));

const Function* find(std::string_view name) {
  const auto* found = std::lower_bound(
      kFunctions.begin(), kFunctions.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return found != kFunctions.end() && found->name == name ? found : nullptr;
}

}  // namespace

bool is_preview1_function(std::string_view name) { return find(name) != nullptr; }

bool uses_memory(std::string_view name) {
  const Function* function = find(name);
  return function != nullptr && function->uses_memory;
}

}  // namespace modulah::validate
