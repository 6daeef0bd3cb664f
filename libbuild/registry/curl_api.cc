// Loads libcurl.
#include "curl_api.h"

#include <string>

#include <dlfcn.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::registry {

namespace {

constexpr const char* kLibrary = "libcurl.so.4";
constexpr unsigned kOldestVersion = 0x074d00;  ///< 7.77.0 supports certificates in memory.
constexpr const char* kHint = "Install the package libcurl4.";

template <typename Function>
void look_up(void* library, const char* name, Function& function) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("{} has no function {}", kLibrary, name),
                kHint);
  function = reinterpret_cast<Function>(symbol);
}

void check_version(void* library) {
  decltype(&curl_version_info) version_info = nullptr;
  look_up(library, "curl_version_info", version_info);
  const curl_version_info_data* const version = version_info(CURLVERSION_FIRST);
  if (version->version_num < kOldestVersion)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is version {}, but 7.77 is required", kLibrary, version->version),
                kHint);
}

CurlApi load() {
  // NODELETE: it has global state that lives until the process ends.
  void* const library = dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("cannot load {}: {}", kLibrary, dlerror()),
                kHint);
  check_version(library);
  CurlApi api{};
  look_up(library, "curl_global_init", api.global_init);
  look_up(library, "curl_easy_init", api.easy_init);
  look_up(library, "curl_easy_cleanup", api.easy_cleanup);
  look_up(library, "curl_easy_reset", api.easy_reset);
  look_up(library, "curl_easy_setopt", api.easy_setopt);
  look_up(library, "curl_easy_perform", api.easy_perform);
  look_up(library, "curl_easy_getinfo", api.easy_getinfo);
  look_up(library, "curl_easy_pause", api.easy_pause);
  look_up(library, "curl_easy_strerror", api.easy_strerror);
  look_up(library, "curl_multi_init", api.multi_init);
  look_up(library, "curl_multi_cleanup", api.multi_cleanup);
  look_up(library, "curl_multi_add_handle", api.multi_add_handle);
  look_up(library, "curl_multi_remove_handle", api.multi_remove_handle);
  look_up(library, "curl_multi_perform", api.multi_perform);
  look_up(library, "curl_multi_poll", api.multi_poll);
  look_up(library, "curl_multi_wakeup", api.multi_wakeup);
  look_up(library, "curl_multi_info_read", api.multi_info_read);
  look_up(library, "curl_slist_append", api.slist_append);
  look_up(library, "curl_slist_free_all", api.slist_free_all);
  if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw Error(ErrorKind::unsupported, fmt::format("{} cannot be initialized", kLibrary));
  return api;
}

}  // namespace

const CurlApi& curl_api() {
  static const CurlApi api = load();  // When it throws, the next call retries.
  return api;
}

}  // namespace modulah::registry
