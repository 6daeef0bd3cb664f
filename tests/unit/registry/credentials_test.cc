// Auth files of podman and docker: keys, order, helpers, and writing.
#include "modulah/registry/credentials.h"

#include <fstream>
#include <thread>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/base/json.h"

#include "auth_file_edit.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::registry;

namespace {

struct Fixture {
  TempDir directory{std::filesystem::temp_directory_path()};
  CredentialPlaces places;

  Fixture() {
    const auto& root = directory.path();
    places.runtime_file = root / "run/containers/auth.json";
    places.config_file = root / "config/containers/auth.json";
    places.docker_file = root / "docker/config.json";
    places.legacy_file = root / "dockercfg";
    places.search_path = (root / "bin").native() + ":/usr/bin:/bin";
    places.environment = {"PATH=/usr/bin:/bin", "KEEP=" + (root / "kept").native()};
  }

  void write(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories(path.parent_path());
    write_file(path, text);
  }

  /// A program docker-credential-safe that stores one password in a file.
  void install_helper() const {
    const auto program = directory.path() / "bin/docker-credential-safe";
    write(program,
          "#!/bin/sh\n"
          "case $1 in\n"
          "get) read url; test -f $KEEP || { echo credentials not found in native keychain; exit "
          "1; }\n"
          "  if test \"$url\" = broken.test; then echo 'no safe here' >&2; exit 1; fi\n"
          "  cat $KEEP;;\n"
          "store) cat >$KEEP;;\n"
          "erase) read url; echo $url >$KEEP.erased; rm $KEEP;;\n"
          "list) echo '{\"r.test\":\"ana\"}';;\n"
          "esac\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  [[nodiscard]] CredentialStore store() const { return CredentialStore(places); }
};

std::string name_found(const CredentialStore& store, std::string_view registry,
                       std::string_view repository = "") {
  const auto found = store.find(registry, repository);
  return found ? found->username : "(none)";
}

std::string mode_of(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return "(none)";
  std::string octal;
  for (int shift = 6; shift >= 0; shift -= 3)
    octal += static_cast<char>('0' + ((status.st_mode >> static_cast<unsigned>(shift)) & 7U));
  return octal;
}

// "ana:secret"
constexpr const char* kAna = R"({"auths":{"r.test":{"auth":"YW5hOnNlY3JldA=="}}})";

}  // namespace

TEST_CASE("an auth file's entries are names with passwords or tokens") {
  const AuthFile file = parse_auth_file(
      R"({"auths":{"r.test":{"auth":"YW5hOnM6ZQ=="},"t.test":{"auth":"MDo=","identitytoken":"t"},
          "u.test":{"username":"u","password":"p"},"e.test":{}},
          "credHelpers":{"h.test":"safe"},"credsStore":"all","HttpHeaders":{"a":"b"}})",
      "auth.json");
  CHECK(file.entries.at("r.test") == Credentials{"ana", "s:e", ""});
  CHECK(file.entries.at("t.test") == Credentials{"0", "", "t"});
  CHECK(file.entries.at("u.test") == Credentials{"u", "p", ""});
  CHECK(file.entries.count("e.test") == 0);
  CHECK(file.helpers.at("h.test") == "safe");
  CHECK(file.default_helper == "all");
}

TEST_CASE("the error for a malformed auth file names the file and does not show its content") {
  struct Case {
    const char* text;
    const char* message;
  };
  constexpr Case kCases[] = {
      {"{\"auths\":", "auth.json is not a JSON object"},
      {"[]", "auth.json is not a JSON object"},
      {R"({"auths":[]})", "auth.json: \"auths\" is not an object"},
      {R"({"credHelpers":"a"})", "auth.json: \"credHelpers\" is not an object"},
      {R"({"credsStore":{}})", "auth.json: \"credsStore\" is not a string"},
  };
  for (const Case& c : kCases)
    CHECK(test::error_of([&] { (void)parse_auth_file(c.text, "auth.json"); }) == c.message);
  CHECK(parse_auth_file(" \n", "auth.json").entries.empty());
}

TEST_CASE("an entry that cannot be read is an error for its own registry only") {
  struct Case {
    const char* entry;
    const char* fault;
  };
  constexpr Case kCases[] = {
      {"1", "auth.json: entry \"r\" is not an object"},
      {R"({"auth":1})", "auth.json: entry \"r\": \"auth\" is not a string"},
      {R"({"auth":"c2VjcmV0"})",
       "auth.json: entry \"r\": \"auth\" is not base64 of \"user:password\""},
      {R"({"auth":"YQ"})", "auth.json: entry \"r\": \"auth\" is not base64 of \"user:password\""},
  };
  for (const Case& c : kCases) {
    const AuthFile file = parse_auth_file(
        std::string(R"({"auths":{"good":{"auth":"YTpi"},"r":)") + c.entry + "}}", "auth.json");
    CHECK(file.faults.at("r") == c.fault);
    CHECK(file.entries.at("good") == Credentials{"a", "b", ""});
  }
  Fixture fixture;
  fixture.write(fixture.places.runtime_file,
                R"({"auths":{"https://bad.test/v1/":{"auth":"YQ"},"good.test":{"auth":"YTpi"}}})");
  CHECK(name_found(fixture.store(), "good.test") == "a");
  CHECK(test::error_of([&] { (void)fixture.store().find("bad.test", "app"); }) ==
        fixture.places.runtime_file.native() +
            ": entry \"https://bad.test/v1/\": \"auth\" is not base64 of \"user:password\"");
  // A new login replaces it.
  fixture.store().save("bad.test", {"ana", "secret", ""});
  CHECK(name_found(fixture.store(), "bad.test") == "ana");
}

TEST_CASE("keys are compared without scheme, API path and Docker Hub's other names") {
  CHECK(normal_key("https://index.docker.io/v1/") == "docker.io");
  CHECK(normal_key("registry-1.docker.io") == "docker.io");
  CHECK(normal_key("index.docker.io/library") == "docker.io/library");
  CHECK(normal_key("http://127.0.0.1:5000") == "127.0.0.1:5000");
  CHECK(normal_key("https://r.test/v1") == "r.test");
  CHECK(normal_key("r.test/v1") == "r.test/v1");
  CHECK(normal_key("r.test/a/") == "r.test/a");
  CHECK(normal_key("r.test/v1/", AuthFileForm::legacy) == "r.test");
}

TEST_CASE("the most specific key of a file wins") {
  CHECK(credential_keys("r.test", "a/b") ==
        std::vector<std::string>{"r.test/a/b", "r.test/a", "r.test"});
  CHECK(credential_keys("r.test", "") == std::vector<std::string>{"r.test"});
  Fixture fixture;
  fixture.write(fixture.places.config_file,
                R"({"auths":{"r.test":{"auth":"dG9wOng="},"r.test/a":{"auth":"YTp4"},
                    "r.test/a/b":{"auth":"YjpY"},"https://index.docker.io/v1/":{"auth":"aHViOng="}}})");
  CHECK(name_found(fixture.store(), "r.test", "a/b") == "b");
  CHECK(name_found(fixture.store(), "r.test", "a/c") == "a");
  CHECK(name_found(fixture.store(), "r.test", "other") == "top");
  CHECK(name_found(fixture.store(), "docker.io", "library/x") == "hub");
  CHECK(name_found(fixture.store(), "other.test") == "(none)");
}

TEST_CASE("files are read in podman's order") {
  Fixture fixture;
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  fixture.write(fixture.places.legacy_file, R"({"https://r.test/v1/":{"auth":"bGVnYWN5Ong="}})");
  CHECK(name_found(fixture.store(), "r.test") == "legacy");
  fixture.write(fixture.places.docker_file, R"({"auths":{"r.test":{"auth":"ZG9ja2VyOng="}}})");
  CHECK(name_found(fixture.store(), "r.test") == "docker");
  fixture.write(fixture.places.config_file, R"({"auths":{"r.test":{"auth":"Y29uZmlnOng="}}})");
  CHECK(name_found(fixture.store(), "r.test") == "config");
  fixture.write(fixture.places.runtime_file, kAna);
  CHECK(name_found(fixture.store(), "r.test") == "ana");
  fixture.places.environment_file = fixture.directory.path() / "env.json";
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  fixture.places.auth_file = fixture.directory.path() / "given.json";
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) ==
        "auth file " + fixture.places.auth_file.native() + " does not exist");
}

TEST_CASE("DOCKER_CONFIG's file is the only one that is read") {
  Fixture fixture;
  fixture.write(fixture.places.runtime_file, kAna);
  fixture.places.docker_only_file = fixture.directory.path() / "own/config.json";
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  fixture.write(fixture.places.docker_only_file,
                R"({"auths":{"https://r.test":{"auth":"b3duOng="}}})");
  CHECK(name_found(fixture.store(), "r.test") == "own");
  fixture.places.environment_file = fixture.directory.path() / "env.json";
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
}

TEST_CASE("docker's file is written as docker does") {
  Fixture fixture;
  fixture.install_helper();
  const auto path = fixture.directory.path() / "own/config.json";
  fixture.places.docker_only_file = path;
  fixture.store().save("docker.io", {"ana", "secret", ""});
  CHECK(read_file(path, 1000) ==
        "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": "
        "\"YW5hOnNlY3JldA==\"\n\t\t}\n\t}\n}\n");
  CHECK(name_found(fixture.store(), "docker.io", "library/app") == "ana");
  CHECK(test::error_of([&] {
          fixture.store().save("r.test/a", {"ana", "secret", ""});
        }) == "docker's file " + path.native() +
                  " supports logins for whole registries only, not for r.test/a");
  // The helper stores the rest; the password in the file is removed.
  write_file(path, R"({"credsStore":"safe","auths":{"docker.io":{"auth":"YTpi"}}})");
  fixture.store().save("docker.io", {"ana", "secret", ""});
  CHECK(read_file(path, 1000) ==
        "{\n\t\"credsStore\": \"safe\",\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": "
        "{}\n\t}\n}\n");
  CHECK(fixture.store().find("docker.io", "") == Credentials{"ana", "secret", ""});
  fixture.store().erase_all();
  CHECK(read_file(fixture.directory.path() / "kept.erased", 100) ==
        "https://index.docker.io/v1/\n");
}

TEST_CASE("logins are saved in the session's file, or in the home when that is not writable") {
  Fixture fixture;
  CHECK(fixture.store().written_file() == fixture.places.runtime_file);
  // Nothing can be created below a file; nor, for users, below /run.
  fixture.write(fixture.directory.path() / "run", "");
  CHECK(fixture.store().written_file() == fixture.places.config_file);
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK(name_found(fixture.store(), "r.test") == "ana");
  CHECK(mode_of(fixture.places.config_file) == "600");
  CHECK(mode_of(fixture.places.config_file.parent_path()) == "700");
  CHECK(fixture.store().erase("r.test"));
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  std::filesystem::remove_all(fixture.directory.path() / "config");
  fixture.write(fixture.directory.path() / "config", "");
  CHECK(fixture.store().written_file() == fixture.places.config_file);
  CHECK(test::error_of([&] {
          fixture.store().save("r.test", {"a", "b", ""});
        }).starts_with("create " + fixture.places.config_file.parent_path().native() + ": "));
  CHECK(test::error_of([] { (void)CredentialStore({}).written_file(); }) ==
        "no location for credentials: neither XDG_RUNTIME_DIR nor HOME is set");
}

TEST_CASE("credentials are saved in a private file, and its other content is preserved") {
  Fixture fixture;
  const auto& path = fixture.places.runtime_file;
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK(mode_of(path) == "600");
  CHECK(read_file(path, 1000) ==
        "{\n\t\"auths\": {\n\t\t\"r.test\": {\n\t\t\t\"auth\": "
        "\"YW5hOnNlY3JldA==\"\n\t\t}\n\t}\n}\n");
  write_file(path, R"({"z":[1],"auths":{"r.test":{"auth":"YTpi","email":"e"}},"a":{}})");
  fixture.store().save("s.test/path", {"", "", "token"});
  CHECK(read_file(path, 1000) ==
        "{\n\t\"z\": [\n\t\t1\n\t],\n\t\"auths\": {\n\t\t\"r.test\": {\n\t\t\t\"auth\": "
        "\"YTpi\",\n\t\t\t\"email\": \"e\"\n\t\t},\n\t\t\"s.test/path\": {\n\t\t\t\"auth\": "
        "\"Og==\",\n\t\t\t\"identitytoken\": \"token\"\n\t\t}\n\t},\n\t\"a\": {}\n}\n");
  CHECK(mode_of(path) == "600");
}

TEST_CASE("simultaneous logins are all saved, and leave no other files") {
  Fixture fixture;
  const CredentialStore store = fixture.store();
  constexpr int kLogins = 32;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kLogins; ++i)
      threads.emplace_back([&store, i] {
        store.save(fmt::format("r{}.test", i), {"ana", "secret", ""});
      });
  }
  for (int i = 0; i < kLogins; ++i) CHECK(name_found(store, fmt::format("r{}.test", i)) == "ana");
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i < kLogins; ++i)
      threads.emplace_back([&store, i] { CHECK(store.erase(fmt::format("r{}.test", i))); });
  }
  CHECK(name_found(store, "r0.test") == "ana");
  CHECK(name_found(store, "r1.test") == "(none)");
  const auto directory = fixture.places.runtime_file.parent_path();
  CHECK(std::distance(std::filesystem::directory_iterator(directory),
                      std::filesystem::directory_iterator()) == 1);
}

TEST_CASE("an entry that is added by a program without our lock is kept") {
  Fixture fixture;
  const auto& path = fixture.places.runtime_file;
  fixture.write(path, R"({"auths":{"a.test":{}}})");
  int calls = 0;
  CHECK(edit_auth_file(path,
                       [&](AuthDocument& document) {
                         if (++calls == 1)
                           write_file(path, R"({"auths":{"a.test":{},"b.test":{}}})");
                         document["auths"]["c.test"] = AuthDocument::object();
                         return true;
                       },
                       {}));
  CHECK(calls == 2);
  CHECK(parse_json<AuthDocument>(read_file(path, 1000))["auths"].size() == 3);
}

TEST_CASE("the temporary file of a killed login is replaced by the next one") {
  Fixture fixture;
  const auto left = fixture.places.runtime_file.parent_path() / ".auth.json.modulah";
  fixture.write(left, "half a pass");
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(name_found(fixture.store(), "r.test") == "ana");
}

TEST_CASE("a deeply nested auth file is rejected, and not overwritten") {
  Fixture fixture;
  const std::string text = "{\"auths\":" + std::string(200'000, '[');
  fixture.write(fixture.places.runtime_file, text);
  const std::string refused = fixture.places.runtime_file.native() + " is not a JSON object";
  CHECK(test::error_of([&] { fixture.store().save("r.test", {"a", "b", ""}); }) == refused);
  CHECK(test::error_of([&] { (void)fixture.store().erase("r.test"); }) == refused);
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) == refused);
  CHECK(test::error_of([&] { fixture.store().erase_all(); }) == refused);
  CHECK(read_file(fixture.places.runtime_file, 1 << 20) == text);
}

TEST_CASE("a FIFO as auth file or registries.conf is rejected without waiting") {
  Fixture fixture;
  const auto fifo = fixture.directory.path() / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const std::string refused = fifo.native() + " is a FIFO, not a regular file";
  fixture.places.registries_files = {fifo};
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) == refused);
  fixture.places.registries_files.clear();
  fixture.places.auth_file = fifo;
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) == refused);
  CHECK(test::error_of([&] { fixture.store().save("r.test", {"a", "b", ""}); }) == refused);
}

TEST_CASE("a malformed auth file is not overwritten") {
  Fixture fixture;
  fixture.write(fixture.places.runtime_file, "{\"auths\": oops");
  CHECK(test::error_of([&] {
          fixture.store().save("r.test", {"a", "b", ""});
        }) == fixture.places.runtime_file.native() + " is not a JSON object");
  CHECK(read_file(fixture.places.runtime_file, 100) == "{\"auths\": oops");
}

TEST_CASE("credentials are erased by any spelling of their key, or all at once") {
  Fixture fixture;
  fixture.write(
      fixture.places.runtime_file,
      R"({"auths":{"https://r.test/v1/":{"auth":"YTpi"},"s.test":{"auth":"YTpi"}},"k":1})");
  CHECK_FALSE(fixture.store().erase("other.test"));
  CHECK(fixture.store().erase("r.test"));
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  CHECK(name_found(fixture.store(), "s.test") == "a");
  fixture.store().erase_all();
  CHECK(read_file(fixture.places.runtime_file, 100) == "{\n\t\"auths\": {},\n\t\"k\": 1\n}\n");
}

TEST_CASE("a credential helper stores, returns and erases passwords") {
  Fixture fixture;
  fixture.install_helper();
  fixture.write(fixture.places.runtime_file, R"({"credHelpers":{"r.test":"safe"}})");
  CHECK(name_found(fixture.store(), "r.test") == "(none)");
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK(read_file(fixture.directory.path() / "kept", 100) ==
        R"({"Secret":"secret","ServerURL":"r.test","Username":"ana"})");
  CHECK(fixture.store().find("r.test", "a/b") == Credentials{"ana", "secret", ""});
  CHECK(read_file(fixture.places.runtime_file, 100) == R"({"credHelpers":{"r.test":"safe"}})");
  CHECK(fixture.store().erase("r.test"));
  CHECK(read_file(fixture.directory.path() / "kept.erased", 100) == "r.test\n");
  CHECK_FALSE(fixture.store().erase("r.test"));
}

TEST_CASE("the helpers of registries.conf are asked in its order") {
  Fixture fixture;
  fixture.install_helper();
  const auto conf = fixture.directory.path() / "registries.conf";
  const auto drop_in = fixture.directory.path() / "50.conf";
  fixture.places.registries_files = {conf, drop_in, fixture.directory.path() / "gone.conf"};
  fixture.write(fixture.places.runtime_file, R"({"auths":{"r.test":{"auth":"ZmlsZTp4"}}})");
  fixture.write(fixture.directory.path() / "kept", R"({"Username":"safe","Secret":"x"})");
  CHECK(name_found(fixture.store(), "r.test") == "file");
  fixture.write(conf, "credential-helpers = [\"safe\", \"containers-auth.json\"]\n");
  CHECK(name_found(fixture.store(), "r.test") == "safe");
  fixture.write(conf, "credential-helpers = [\"containers-auth.json\", \"safe\"]\n");
  CHECK(name_found(fixture.store(), "r.test") == "file");
  CHECK(name_found(fixture.store(), "s.test") == "safe");
  // The last file with the setting applies.
  fixture.write(drop_in, "credential-helpers = [\"safe\"]\n");
  CHECK(name_found(fixture.store(), "r.test") == "safe");
  fixture.write(drop_in, "unqualified-search-registries = []\n");
  CHECK(name_found(fixture.store(), "r.test") == "file");
  fixture.write(drop_in, "credential-helpers = 1\n");
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) ==
        drop_in.native() + ": \"credential-helpers\" is not a list of strings");
}

TEST_CASE(
    "a failing helper of registries.conf is an error only when no other helper has the login") {
  Fixture fixture;
  fixture.install_helper();
  fixture.places.registries_files = {fixture.directory.path() / "registries.conf"};
  fixture.write(fixture.places.registries_files[0],
                "credential-helpers = [\"none\", \"safe\", \"containers-auth.json\"]\n");
  fixture.write(fixture.places.runtime_file, R"({"auths":{"r.test":{"auth":"ZmlsZTp4"}}})");
  CHECK(name_found(fixture.store(), "r.test") == "file");
  CHECK(test::error_of([&] { (void)fixture.store().find("s.test", ""); }) ==
        fmt::format("program \"docker-credential-none\" is not in the search path \"{}\"",
                    fixture.places.search_path));
}

TEST_CASE(
    "a login is kept by the first helper of registries.conf that takes it, and erased in all") {
  Fixture fixture;
  fixture.install_helper();
  fixture.places.registries_files = {fixture.directory.path() / "registries.conf"};
  fixture.write(fixture.places.registries_files[0],
                "credential-helpers = [\"none\", \"safe\", \"containers-auth.json\"]\n");
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK(fixture.store().find("r.test", "a") == Credentials{"ana", "secret", ""});
  CHECK_FALSE(std::filesystem::exists(fixture.places.runtime_file));
  // Helpers do not store logins for parts of registries: the file does.
  fixture.store().save("r.test/a", {"ben", "secret", ""});
  CHECK(std::filesystem::exists(fixture.places.runtime_file));
  fixture.write(fixture.places.registries_files[0],
                "credential-helpers = [\"safe\", \"containers-auth.json\"]\n");
  CHECK(fixture.store().erase("r.test"));
  CHECK_FALSE(std::filesystem::exists(fixture.directory.path() / "kept"));
  CHECK(name_found(fixture.store(), "r.test", "a") == "ben");
  CHECK(fixture.store().erase("r.test/a"));
  CHECK_FALSE(fixture.store().erase("r.test"));
}

TEST_CASE("erase_all also removes the logins of the helpers of registries.conf") {
  Fixture fixture;
  fixture.install_helper();
  fixture.places.registries_files = {fixture.directory.path() / "registries.conf"};
  fixture.write(fixture.places.registries_files[0],
                "credential-helpers = [\"safe\", \"containers-auth.json\"]\n");
  fixture.write(fixture.places.runtime_file, R"({"auths":{"s.test":{"auth":"YTpi"}}})");
  fixture.store().save("r.test", {"ana", "secret", ""});
  fixture.store().erase_all();
  CHECK_FALSE(std::filesystem::exists(fixture.directory.path() / "kept"));
  CHECK(name_found(fixture.store(), "s.test") == "(none)");
}

TEST_CASE("docker's file is used alone, whatever registries.conf has") {
  Fixture fixture;
  fixture.install_helper();
  fixture.places.registries_files = {fixture.directory.path() / "registries.conf"};
  fixture.write(fixture.places.registries_files[0], "credential-helpers = [\"safe\"]\n");
  fixture.places.docker_only_file = fixture.directory.path() / "docker/config.json";
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK_FALSE(std::filesystem::exists(fixture.directory.path() / "kept"));
  CHECK(name_found(fixture.store(), "r.test") == "ana");
}

TEST_CASE("a login that is stored in a helper is removed from the file") {
  Fixture fixture;
  fixture.install_helper();
  fixture.write(fixture.places.runtime_file,
                R"({"credsStore":"safe","auths":{"http://r.test":{"auth":"YTpi"}}})");
  CHECK(name_found(fixture.store(), "r.test") == "a");
  fixture.store().save("r.test", {"ana", "secret", ""});
  CHECK(read_file(fixture.places.runtime_file, 100) ==
        "{\n\t\"credsStore\": \"safe\",\n\t\"auths\": {}\n}\n");
  CHECK(name_found(fixture.store(), "r.test") == "ana");
}

TEST_CASE("a helper stores logins for whole registries only") {
  Fixture fixture;
  fixture.install_helper();
  fixture.write(fixture.places.runtime_file,
                R"({"credHelpers":{"r.test":"safe"},"credsStore":"safe"})");
  CHECK(test::error_of([&] {
          fixture.store().save("r.test/a", {"ana", "secret", ""});
        }) == "docker-credential-safe stores logins for the whole of r.test, not for r.test/a");
  CHECK_FALSE(std::filesystem::exists(fixture.directory.path() / "kept"));
  // With a default helper, the file stores the logins for parts.
  fixture.store().save("s.test/a", {"ana", "secret", ""});
  CHECK_FALSE(std::filesystem::exists(fixture.directory.path() / "kept"));
  CHECK(name_found(fixture.store(), "s.test", "a/b") == "ana");
  CHECK(fixture.store().erase("s.test/a"));
  CHECK_FALSE(fixture.store().erase("r.test/a"));
}

TEST_CASE("a missing helper is an error only when it is set for the registry") {
  Fixture fixture;
  fixture.places.search_path = "/nowhere";
  fixture.write(fixture.places.config_file,
                R"({"credsStore":"desktop","credHelpers":{"r.test":"desktop"}})");
  fixture.write(fixture.places.docker_file, R"({"auths":{"s.test":{"auth":"YTpi"}}})");
  CHECK(name_found(fixture.store(), "s.test") == "a");
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) ==
        "program \"docker-credential-desktop\" is not in the search path \"/nowhere\"");
}

TEST_CASE("a helper's <token> is an identity token, and Docker Hub has its old URL there") {
  Fixture fixture;
  fixture.install_helper();
  fixture.write(fixture.places.docker_file, R"({"auths":{"docker.io":{}},"credsStore":"safe"})");
  write_file(fixture.directory.path() / "kept", R"({"Username":"<token>","Secret":"t"})");
  CHECK(fixture.store().find("docker.io", "library/a") == Credentials{"", "", "t"});
  fixture.write(fixture.places.runtime_file, R"({"credsStore":"safe"})");
  CHECK(fixture.store().erase("docker.io"));
  CHECK(read_file(fixture.directory.path() / "kept.erased", 100) ==
        "https://index.docker.io/v1/\n");
}

TEST_CASE("a failing helper is an error with its message") {
  Fixture fixture;
  fixture.install_helper();
  write_file(fixture.directory.path() / "kept", "nonsense");
  fixture.write(fixture.places.config_file,
                R"({"credHelpers":{"broken.test":"safe","odd.test":"safe","evil.test":"../x"}})");
  const CredentialStore store = fixture.store();
  CHECK(test::error_of([&] { (void)store.find("broken.test", ""); }) ==
        "docker-credential-safe get: no safe here");
  CHECK(test::error_of([&] { (void)store.find("odd.test", ""); }) ==
        "the output of docker-credential-safe get is not a JSON object");
  CHECK(test::error_of([&] { (void)store.find("evil.test", ""); }) ==
        "credential helper \"../x\" has a \"/\"");
}

TEST_CASE("the password is masked in a helper's error message") {
  Fixture fixture;
  const auto program = fixture.directory.path() / "bin/docker-credential-echo";
  fixture.write(program,
                "#!/bin/sh\n"
                "case $1 in\n"
                "store) echo \"no place for $(cat)\" >&2; exit 1;;\n"
                "get) echo '{\"Username\":\"ana\",\"Secret\":\"kept one\"}'; exit 1;;\n"
                "esac\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  fixture.write(fixture.places.runtime_file, R"({"credHelpers":{"r.test":"echo"}})");
  CHECK(test::error_of([&] {
          fixture.store().save("r.test", {"ana", "pass\"word", ""});
        }) ==
        "docker-credential-echo store: no place for "
        R"({"Secret":"***","ServerURL":"r.test","Username":"ana"})");
  CHECK(test::error_of([&] { (void)fixture.store().find("r.test", ""); }) ==
        "docker-credential-echo get: it failed without a message");
}
