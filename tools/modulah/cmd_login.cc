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
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is no registry", word),
                "Give HOST[:PORT], e.g. 127.0.0.1:5000.");
  return key;
}

registry::Credentials ask_for_credentials(const Options& options, const World& world) {
  registry::Credentials credentials;
  credentials.username = options.username;
  if (options.is_password_on_input) {
    if (options.username.empty())
      throw Error(ErrorKind::usage, "--password-stdin needs --username");
    if (options.password)
      throw Error(ErrorKind::usage, "--password-stdin and --password exclude each other");
    credentials.password = read_secret_from_input();
    return credentials;
  }
  constexpr std::string_view kHint = "Give --username, and the password with --password-stdin.";
  if (credentials.username.empty()) credentials.username = prompt_line(world, "Username: ", kHint);
  credentials.password =
      options.password ? *options.password : prompt_secret(world, "Password: ", kHint);
  return credentials;
}

int show_login(const registry::CredentialStore& store, const Key& key) {
  const auto found = store.find(key.registry, key.path);
  if (!found)
    throw Error(ErrorKind::not_found, fmt::format("not logged in to {}", key.text()),
                fmt::format("Run 'modulah login {}'.", key.text()));
  print(found->username + "\n");
  return 0;
}

int run(const Options& options, const Invocation& invocation) {
  const Key key = parse_key(options.registry);
  const registry::CredentialStore store = credential_store(invocation, options.flags);
  if (options.is_login_shown) return show_login(store, key);
  const auto reporter = invocation.make_reporter();
  Connection connection = connect(invocation, options.flags, key.registry, *reporter);
  connection.options.retries = 0;
  connection.options.credentials = ask_for_credentials(options, invocation.world);
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
                 "The password; others may see it in the list of processes (default: asked for)")
      ->option_text("PASSWORD");
  app.add_flag("--password-stdin", options->is_password_on_input,
               "Read the password from standard input");
  app.add_flag("--get-login", options->is_login_shown, "Print who is logged in, and do no more");
  add_login_flags(app, options->flags);
  accept_silently(app, {"-v,--verbose"}, {});
  refuse(app, "--compat-auth-file", "is not known here",
         "Write to docker's file with --authfile FILE: it has the same form.");
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
found, too.

Examples:
  # Log in with a password from a file
  $ modulah login -u ana --password-stdin 127.0.0.1:5000 <password

  # Who is logged in?
  $ modulah login --get-login 127.0.0.1:5000

Exit status:
  0 on success, 1 when the registry refuses the password or does not answer, 2
  when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
