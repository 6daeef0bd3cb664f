// Accepting what has no effect, and refusing what would have one.
#include "build_other_options.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::cli {

namespace {

using Kind = OtherOption::Kind;
using Answer = OtherOption::Answer;

constexpr std::string_view kNoBase = "there is no base image to pull";
constexpr std::string_view kNoRun = "there is no RUN, which alone would see it";

constexpr std::array kOptions = {
    OtherOption{"--add-host", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--all-platforms", Kind::flag, Answer::refused_unless_false,
                "a base image would have them", "Name each platform: --platform OS/ARCH,OS/ARCH."},
    OtherOption{"--allow", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--attest", Kind::value, Answer::refused_unless_false, "attestations are not made",
                "Leave it out, or write --provenance=false and --sbom=false."},
    OtherOption{"--authfile", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--build-context", Kind::value, Answer::refused, "there is one context",
                "Copy what is needed into the build context."},
    OtherOption{"--builder", Kind::value, Answer::accepted, "there is one builder", ""},
    OtherOption{"--cache-from", Kind::value, Answer::refused, "caches are not imported or exported",
                "Leave it out; layers of earlier builds are found in the local store."},
    OtherOption{"--cache-to", Kind::value, Answer::refused, "caches are not imported or exported",
                "Leave it out; layers of earlier builds are found in the local store."},
    OtherOption{"--cache-ttl", Kind::value, Answer::accepted,
                "a layer of the cache is used when it is what would be made", ""},
    OtherOption{"--call", Kind::value, Answer::refused, "only whole builds are run",
                "Run 'modulah validate' to check the Containerfile."},
    OtherOption{"--cap-add", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cap-drop", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cdi-config-dir", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cert-dir", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--cgroup-parent", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cgroupns", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--check", Kind::flag, Answer::refused_unless_false, "a build is not only checked",
                "Run 'modulah validate' with the same options."},
    OtherOption{"--compat-volumes", Kind::flag, Answer::accepted, kNoRun, ""},
    OtherOption{"--compress", Kind::flag, Answer::accepted, "nothing is sent to a daemon", ""},
    OtherOption{"--cpp-flag", Kind::value, Answer::refused, "Containerfiles are not preprocessed",
                "Run the preprocessor before: cpp -E -P FILE | modulah build --file - CONTEXT."},
    OtherOption{"--cpu-period", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cpu-quota", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"-c,--cpu-shares", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cpuset-cpus", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--cpuset-mems", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--creds", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--cw", Kind::value, Answer::refused,
                "images for confidential computing are not made", "Leave it out."},
    OtherOption{"-D,--debug", Kind::flag, Answer::accepted, "it only changes what is printed", ""},
    OtherOption{"--decryption-key", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--device", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--disable-content-trust", Kind::flag, Answer::accepted, kNoBase, ""},
    OtherOption{"--dns", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--dns-option", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--dns-search", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--force-rm", Kind::flag, Answer::accepted,
                "there are no intermediate containers or images", ""},
    OtherOption{"--group-add", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--hooks-dir", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--http-proxy", Kind::flag, Answer::accepted, kNoRun, ""},
    OtherOption{"--identity-label", Kind::flag, Answer::refused_unless_false,
                "the image gets no label of the tool that made it", "Set one with --label."},
    OtherOption{"--inherit-annotations", Kind::flag, Answer::accepted,
                "there is no base image to inherit them from", ""},
    OtherOption{"--inherit-labels", Kind::flag, Answer::accepted,
                "there is no base image to inherit them from", ""},
    OtherOption{"--ipc", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--isolation", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--jobs", Kind::value, Answer::accepted, "one stage is built", ""},
    OtherOption{"--layer-label", Kind::value, Answer::accepted,
                "there are no intermediate images that would have it", ""},
    OtherOption{"--layers", Kind::flag, Answer::accepted,
                "there are no intermediate containers or images", ""},
    OtherOption{"--load", Kind::flag, Answer::accepted, "nothing is sent to a daemon", ""},
    OtherOption{"--logsplit", Kind::flag, Answer::refused_unless_false,
                "there is one log for all platforms",
                "Leave it out, or build each platform with its own --logfile."},
    OtherOption{"-m,--memory", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--memory-swap", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--network", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--no-cache-filter", Kind::value, Answer::refused,
                "the cache is used for all stages or none", "Use --no-cache."},
    OtherOption{"--no-hostname", Kind::flag, Answer::accepted, kNoRun, ""},
    OtherOption{"--no-hosts", Kind::flag, Answer::accepted, kNoRun, ""},
    OtherOption{"-o,--output", Kind::value, Answer::refused,
                "an image is not exported as it is built",
                "An image goes to a directory or file by --tag oci:DIR or --tag oci-archive:FILE."},
    OtherOption{"--pid", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--policy", Kind::value, Answer::refused, "policies are not evaluated",
                "Leave it out."},
    OtherOption{"--progress", Kind::value, Answer::accepted, "it only changes what is printed", ""},
    OtherOption{"--provenance", Kind::value, Answer::refused_unless_false,
                "attestations are not made",
                "Leave it out, or write --provenance=false and --sbom=false."},
    OtherOption{"--pull", Kind::flag, Answer::accepted, kNoBase, "",
                "true,false,always,missing,ifmissing,newer,ifnewer,never"},
    OtherOption{"--pull-always", Kind::flag, Answer::accepted, kNoBase, ""},
    OtherOption{"--pull-never", Kind::flag, Answer::accepted, kNoBase, ""},
    OtherOption{"--push", Kind::flag, Answer::refused_unless_false,
                "an image is not pushed as it is built", "Run 'modulah push NAME' afterwards."},
    OtherOption{"--retry", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--retry-delay", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--rewrite-timestamp", Kind::flag, Answer::accepted,
                "all files have the time of the build anyway", ""},
    OtherOption{"--rm", Kind::flag, Answer::accepted,
                "there are no intermediate containers or images", ""},
    OtherOption{"--runtime", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--runtime-flag", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--save-stages", Kind::flag, Answer::refused_unless_false,
                "stages that are not the target are not built",
                "Build each stage with --target and --tag."},
    OtherOption{"--sbom", Kind::value, Answer::refused_unless_false, "attestations are not made",
                "Leave it out, or write --provenance=false and --sbom=false."},
    OtherOption{"--sbom-image-output", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--sbom-image-purl-output", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--sbom-merge-strategy", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--sbom-output", Kind::value, Answer::refused, "a bill of materials is not made",
                "Leave it out."},
    OtherOption{"--sbom-purl-output", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--sbom-scanner-command", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--sbom-scanner-image", Kind::value, Answer::refused,
                "a bill of materials is not made", "Leave it out."},
    OtherOption{"--secret", Kind::value, Answer::refused, "there is no RUN to mount it for",
                "Leave it out; do what needs it before the build."},
    OtherOption{"--security-opt", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--shm-size", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--sign-by", Kind::value, Answer::refused,
                "images are not signed as they are built",
                "Sign the image after it is pushed, with cosign for example."},
    OtherOption{"--signature-policy", Kind::value, Answer::accepted, kNoBase, ""},
    OtherOption{"--skip-unused-stages", Kind::flag, Answer::accepted,
                "there are no intermediate containers or images", ""},
    OtherOption{"--source-policy-file", Kind::value, Answer::refused, "policies are not evaluated",
                "Leave it out."},
    OtherOption{"--squash", Kind::flag, Answer::refused_unless_false,
                "each COPY and ADD is a layer", "Copy all that belongs together in one COPY."},
    OtherOption{"--squash-all", Kind::flag, Answer::refused_unless_false,
                "each COPY and ADD is a layer", "Copy all that belongs together in one COPY."},
    OtherOption{"--ssh", Kind::value, Answer::refused, "there is no RUN to mount it for",
                "Leave it out; do what needs it before the build."},
    OtherOption{"--stdin", Kind::flag, Answer::accepted, kNoRun, ""},
    OtherOption{"--tls-verify", Kind::flag, Answer::accepted, kNoBase, ""},
    OtherOption{"--ulimit", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--userns", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--userns-gid-map", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--userns-gid-map-group", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--userns-uid-map", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--userns-uid-map-user", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"--uts", Kind::value, Answer::accepted, kNoRun, ""},
    OtherOption{"-v,--volume", Kind::value, Answer::accepted, kNoRun, ""},
};

std::string last_name(std::string_view names) {
  return std::string(names.substr(names.rfind(',') + 1));
}

bool is_false(std::string_view value) {
  return value == "false" || value == "0" || value.find("disabled=true") != std::string_view::npos;
}

[[noreturn]] void refuse(const OtherOption& option) {
  throw Error(
      ErrorKind::usage,
      fmt::format("option \"{}\" is not supported: {}", last_name(option.names), option.reason),
      std::string(option.hint));
}

void add_flag(CLI::App& app, const OtherOption& option) {
  const std::string names(option.names);
  CLI::Option* added = nullptr;
  // Without anything to set, a flag takes any value: --pull=always.
  if (option.answer == Answer::accepted)
    added = app.add_flag(names);
  else
    added = app.add_flag_function(names, [&option](std::int64_t count) {
      if (option.answer == Answer::refused || count > 0) refuse(option);
    });
  added->group("");
  if (option.values.empty()) return;
  added->check([&option](const std::string& value) {
    const std::vector<std::string> known = CLI::detail::split(std::string(option.values), ',');
    if (std::find(known.begin(), known.end(), value) == known.end())
      throw Error(ErrorKind::usage, fmt::format("{} \"{}\" is none of {}", last_name(option.names),
                                                value, fmt::join(known, ", ")));
    return std::string();
  });
}

void add_value(CLI::App& app, const OtherOption& option) {
  app.add_option_function<std::vector<std::string>>(
         std::string(option.names),
         [&option](const std::vector<std::string>& values) {
           if (option.answer == Answer::accepted) return;
           for (const std::string& value : values)
             if (option.answer == Answer::refused || !is_false(value)) refuse(option);
         })
      ->allow_extra_args(false)
      ->group("");
}

}  // namespace

std::span<const OtherOption> other_build_options() { return kOptions; }

void add_other_build_options(CLI::App& app) {
  for (const OtherOption& option : kOptions)
    option.kind == Kind::flag ? add_flag(app, option) : add_value(app, option);
}

}  // namespace modulah::cli
