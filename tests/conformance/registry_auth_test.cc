// Auth files as podman's own tests have them.
#include <utility>

#include "modulah/base/files.h"
#include "modulah/registry/credentials.h"

#include "modulah_test/catch.h"
#include "modulah_test/corpus.h"

using namespace modulah;
using namespace modulah::registry;

namespace {

struct Case {
  const char* file;
  AuthFileForm form;
  const char* registry;
  const char* repository;
  const char* user;  ///< With the password: "user:password".
};

// What containers/image's config_test.go expects of these files.
constexpr Case kCases[] = {
    {"example.json", AuthFileForm::current, "example.org", "", "example:org"},
    {"full.json", AuthFileForm::current, "docker.io", "", "docker:io"},
    {"full.json", AuthFileForm::current, "localhost", "", "local:host"},
    {"full.json", AuthFileForm::current, "localhost:5000", "", "local:host-5000"},
    {"full.json", AuthFileForm::current, "10.10.30.45", "", "10.10:30.45"},
    {"full.json", AuthFileForm::current, "10.10.30.45:5000", "", "10.10:30.45-5000"},
    {"full.json", AuthFileForm::current, "normalize.example.org", "", "normalize:example"},
    {"abnormal.json", AuthFileForm::current, "docker.io", "", "index:docker.io"},
    {"abnormal.json", AuthFileForm::current, "127.0.0.1:5000", "", "127.0:0.1-5000"},
    {"abnormal.json", AuthFileForm::current, "localhost", "", "local:host"},
    {"abnormal.json", AuthFileForm::current, "localhost:5000", "", "local:host-5000"},
    {"abnormal.json", AuthFileForm::current, "localhost:5001", "", "local:host-5001"},
    {"legacy.json", AuthFileForm::legacy, "docker.io", "", "docker:io-legacy"},
    {"legacy.json", AuthFileForm::legacy, "localhost", "", "local:host-legacy"},
    {"refpath.json", AuthFileForm::current, "example.org", "repo", "example:org"},
    {"refpath.json", AuthFileForm::current, "example.org", "other", "local:host"},
    {"refpath.json", AuthFileForm::current, "docker.io", "vendor/app", "first:level"},
    {"refpath.json", AuthFileForm::current, "docker.io", "other/app", "top:level"},
    {"refpath.json", AuthFileForm::current, "docker.io", "library/busybox", "library:busybox"},
    {"refpath.json", AuthFileForm::current, "docker.io", "library/other", "library:other"},
    {"empty.json", AuthFileForm::current, "example.org", "", "(none)"},
};

}  // namespace

TEST_CASE("podman's auth files give the names and passwords that podman finds") {
  const auto corpus = test::find_corpus("containers-image/auth");
  if (!corpus) return;
  for (const Case& c : kCases) {
    CAPTURE(c.file, c.registry, c.repository);
    CredentialPlaces places;
    (c.form == AuthFileForm::legacy ? places.legacy_file : places.config_file) = *corpus / c.file;
    const auto found = CredentialStore(places).find(c.registry, c.repository);
    CHECK((found ? found->username + ":" + found->password : "(none)") == c.user);
  }
}

TEST_CASE("an identity token is found beside its name") {
  const auto corpus = test::find_corpus("containers-image/auth");
  if (!corpus) return;
  CredentialPlaces places;
  places.auth_file = *corpus / "example_identitytoken.json";
  const auto found = CredentialStore(places).find("example.org", "");
  REQUIRE(found);
  CHECK(found->username == "00000000-0000-0000-0000-000000000000");
  CHECK(found->identity_token == "some very long identity token");
}

TEST_CASE("podman's helper is asked") {
  const auto corpus = test::find_corpus("containers-image/auth");
  if (!corpus) return;
  const TempDir directory(std::filesystem::temp_directory_path());
  const auto program = directory.path() / "docker-credential-helper-registry";
  std::filesystem::copy_file(*corpus / "docker-credential-helper-registry", program);
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  CredentialPlaces places;
  places.config_file = directory.path() / "auth.json";
  places.search_path = directory.path().native() + ":/usr/bin:/bin";
  places.environment = {"PATH=/usr/bin:/bin"};
  write_file(places.config_file,
             R"({"credHelpers":{"registry-a.com":"helper-registry",
                 "registry-b.com":"helper-registry","registry-c.com":"helper-registry"}})");
  const CredentialStore store(places);
  CHECK(store.find("registry-a.com", "x") == Credentials{"foo", "bar", ""});
  CHECK(store.find("registry-b.com", "x") == Credentials{"", "", "fizzbuzz"});
  CHECK_FALSE(store.find("registry-c.com", "x"));
  places.config_file = *corpus / "config.json";
  CHECK_FALSE(CredentialStore(places).find("registry-no-creds.com", "x"));
}
