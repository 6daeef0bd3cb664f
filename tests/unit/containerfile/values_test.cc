// Ports, durations, modes, owners and names.
#include "modulah/containerfile/values.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace std::chrono_literals;
using containerfile::ModeChange;
using containerfile::Owner;
using containerfile::parse_duration;

namespace {

std::string ports(std::string_view text) {
  std::string result;
  for (const auto& port : containerfile::parse_ports(text))
    result += (result.empty() ? "" : " ") + port.text();
  return result;
}

struct Wrong {
  const char* text;
  const char* message;
};

template <typename Action, std::size_t Size>
void check_wrong(const Wrong (&cases)[Size], Action&& action) {
  for (const Wrong& c : cases) {
    CAPTURE(c.text);
    CHECK(test::error_of([&] { action(c.text); }) == c.message);
  }
}

std::uint32_t changed(std::string_view change, std::uint32_t mode, bool is_directory = false) {
  return ModeChange::parse(change).apply(mode, is_directory);
}

}  // namespace

TEST_CASE("ports have numbers, ranges and protocols") {
  CHECK(ports("80") == "80/tcp");
  CHECK(ports("53/UDP") == "53/udp");
  CHECK(ports("53/") == "53/tcp");
  CHECK(ports("3000-3002/sctp") == "3000/sctp 3001/sctp 3002/sctp");
  CHECK(ports("127.0.0.1:8080:80") == "80/tcp");
  CHECK(containerfile::parse_ports("0-65535").size() == 65536);
  constexpr Wrong kWrong[] = {
      {"", "port \"\" has no number"},
      {"/tcp", "port \"/tcp\" has no number"},
      {"http", "port \"http\" has \"http\" where a number up to 65535 is expected"},
      {"65536", "port \"65536\" has \"65536\" where a number up to 65535 is expected"},
      {"-80", "port \"-80\" has \"\" where a number up to 65535 is expected"},
      {"90-80", "port \"90-80\" has a range that ends before it starts"},
      {"80/icmp", "port \"80/icmp\" has the protocol \"icmp\", which is not tcp, udp or sctp"},
      {"x:80", "port \"x:80\" has \"x\" where a number up to 65535 is expected"},
      {"host:1:80", "port \"host:1:80\" has the malformed address \"host\""},
  };
  check_wrong(kWrong, [](const char* text) { (void)containerfile::parse_ports(text); });
}

TEST_CASE("durations are read as Go reads them") {
  CHECK(parse_duration("0") == 0ns);
  CHECK(parse_duration("1h2m3s4ms5us6ns") == 1h + 2min + 3s + 4ms + 5us + 6ns);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration(".5m") == 30s);
  CHECK(parse_duration("2µs") == 2us);
  CHECK(parse_duration("+1s") == 1s);
  CHECK(parse_duration("-1s") == -1s);
  constexpr Wrong kWrong[] = {
      {"", "duration \"\" has no number"},
      {"5", "duration \"5\" is missing a unit (ns, us, ms, s, m or h)"},
      {"5d", "duration \"5d\" is missing a unit (ns, us, ms, s, m or h)"},
      {"s", "duration \"s\" is missing a number"},
      {".s", "duration \".s\" is missing a number"},
      {"1s x", "duration \"1s x\" is missing a number"},
      {"9999999h", "duration \"9999999h\" is longer than 290 years"},
  };
  check_wrong(kWrong, [](const char* text) { (void)parse_duration(text); });
}

TEST_CASE("modes are octal or changes") {
  CHECK(changed("755", 0644) == 0755);
  CHECK(changed("04755", 0) == 04755);
  CHECK(changed("0", 0777) == 0);
  CHECK(changed("u=rwX,go=rX", 0640) == 0644);
  CHECK(changed("u=rwX,go=rX", 0750) == 0755);
  CHECK(changed("u=rwX,go=rX", 0600, true) == 0755);
  CHECK(changed("+x", 0644) == 0755);
  CHECK(changed("a-w", 0666) == 0444);
  CHECK(changed("go=", 0777) == 0700);
  CHECK(changed("g=u,o=g-w", 0640) == 0664);
  CHECK(changed("u+s,g+s,+t", 0755) == 07755);
  CHECK(changed("u=rw+x-w", 0) == 0500);
  CHECK(changed("u=r", 04755) == 0455);
  constexpr Wrong kWrong[] = {
      {"", "mode \"\" is empty"},
      {"888", "mode \"888\" is not octal"},
      {"7x", "mode \"7x\" is not octal"},
      {"10000", "mode \"10000\" is more than 7777"},
      {"u", "mode \"u\" has a part without +, - or ="},
      {"u=r,", "mode \"u=r,\" has a part without +, - or ="},
      {"rw", "mode \"rw\" has \"r\" where +, - or = is expected"},
      {"u=q", "mode \"u=q\" has \"q\", which is not one of the permissions rwxXst and ugo"},
  };
  check_wrong(kWrong, [](const char* text) { (void)ModeChange::parse(text); });
  std::string many = "+";
  many.append(100, '-');
  CHECK(test::error_of([&] { (void)ModeChange::parse(many); }) ==
        "mode \"+-----------------------------------------------------------…\" has more than 100 "
        "changes");
}

TEST_CASE("owners are numbers") {
  CHECK(containerfile::parse_owner("1000") == Owner{1000, 1000});
  CHECK(containerfile::parse_owner("0:4294967294") == Owner{0, 4294967294});
  constexpr Wrong kWrong[] = {
      {"", "owner \"\" has no user"},
      {":1", "owner \":1\" has no user"},
      {"1:", "owner \"1:\" has no group"},
      {"app",
       "owner \"app\" has the name \"app\" as user, and an image made from scratch has no "
       "/etc/passwd that says its number"},
      {"1:staff",
       "owner \"1:staff\" has the name \"staff\" as group, and an image made from scratch has no "
       "/etc/group that says its number"},
      {"-1",
       "owner \"-1\" has the name \"-1\" as user, and an image made from scratch has no "
       "/etc/passwd that says its number"},
      {"4294967295", "owner \"4294967295\" has 4294967295 as user, more than 4294967294"},
      {"1:99999999999", "owner \"1:99999999999\" has 99999999999 as group, more than 4294967294"},
  };
  check_wrong(kWrong, [](const char* text) { (void)containerfile::parse_owner(text); });
}

TEST_CASE("stage names begin with a letter") {
  for (const char* name : {"a", "Build-1", "x.y_z"}) CHECK(containerfile::is_stage_name(name));
  for (const char* name : {"", "1", "-a", "a b", "a/b", "ä"})
    CHECK_FALSE(containerfile::is_stage_name(name));
}

TEST_CASE("the nearest name is one that can be meant") {
  const std::vector<std::string_view> known = {"COPY", "CMD", "ENV", "ENTRYPOINT"};
  CHECK(containerfile::nearest("cpoy", known) == "COPY");
  CHECK(containerfile::nearest("ENTRYPIONT", known) == "ENTRYPOINT");
  CHECK(containerfile::nearest("EVN", known) == "ENV");
  CHECK(containerfile::nearest("xyzzy", known).empty());
  CHECK(containerfile::nearest(std::string(41, 'E'), known).empty());
}

TEST_CASE("SOURCE_DATE_EPOCH is a number of seconds") {
  CHECK(containerfile::parse_epoch("0") == 0);
  CHECK(containerfile::parse_epoch("253402300799") == 253402300799);
  for (const char* text : {"", "-1", "1.5", "now", " 1", "253402300800", "99999999999999999999"})
    CHECK(test::error_of([&] { (void)containerfile::parse_epoch(text); }) ==
          "SOURCE_DATE_EPOCH is \"" + std::string(text) + "\", not a number of seconds since 1970");
}
