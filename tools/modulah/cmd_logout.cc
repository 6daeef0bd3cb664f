// modulah logout: remove the stored password for a registry.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "commands.h"
#include "print.h"
#include "registry_options.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string registry;
  RegistryFlags flags;
  bool is_all = false;
};

int run(const Options& options, const Invocation& invocation) {
  if (options.is_all != options.registry.empty())
    throw Error(ErrorKind::usage,
                options.is_all ? "REGISTRY and --all exclude each other" : "REGISTRY is missing",
                "Run 'modulah logout --help' for the usage.");
  const registry::CredentialStore store = credential_store(invocation, options.flags);
  if (options.is_all) {
    store.erase_all();
    print("Removed all logins\n");
    return 0;
  }
  const std::string key = registry::normal_key(options.registry);
  const bool is_erased = store.erase(key);
  // Files that are only read may have a login, too, and so may a prefix of the key.
  const std::size_t slash = std::min(key.find('/'), key.size());
  const bool is_left =
      store.find(key.substr(0, slash), slash == key.size() ? "" : key.substr(slash + 1))
          .has_value();
  if (!is_erased)
    throw Error(ErrorKind::not_found,
                // Without the part before an "@", which may be a password, as in URLs.
                fmt::format("not logged in to {} in {}", key.substr(key.rfind('@') + 1),
                            store.written_file().native()),
                is_left
                    ? "Another file has a login for it, or there is one for a part of its path: "
                      "specify the file with --authfile FILE."
                    : "");
  if (is_left)
    invocation.make_reporter()->warning(
        fmt::format("{} still has a login: in another file, or for a part of its path", key));
  print(fmt::format("Removed the login for {}\n", key));
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("REGISTRY", options->registry);
  app.add_flag("-a,--all", options->is_all, "Remove the logins for all registries");
  app.add_option("--authfile", options->flags.auth_file,
                 "File with the logins (default: $REGISTRY_AUTH_FILE, else podman's)")
      ->option_text("FILE");
  add_compat_flag(app, options->flags);
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command logout_command = {
    .name = "logout",
    .alias = "",
    .group = "Registries",
    .operands = "REGISTRY|--all",
    .summary = "Log out of a registry",
    .description =
        R"(Removes a login that 'modulah login' or 'podman login' has stored.

Examples:
  # Log out of one registry
  $ modulah logout 127.0.0.1:5000

Exit status:
  0 on success, 1 when there is no login, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
