// From flags, environment and files to a connection with a registry.
#include "registry_options.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/registry/curl_transport.h"

#include "options.h"
#include "prompt.h"
#include "version.h"

namespace modulah::cli {

namespace {

namespace fs = std::filesystem;

/// `path` relative to the working directory; empty stays empty.
fs::path place(const World& world, const std::string& path) {
  return path.empty() ? fs::path() : world.directory / path;
}

/// The first of two variables that is set.
std::string either(const World& world, const char* first, const char* second) {
  const std::string value = world.env(first);
  return value.empty() ? world.env(second) : value;
}

fs::path config_home(const World& world) {
  const std::string config = world.env("XDG_CONFIG_HOME");
  if (!config.empty()) return config;
  const std::string home = world.env("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".config";
}

/// podman's default; it does not survive a reboot.
fs::path runtime_file(const World& world) {
  const std::string runtime = world.env("XDG_RUNTIME_DIR");
  if (!runtime.empty()) return fs::path(runtime) / "containers/auth.json";
  return fmt::format("/run/containers/{}/auth.json", getuid());
}

/// registries.conf, of the user or else of the system, then the drop-ins of both, in podman's
/// order.
std::vector<fs::path> registries_files(const World& world) {
  const fs::path system = "/etc/containers";
  const fs::path own =
      world.env("HOME").empty() ? fs::path() : fs::path(world.env("HOME")) / ".config/containers";
  const std::string named = world.env("CONTAINERS_REGISTRIES_CONF");
  std::error_code ignored;
  const bool has_own = !own.empty() && fs::exists(own / "registries.conf", ignored);
  std::vector<fs::path> files = {!named.empty() ? place(world, named)
                                                : (has_own ? own : system) / "registries.conf"};
  for (const fs::path& folder : {system, own}) {
    if (folder.empty()) continue;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(folder / "registries.conf.d", ignored), end;
         !ignored && entry != end; entry.increment(ignored))
      if (entry->path().extension() == ".conf") found.push_back(entry->path());
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

/// The first existing directory with certificates for a registry, in podman's order.
std::vector<fs::path> certificate_directories(const World& world, const RegistryFlags& flags,
                                              const std::string& registry) {
  std::error_code ignored;
  if (!flags.certificate_directory.empty()) {
    fs::path given = place(world, flags.certificate_directory);
    if (!fs::is_directory(given, ignored))
      throw Error(ErrorKind::not_found,
                  fmt::format("--cert-dir: {} is not a directory", given.native()));
    return {std::move(given)};
  }
  const fs::path own = config_home(world);
  for (const fs::path& parent :
       {own.empty() ? own : own / "containers/certs.d", fs::path("/etc/containers/certs.d"),
        fs::path("/etc/docker/certs.d")})
    if (!parent.empty() && fs::is_directory(parent / registry, ignored)) return {parent / registry};
  return {};
}

/// Waits; throws Error cancelled as soon as `stop` is requested.
void sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "the transfer was stopped");
}

/// The text of --creds; "@FILE" stands for what FILE has.
registry::Credentials parse_credentials(std::string text, const Invocation& invocation) {
  if (text.starts_with('@')) {
    const std::string file = text.substr(1);
    if (file.empty()) throw Error(ErrorKind::usage, "--creds @ requires a file name");
    text = read_secret(invocation.world, file, "--creds");
    if (text.find(':') == std::string::npos)
      throw Error(ErrorKind::usage,
                  fmt::format("--creds: {} does not have the form USER:PASSWORD", file));
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) return {text.substr(0, colon), text.substr(colon + 1), ""};
  return {text,
          prompt_secret(invocation,
                        "Password: ", "Write it as --creds USER:PASSWORD or --creds @FILE."),
          ""};
}

}  // namespace

void add_compat_flag(CLI::App& app, RegistryFlags& flags) {
  app.add_option("--compat-auth-file", flags.docker_file,
                 "Use this file instead, in docker's format, e.g. ~/.docker/config.json")
      ->option_text("FILE");
}

void add_login_flags(CLI::App& app, RegistryFlags& flags) {
  app.add_option(
         "--authfile", flags.auth_file,
         "File with the logins (default: $REGISTRY_AUTH_FILE, else those of podman and docker)")
      ->option_text("FILE");
  app.add_option(
         "--cert-dir", flags.certificate_directory,
         "Directory with CA certificates (*.crt) and client certificates (*.cert with *.key) "
         "(default: the one for the registry in ~/.config/containers/certs.d, "
         "/etc/containers/certs.d or "
         "/etc/docker/certs.d)")
      ->option_text("DIR");
  app.add_flag_function(
         "--tls-verify", [&flags](std::int64_t count) { flags.is_tls_verified = count > 0; },
         "Require TLS and a trusted certificate; =false: accept any certificate, and plain "
         "HTTP (default: true, but plain HTTP with registries on this machine)")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_registry_flags(CLI::App& app, RegistryFlags& flags) {
  add_login_flags(app, flags);
  app.add_option(
         "--creds", flags.credentials,
         "Credentials; @FILE reads them from a file, which, unlike the command line, is not "
         "visible to other users (default: those stored by 'modulah login')")
      ->option_text("USER[:PASSWORD]|@FILE");
  app.add_option("--retry", flags.retries, "Number of retries after a failure (default: 3)")
      ->option_text("COUNT");
  app.add_option("--retry-delay", flags.retry_delay,
                 "Delay before the first retry, doubled each time (default: 1s)")
      ->option_text("TIME");
}

registry::CredentialStore credential_store(const Invocation& invocation,
                                           const RegistryFlags& flags) {
  const World& world = invocation.world;
  const std::string home = world.env("HOME");
  const std::string docker = world.env("DOCKER_CONFIG");
  const fs::path config = config_home(world);
  if (!flags.auth_file.empty() && !flags.docker_file.empty())
    throw Error(ErrorKind::usage, "--authfile and --compat-auth-file exclude each other");
  registry::CredentialPlaces places;
  places.auth_file = place(world, flags.auth_file);
  if (!flags.docker_file.empty()) {
    places.docker_only_file = place(world, flags.docker_file);
  } else {
    places.environment_file = place(world, world.env("REGISTRY_AUTH_FILE"));
    if (!docker.empty()) places.docker_only_file = place(world, docker) / "config.json";
  }
  places.runtime_file = runtime_file(world);
  if (!config.empty()) places.config_file = config / "containers/auth.json";
  if (!home.empty()) {
    places.docker_file = fs::path(home) / ".docker/config.json";
    places.legacy_file = fs::path(home) / ".dockercfg";
  }
  places.registries_files = registries_files(world);
  places.search_path = world.search_path();
  for (const auto& [name, value] : world.environment)
    places.environment.push_back(fmt::format("{}={}", name, value));
  places.stop = invocation.stop();
  return registry::CredentialStore(std::move(places));
}

Connection connect(const Invocation& invocation, const RegistryFlags& flags,
                   const std::string& registry, Reporter& reporter) {
  const World& world = invocation.world;
  registry::CurlOptions curl;
  const bool is_verified = flags.is_tls_verified.value_or(true);
  curl.tls = is_verified ? registry::TlsCheck::verify : registry::TlsCheck::skip;
  curl.certificate_directories = certificate_directories(world, flags, registry);
  curl.authority_file = place(world, world.env("SSL_CERT_FILE"));  // As Go's programs have it.
  curl.http_proxy = either(world, "http_proxy", "HTTP_PROXY");
  curl.https_proxy = either(world, "https_proxy", "HTTPS_PROXY");
  curl.no_proxy = either(world, "no_proxy", "NO_PROXY");
  curl.user_agent = fmt::format("modulah/{}", kVersion);
  curl.stop = invocation.stop();
  Connection connection;
  connection.options.plain_http = !is_verified            ? registry::PlainHttp::allowed
                                  : flags.is_tls_verified ? registry::PlainHttp::never
                                                          : registry::PlainHttp::on_loopback;
  connection.options.retries = flags.retries;
  connection.options.retry_delay = parse_duration(flags.retry_delay, "--retry-delay");
  connection.options.sleep = [stop = curl.stop](std::chrono::milliseconds time) {
    sleep_for(time, stop);
  };
  connection.options.reporter = &reporter;
  connection.transport = registry::make_curl_transport(std::move(curl));
  return connection;
}

Connection connect(const Invocation& invocation, const RegistryFlags& flags,
                   const oci::Reference& repository, Reporter& reporter) {
  Connection connection = connect(invocation, flags, repository.registry, reporter);
  connection.options.credentials = flags.credentials.empty()
                                       ? credential_store(invocation, flags)
                                             .find(repository.registry, repository.repository)
                                             .value_or(registry::Credentials())
                                       : parse_credentials(flags.credentials, invocation);
  return connection;
}

std::string name_in_repository(const oci::Reference& reference) {
  return reference.tag.empty() && reference.digest ? reference.digest->text() : reference.tag;
}

}  // namespace modulah::cli
