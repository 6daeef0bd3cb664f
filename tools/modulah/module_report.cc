// The record; its keys are documented in the help of `inspect`.
#include "module_report.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "modulah/wasm/demangle.h"

namespace modulah::cli {

namespace {

using Json = nlohmann::ordered_json;

template <typename Items, typename MakeRecord>
Json list_of(const Items& items, MakeRecord make_record) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(make_record(item));
  return list;
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json import_record(const wasm::Import& import) {
  return {{"module", import.module},
          {"name", import.name},
          {"kind", wasm::to_string(import.kind)},
          {"type", import.type}};
}

Json export_record(const wasm::Export& exported) {
  return {{"name", exported.name},
          {"kind", wasm::to_string(exported.kind)},
          {"type", exported.type},
          {"index", exported.index}};
}

Json memory_record(const wasm::Memory& memory) {
  return {{"minimumPages", memory.minimum}, {"maximumPages", or_null(memory.maximum)},
          {"pageBytes", memory.page_bytes}, {"shared", memory.is_shared},
          {"memory64", memory.is_64},       {"imported", memory.is_imported},
          {"exported", memory.is_exported}};
}

Json table_record(const wasm::Table& table) {
  return {{"type", table.type}, {"imported", table.is_imported}, {"exported", table.is_exported}};
}

Json producer_record(const wasm::Producer& producer) {
  return {{"field", producer.field}, {"name", producer.name}, {"version", producer.version}};
}

Json section_record(const wasm::Section& section) {
  return {{"name", section.name},
          {"custom", section.is_custom},
          {"offset", section.offset},
          {"size", section.size},
          {"count", section.count}};
}

Json function_record(const wasm::FunctionSize& function) {
  return {{"module", function.module}, {"index", function.index},
          {"size", function.size},     {"offset", function.offset},
          {"symbol", function.name},   {"name", wasm::demangle(function.name)}};
}

Json segment_record(const wasm::SegmentSize& segment) {
  return {{"module", segment.module}, {"index", segment.index},
          {"name", segment.name},     {"size", segment.size},
          {"offset", segment.offset}, {"passive", segment.is_passive},
          {"memory", segment.memory}, {"address", or_null(segment.address)}};
}

Json nested_record(const wasm::NestedBinary& nested) {
  return {{"kind", wasm::to_string(nested.kind)},
          {"name", nested.name},
          {"depth", nested.depth},
          {"offset", nested.offset},
          {"size", nested.size},
          {"functions", nested.function_count}};
}

Json features_record(const wasm::Summary& summary) {
  return {{"used", summary.used_features.names()},
          {"declared", summary.declared_features.names()},
          {"unknown", summary.unknown_features},
          {"isDeclared", summary.has_features_section}};
}

Json debug_record(const wasm::Summary& summary) {
  return {{"dwarfBytes", dwarf_bytes(summary)},
          {"nameBytes", custom_bytes(summary, "name")},
          {"sourceMapUrl", summary.source_map_url},
          {"externalUrl", summary.debug_info_url}};
}

}  // namespace

std::uint64_t dwarf_bytes(const wasm::Summary& summary) {
  std::uint64_t size = 0;
  for (const wasm::CustomSection& one : summary.custom_sections)
    if (one.name.starts_with(".debug_")) size += one.size;
  return size;
}

std::uint64_t custom_bytes(const wasm::Summary& summary, std::string_view name) {
  std::uint64_t size = 0;
  for (const wasm::CustomSection& one : summary.custom_sections)
    if (one.name == name) size += one.size;
  return size;
}

std::vector<std::string> languages_of(const wasm::Summary& summary) {
  std::vector<std::string> languages;
  for (const wasm::Producer& one : summary.producers)
    if (one.field == "language") languages.push_back(one.name);
  return languages;
}

ModuleReport make_module_report(std::span<const std::byte> bytes, std::string path,
                                std::size_t top) {
  wasm::Summary summary = wasm::summarize(bytes, path);
  wasm::Largest largest = wasm::find_largest(bytes, summary, path, top);
  return {std::move(path), std::move(summary), std::move(largest)};
}

Json module_record(const ModuleReport& report) {
  const wasm::Summary& summary = report.summary;
  Json json;
  json["path"] = report.path;
  json["kind"] = wasm::to_string(summary.kind);
  json["role"] = wasm::to_string(summary.role);
  json["name"] = summary.module_name;
  json["size"] = summary.size;
  json["wasi"] = wasm::to_string(summary.wasi);
  json["wasiVersion"] = summary.wasi_version;
  json["environments"] =
      list_of(summary.environments, [](wasm::Environment one) { return wasm::to_string(one); });
  json["languages"] = languages_of(summary);
  json["producers"] = list_of(summary.producers, producer_record);
  json["imports"] = list_of(summary.imports, import_record);
  json["exports"] = list_of(summary.exports, export_record);
  json["memories"] = list_of(summary.memories, memory_record);
  json["tables"] = list_of(summary.tables, table_record);
  json["globals"] = summary.global_count;
  json["functions"] = summary.function_count;
  json["importedFunctions"] = summary.imported_function_count;
  json["startFunction"] = or_null(summary.start_function);
  json["features"] = features_record(summary);
  json["debugInfo"] = debug_record(summary);
  json["sections"] = list_of(summary.sections, section_record);
  json["modules"] = list_of(summary.nested, nested_record);
  json["largestFunctions"] = list_of(report.largest.functions, function_record);
  json["largestSegments"] = list_of(report.largest.segments, segment_record);
  return json;
}

}  // namespace modulah::cli
