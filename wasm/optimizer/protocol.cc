// JSON lines. Both ends are the same program, so no versions are needed. But the worker has read a
// module from outside with a third-party library, so its replies are as untrusted as the
// module.
#include "protocol.h"

#include <nlohmann/json.hpp>

#include "modulah/base/json.h"

namespace modulah::wasm {
namespace {

using nlohmann::json;

/// Far more than the paths of libraries or what a linker says.
constexpr std::size_t kMaxLine = 64UL * 1024;

json names_of(FeatureSet features) {
  json names = json::array();
  for (const std::string_view name : features.names()) names.push_back(name);
  return names;
}

FeatureSet features_of(const json& names) {
  FeatureSet features;
  for (const json& name : names) features.insert(parse_feature(name.get<std::string>()).value());
  return features;
}

/// The enumerator with this number, which is at most `last`.
template <typename Enum>
Enum enumerator_of(const json& number, Enum last) {
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() > static_cast<unsigned>(last))
    throw std::runtime_error("unknown number");
  return static_cast<Enum>(number.get<unsigned>());
}

/// JSON's dump, which must not throw for what a linker calls an error.
std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Takes the line off `text` and gives it to `read`.
template <typename Read>
auto decode(std::string_view& text, Read read) {
  try {
    const std::size_t end = text.substr(0, kMaxLine).find('\n');
    if (end == std::string_view::npos) throw std::runtime_error("no line");
    const json value = parse_json<json>(text.substr(0, end));
    text.remove_prefix(end + 1);
    return read(value);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::invalid,
                std::string("message between modulah and its Binaryen worker: ") + error.what());
  }
}

}  // namespace

std::string encode(const WorkerRequest& request) {
  json libraries = json::array();
  for (const auto& library : request.libraries) libraries.push_back(library.native());
  return line_of({{"task", static_cast<unsigned>(request.task)},
                  {"libraries", libraries},
                  {"used_features", names_of(request.used_features)},
                  {"features", names_of(request.features)},
                  {"level", static_cast<unsigned>(request.level)},
                  {"has_names", request.has_names}});
}

std::string encode(const WorkerReply& reply) {
  return line_of({{"outcome", static_cast<unsigned>(reply.outcome)},
                  {"message", reply.message},
                  {"hint", reply.hint},
                  {"library", reply.binaryen.library.native()},
                  {"version", reply.binaryen.version},
                  {"build_id", reply.binaryen.build_id}});
}

WorkerRequest decode_request(std::string_view& text) {
  return decode(text, [](const json& value) {
    WorkerRequest request;
    request.task = enumerator_of(value.at("task"), Task::optimize);
    for (const json& library : value.at("libraries"))
      request.libraries.emplace_back(library.get<std::string>());
    request.used_features = features_of(value.at("used_features"));
    request.features = features_of(value.at("features"));
    request.level = enumerator_of(value.at("level"), OptimizeLevel::oz);
    request.has_names = value.at("has_names").get<bool>();
    return request;
  });
}

WorkerReply decode_reply(std::string_view& text) {
  return decode(text, [](const json& value) {
    WorkerReply reply;
    reply.outcome = enumerator_of(value.at("outcome"), Outcome::broke_it);
    reply.message = value.at("message").get<std::string>();
    reply.hint = value.at("hint").get<std::string>();
    reply.binaryen.library = value.at("library").get<std::string>();
    reply.binaryen.version = value.at("version").get<std::string>();
    reply.binaryen.build_id = value.at("build_id").get<std::string>();
    return reply;
  });
}

}  // namespace modulah::wasm
