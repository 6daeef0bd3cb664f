// modulah login: check a password at a registry, and store it.
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "commands.h"
#include "options.h"
#include "print.h"
#include "prompt.h"
#include "registry_options.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string registry;
  RegistryFlags flags;
  std::string username;
  std::optional<std::string> password;
  std::optional<std::string> password_file;
  bool is_password_on_input = false;
  bool is_login_shown = false;
};

/// The key of the login: the registry, or a part of it. A URL's scheme is dropped.
struct Key {
  std::string registry;
  std::string path;  ///< "demo/app" of "127.0.0.1:5000/demo/app", or empty.

  [[nodiscard]] std::string text() const { return path.empty() ? registry : registry + "/" + path; }
};

Key parse_key(std::string_view word) {
  const std::string normal = registry::normal_key(word);
  const std::size_t slash = std::min(normal.find('/'), normal.size());
  Key key{normal.substr(0, slash), slash == normal.size() ? "" : normal.substr(slash + 1)};
  // The grammar of references defines what a registry's name is.
  const std::string path = key.path.empty() ? "x" : key.path;
  oci::Reference reference;
  try {
    reference = oci::Reference::parse(key.registry + "/" + path, oci::Reference::Defaults::local);
  } catch (const Error&) {
  }
  if (reference.registry != key.registry || reference.tag != "latest" || reference.digest)
    // The part before an "@" may be a password, as in URLs.
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is not a registry",
                            word.substr(std::min(word.rfind('@') + 1, word.size()))),
                "Specify HOST[:PORT], e.g. 127.0.0.1:5000.");
  return key;
}

/// Throws Error usage for conflicting options for the password.
void check_sources(const Options& options) {
  if (options.is_password_on_input && options.username.empty())
    throw Error(ErrorKind::usage, "--password-stdin requires --username");
  const bool has_file = options.password_file.has_value();
  if (options.password && (options.is_password_on_input || has_file))
    throw Error(ErrorKind::usage, fmt::format("{} and --password exclude each other",
                                              has_file ? "--password-file" : "--password-stdin"));
  if (options.is_password_on_input && has_file)
    throw Error(ErrorKind::usage, "--password-file and --password-stdin exclude each other");
}

/// From the options or a prompt; `known` is the current user, or empty.
registry::Credentials ask_for_credentials(const Options& options, const Invocation& invocation,
                                          const std::string& known) {
  constexpr std::string_view kHint = "Use --username, and --password-stdin or --password-file.";
  registry::Credentials credentials;
  credentials.username = options.username;
  check_sources(options);
  if (options.is_password_on_input) credentials.password = read_secret_from_input();
  if (options.password_file)
    credentials.password = read_secret(invocation.world, *options.password_file, "--password-file");
  if (credentials.username.empty())
    credentials.username = prompt_line(
        invocation, known.empty() ? "Username: " : fmt::format("Username ({}): ", known), kHint);
  if (credentials.username.empty()) credentials.username = known;
  // A colon ends the user name in HTTP and in auth files.
  if (credentials.username.empty() || credentials.username.find(':') != std::string::npos)
    throw Error(ErrorKind::usage,
                credentials.username.empty()
                    ? "no user name was given"
                    : fmt::format("the user name \"{}\" contains a colon", credentials.username));
  if (!options.is_password_on_input && !options.password_file)
    credentials.password =
        options.password ? *options.password : prompt_secret(invocation, "Password: ", kHint);
  if (credentials.password.empty()) throw Error(ErrorKind::usage, "the password is empty");
  return credentials;
}

int show_login(const registry::CredentialStore& store, const Key& key) {
  const auto found = store.find(key.registry, key.path);
  if (!found)
    throw Error(ErrorKind::not_found, fmt::format("not logged in to {}", key.text()),
                fmt::format("Run 'modulah login {}'.", key.text()));
  // docker's word for an identity token in place of user and password.
  print((found->identity_token.empty() ? found->username : "<token>") + "\n");
  return 0;
}

/// The stored credentials for `key`. A file of --authfile that does not exist yet has none.
std::optional<registry::Credentials> find_kept(const registry::CredentialStore& store,
                                               const Options& options, const Key& key) {
  std::error_code ignored;
  if (!options.flags.auth_file.empty() && !std::filesystem::exists(store.written_file(), ignored))
    return std::nullopt;
  return store.find(key.registry, key.path);
}

/// True when the registry accepts the stored credentials.
bool is_taken(const Connection& connection, const Key& key, Reporter& reporter) {
  reporter.info(fmt::format("trying the stored login for {}", key.text()));
  try {
    registry::check_login(*connection.transport, key.registry, connection.options);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) throw;
    reporter.warning(error.message());
    return false;
  }
}

int run(const Options& options, const Invocation& invocation) {
  const Key key = parse_key(options.registry);
  const registry::CredentialStore store = credential_store(invocation, options.flags);
  if (options.is_login_shown) return show_login(store, key);
  const auto reporter = invocation.make_reporter();
  Connection connection = connect(invocation, options.flags, key.registry, *reporter);
  connection.options.retries = 0;
  std::string known;
  if (options.username.empty() && !options.password && !options.password_file &&
      !options.is_password_on_input)
    if (const auto kept = find_kept(store, options, key)) {
      connection.options.credentials = *kept;
      if (is_taken(connection, key, *reporter)) {
        print(fmt::format("Already logged in to {}\n", key.text()));
        return 0;
      }
      known = kept->username;
    }
  connection.options.credentials = ask_for_credentials(options, invocation, known);
  registry::check_login(*connection.transport, key.registry, connection.options);
  store.save(key.text(), connection.options.credentials);
  print("Login Succeeded!\n");
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("REGISTRY", options->registry)->required();
  app.add_option("-u,--username", options->username, "User name (default: prompt)")
      ->option_text("NAME");
  app.add_option("-p,--password", options->password,
                 "Password; it is visible in the list of processes until the command has read it: "
                 "a file or standard input is safer (default: prompt)")
      ->option_text("PASSWORD");
  app.add_option("--password-file", options->password_file,
                 "Read the password from a file; - is standard input")
      ->option_text("FILE");
  app.add_flag("--password-stdin", options->is_password_on_input,
               "Read the password from standard input");
  app.add_flag("--get-login", options->is_login_shown, "Print the user who is logged in, and exit");
  add_login_flags(app, options->flags);
  add_compat_flag(app, options->flags);
  accept_silently(app, {"-v,--verbose"}, {});
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command login_command = {
    .name = "login",
    .alias = "",
    .group = "Registries",
    .operands = "REGISTRY",
    .summary = "Log in to a registry",
    .description =
        R"(REGISTRY is HOST[:PORT], or with a path for a part of it. The password is checked
at the registry and then stored where podman, buildah and skopeo store theirs, or
in the credential helper that the file specifies. Logins stored by them and by
docker are found, too, and tried first when neither user nor password is given.

The file is the first that is set of $REGISTRY_AUTH_FILE,
$DOCKER_CONFIG/config.json and $XDG_RUNTIME_DIR/containers/auth.json (without
that variable: /run/containers/UID/auth.json); when the last is not writable,
~/.config/containers/auth.json. When one of the first two is set, no other file is
read; otherwise ~/.config/containers/auth.json, ~/.docker/config.json and
~/.dockercfg are read, too. When registries.conf has a list of
credential-helpers, they are used in its order, and these files in the place of
"containers-auth.json".

Proxies are taken from http_proxy, https_proxy and no_proxy, or their upper-case
variants; connections to this machine never use a proxy.

Examples:
  # Log in with a password from a file
  $ modulah login -u ana --password-file password 127.0.0.1:5000

  # Show who is logged in
  $ modulah login --get-login 127.0.0.1:5000

Exit status:
  0 on success, 1 when the registry rejects the password or does not answer, 2
  when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
