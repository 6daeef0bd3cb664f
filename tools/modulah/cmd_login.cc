// modulah login: try a password at a registry, and keep it.
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

/// What the login is kept under: the registry, or a part of it. A URL's scheme is left out.
struct Key {
  std::string registry;
  std::string path;  ///< "demo/app" of "127.0.0.1:5000/demo/app", or empty.

  [[nodiscard]] std::string text() const { return path.empty() ? registry : registry + "/" + path; }
};

Key parse_key(std::string_view word) {
  const std::string normal = registry::normal_key(word);
  const std::size_t slash = std::min(normal.find('/'), normal.size());
  Key key{normal.substr(0, slash), slash == normal.size() ? "" : normal.substr(slash + 1)};
  // The grammar of references knows what a registry's name is.
  const std::string path = key.path.empty() ? "x" : key.path;
  oci::Reference reference;
  try {
    reference = oci::Reference::parse(key.registry + "/" + path, oci::Reference::Defaults::local);
  } catch (const Error&) {
  }
  if (reference.registry != key.registry || reference.tag != "latest" || reference.digest)
    // A password may stand before an "@", as in URLs.
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is no registry",
                            word.substr(std::min(word.rfind('@') + 1, word.size()))),
                "Give HOST[:PORT], e.g. 127.0.0.1:5000.");
  return key;
}

/// Throws Error usage for options about the password that do not go together.
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

/// From the options, or asked for; `known` is who is logged in now, or empty.
registry::Credentials ask_for_credentials(const Options& options, const Invocation& invocation,
                                          const std::string& known) {
  constexpr std::string_view kHint =
      "Give --username, and the password with --password-stdin or --password-file.";
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
  // The colon is what ends the name in HTTP and in auth files.
  if (credentials.username.empty() || credentials.username.find(':') != std::string::npos)
    throw Error(ErrorKind::usage,
                credentials.username.empty()
                    ? "no name was given"
                    : fmt::format("the name \"{}\" has a colon", credentials.username));
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
  // docker's word for who has an identity token instead of a name and a password.
  print((found->identity_token.empty() ? found->username : "<token>") + "\n");
  return 0;
}

/// What is kept for `key` now. An --authfile that is to be made has nothing.
std::optional<registry::Credentials> find_kept(const registry::CredentialStore& store,
                                               const Options& options, const Key& key) {
  std::error_code ignored;
  if (!options.flags.auth_file.empty() && !std::filesystem::exists(store.written_file(), ignored))
    return std::nullopt;
  return store.find(key.registry, key.path);
}

/// True when the registry takes what is kept.
bool is_taken(const Connection& connection, const Key& key, Reporter& reporter) {
  reporter.info(fmt::format("trying the login that is kept for {}", key.text()));
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
  app.add_option("-u,--username", options->username, "Who logs in (default: asked for)")
      ->option_text("NAME");
  app.add_option("-p,--password", options->password,
                 "The password; it is hidden from the list of processes only once the command "
                 "runs, so a file or standard input is safer (default: asked for)")
      ->option_text("PASSWORD");
  app.add_option("--password-file", options->password_file,
                 "Read the password from a file; - is standard input")
      ->option_text("FILE");
  app.add_flag("--password-stdin", options->is_password_on_input,
               "Read the password from standard input");
  app.add_flag("--get-login", options->is_login_shown, "Print who is logged in, and do no more");
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
        R"(REGISTRY is HOST[:PORT], or with a path for a part of it. The password is tried at
the registry and then kept where podman, buildah and skopeo keep theirs, or in
the credential helper that the file names; what they and docker have kept is
found, too, and tried first when neither name nor password is given.

The file is $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json or
$XDG_RUNTIME_DIR/containers/auth.json (without that variable
/run/containers/UID/auth.json), the first that is set; where the last cannot be
written, ~/.config/containers/auth.json. The first two are read alone. Otherwise
~/.config/containers/auth.json, ~/.docker/config.json and ~/.dockercfg are read,
too. Where registries.conf has a list of credential-helpers, they are asked in
its order, and these files where it has "containers-auth.json".

Proxies are taken from http_proxy, https_proxy and no_proxy, or their names in
upper case; this machine is always reached directly.

Examples:
  # Log in with a password from a file
  $ modulah login -u ana --password-file password 127.0.0.1:5000

  # Who is logged in?
  $ modulah login --get-login 127.0.0.1:5000

Exit status:
  0 on success, 1 when the registry refuses the password or does not answer, 2
  when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
