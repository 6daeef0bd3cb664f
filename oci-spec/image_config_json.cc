// Image configurations as JSON.
#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/oci/image_config.h"

#include "json_reader.h"

namespace modulah::oci {

namespace {

/// A set is written as an object with empty objects, as the specification has it.
std::set<std::string> read_set(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value) return {};
  const std::vector<std::string> keys = value->keys();
  return {keys.begin(), keys.end()};
}

OrderedJson write_set(const std::set<std::string>& set) {
  OrderedJson json;
  for (const std::string& key : set) json[key] = OrderedJson::object();
  return json;
}

Healthcheck read_healthcheck(const JsonValue& value) {
  Healthcheck check;
  if (const auto test = value.find("Test")) check.test = test->texts();
  const auto time = [&value](std::string_view key) {
    const auto number = value.find(key);
    return std::chrono::nanoseconds(number ? number->integer() : 0);
  };
  check.interval = time("Interval");
  check.timeout = time("Timeout");
  check.start_period = time("StartPeriod");
  check.start_interval = time("StartInterval");
  if (const auto retries = value.find("Retries")) {
    const std::int64_t count = retries->integer();
    if (count < 0 || count > INT32_MAX) retries->refuse(fmt::format("is {}", count));
    check.retries = static_cast<int>(count);
  }
  return check;
}

OrderedJson write_healthcheck(const Healthcheck& check) {
  OrderedJson json = OrderedJson::object();
  if (!check.test.empty()) json["Test"] = check.test;
  const auto time = [&json](const char* key, std::chrono::nanoseconds value) {
    if (value.count() != 0) json[key] = value.count();
  };
  time("Interval", check.interval);
  time("Timeout", check.timeout);
  time("StartPeriod", check.start_period);
  time("StartInterval", check.start_interval);
  if (check.retries != 0) json["Retries"] = check.retries;
  return json;
}

std::vector<std::string> read_texts(const JsonValue& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->texts() : std::vector<std::string>();
}

ContainerConfig read_container_config(const JsonValue& value) {
  ContainerConfig config;
  config.user = text_or_empty(value, "User");
  config.exposed_ports = read_set(value, "ExposedPorts");
  config.environment = read_texts(value, "Env");
  if (const auto entrypoint = value.find("Entrypoint")) config.entrypoint = entrypoint->texts();
  if (const auto command = value.find("Cmd")) config.command = command->texts();
  config.volumes = read_set(value, "Volumes");
  config.working_directory = text_or_empty(value, "WorkingDir");
  if (const auto labels = value.find("Labels")) config.labels = labels->text_map();
  config.stop_signal = text_or_empty(value, "StopSignal");
  config.shell = read_texts(value, "Shell");
  config.on_build = read_texts(value, "OnBuild");
  if (const auto check = value.find("Healthcheck")) config.healthcheck = read_healthcheck(*check);
  return config;
}

OrderedJson write_container_config(const ContainerConfig& config) {
  OrderedJson json = OrderedJson::object();
  if (!config.user.empty()) json["User"] = config.user;
  if (!config.exposed_ports.empty()) json["ExposedPorts"] = write_set(config.exposed_ports);
  if (!config.environment.empty()) json["Env"] = config.environment;
  if (config.entrypoint) json["Entrypoint"] = *config.entrypoint;
  if (config.command) json["Cmd"] = *config.command;
  if (!config.volumes.empty()) json["Volumes"] = write_set(config.volumes);
  if (!config.working_directory.empty()) json["WorkingDir"] = config.working_directory;
  if (!config.labels.empty()) json["Labels"] = config.labels;
  if (!config.stop_signal.empty()) json["StopSignal"] = config.stop_signal;
  if (config.healthcheck) json["Healthcheck"] = write_healthcheck(*config.healthcheck);
  if (!config.on_build.empty()) json["OnBuild"] = config.on_build;
  if (!config.shell.empty()) json["Shell"] = config.shell;
  return json;
}

HistoryEntry read_history(const JsonValue& value) {
  HistoryEntry entry;
  entry.created = text_or_empty(value, "created");
  entry.created_by = text_or_empty(value, "created_by");
  entry.author = text_or_empty(value, "author");
  entry.comment = text_or_empty(value, "comment");
  if (const auto is_empty = value.find("empty_layer")) entry.is_empty_layer = is_empty->boolean();
  return entry;
}

OrderedJson write_history(const HistoryEntry& entry) {
  OrderedJson json = OrderedJson::object();
  if (!entry.created.empty()) json["created"] = entry.created;
  if (!entry.created_by.empty()) json["created_by"] = entry.created_by;
  if (!entry.author.empty()) json["author"] = entry.author;
  if (!entry.comment.empty()) json["comment"] = entry.comment;
  if (entry.is_empty_layer) json["empty_layer"] = true;
  return json;
}

}  // namespace

ImageConfig parse_image_config(std::string_view json, std::string_view what) {
  const Json parsed = parse_document(json, what);
  const JsonValue document(parsed, what);
  ImageConfig image;
  image.created = text_or_empty(document, "created");
  image.author = text_or_empty(document, "author");
  image.platform = read_platform(document);
  if (const auto config = document.find("config")) image.config = read_container_config(*config);
  const JsonValue rootfs = document.require("rootfs");
  if (const std::string type = rootfs.require("type").text(); type != "layers")
    rootfs.require("type").refuse(fmt::format("is \"{}\", not \"layers\"", type));
  if (const auto diff_ids = rootfs.find("diff_ids"))
    for (const JsonValue& diff_id : diff_ids->items())
      image.diff_ids.push_back(read_digest(diff_id));
  if (const auto history = document.find("history"))
    for (const JsonValue& entry : history->items()) image.history.push_back(read_history(entry));
  return image;
}

std::string to_json(const ImageConfig& image) {
  OrderedJson json;
  if (!image.created.empty()) json["created"] = image.created;
  if (!image.author.empty()) json["author"] = image.author;
  json["architecture"] = image.platform.architecture;
  json["os"] = image.platform.os;
  if (!image.platform.os_version.empty()) json["os.version"] = image.platform.os_version;
  if (!image.platform.os_features.empty()) json["os.features"] = image.platform.os_features;
  if (!image.platform.variant.empty()) json["variant"] = image.platform.variant;
  const OrderedJson config = write_container_config(image.config);
  if (!config.empty()) json["config"] = config;
  OrderedJson diff_ids = OrderedJson::array();
  for (const Digest& diff_id : image.diff_ids) diff_ids.push_back(diff_id.text());
  json["rootfs"] = {{"type", "layers"}, {"diff_ids", diff_ids}};
  if (!image.history.empty()) {
    OrderedJson& history = json["history"] = OrderedJson::array();
    for (const HistoryEntry& entry : image.history) history.push_back(write_history(entry));
  }
  return write_document(json, "image configuration");
}

}  // namespace modulah::oci
