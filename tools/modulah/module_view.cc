// Lays a module report out:
//
//   app.wasm: module, command for WASI preview 1, 2.15 MiB
//     Language    Rust
//     ...
//
//   Sections
//     .debug_info    976.3 KiB   44.3 %  ##############################
//
// Lines have at most 80 columns, whatever the module's names are: what is too long is cut, and is
// whole in the record. Bars are plain ASCII, as those of the progress lines.
#include "module_view.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "modulah/base/human.h"
#include "modulah/base/text.h"
#include "modulah/wasm/demangle.h"

namespace modulah::cli {

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLabelColumns = 12;
constexpr std::size_t kMaxNameColumns = 40;
constexpr std::size_t kBarColumns = 28;
constexpr std::size_t kShortBarColumns = 10;
/// More rows of a list say nothing to a person.
constexpr std::size_t kMaxRows = 100;

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size(); ++columns) at += decode(text, at).length;
  return columns;
}

/// `text` made printable and, when it has more than `columns`, cut.
std::string fit(std::string_view text, std::size_t columns) {
  std::string shown = printable(text);
  if (columns_of(shown) <= columns) return shown;
  std::size_t end = 0;
  for (std::size_t count = 1; count < columns; ++count) end += decode(shown, end).length;
  return shown.substr(0, end) + "…";
}

/// The same, cut in the middle: of a path such as a::b::c, the end tells most.
std::string fit_ends(std::string_view text, std::size_t columns) {
  const std::string shown = printable(text);
  const std::size_t all = columns_of(shown);
  if (all <= columns) return shown;
  const std::size_t head = (columns - 1) / 3;
  const std::size_t tail = columns - 1 - head;
  std::size_t head_end = 0;
  std::size_t tail_begin = 0;
  std::size_t at = 0;
  for (std::size_t count = 0; at < shown.size(); ++count, at += decode(shown, at).length) {
    if (count == head) head_end = at;
    if (count == all - tail) tail_begin = at;
  }
  return shown.substr(0, head_end) + "…" + shown.substr(tail_begin);
}

std::string padded(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, columns_of(text)), ' ');
}

std::string bar(std::uint64_t size, std::uint64_t largest, std::size_t columns) {
  if (size == 0 || largest == 0) return {};
  const double share = static_cast<double>(size) / static_cast<double>(largest);
  const auto count = static_cast<std::size_t>(share * static_cast<double>(columns) + 0.5);
  return std::string(std::max<std::size_t>(count, 1), '#');
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:5.1f} %", share * 100);
}

std::string plural(std::uint64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

class View {
 public:
  explicit View(const ModuleReport& report) : report_(report), summary_(report.summary) {}

  std::string text() {
    title();
    facts();
    imports();
    exports();
    sections();
    nested();
    functions();
    segments();
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { (out_ += text) += '\n'; }
  /// "  Label       items, broken into lines". Nothing without items.
  void row(std::string_view label, const std::vector<std::string>& items);
  void heading(std::string_view text) { line(fmt::format("\n{}", text)); }
  void more(std::size_t count);

  void title();
  void facts();
  void memory_facts();
  void feature_facts();
  [[nodiscard]] std::vector<std::string> debug_facts() const;
  void typed(const std::string& name, std::size_t name_columns, wasm::ExternKind kind,
             std::string_view type, std::size_t indent);
  void imports();
  void exports();
  void sections();
  void nested();
  void functions();
  void segments();
  [[nodiscard]] std::string function_name(const wasm::FunctionSize& function) const;

  const ModuleReport& report_;
  const wasm::Summary& summary_;
  std::string out_;
};

void View::row(std::string_view label, const std::vector<std::string>& items) {
  if (items.empty()) return;
  const std::string indent(2 + kLabelColumns, ' ');
  std::string current = fmt::format("  {:<{}}", label, kLabelColumns);
  std::size_t columns = indent.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool is_last = i + 1 == items.size();
    const std::string word = fit(items[i], kColumns - indent.size() - 1) + (is_last ? "" : ",");
    const std::size_t width = columns_of(word);
    if (columns > indent.size() && columns + 1 + width > kColumns) {
      line(current);
      current = indent;
      columns = indent.size();
    }
    if (columns > indent.size()) {
      current += ' ';
      ++columns;
    }
    current += word;
    columns += width;
  }
  line(current);
}

void View::more(std::size_t count) {
  if (count > kMaxRows) line(fmt::format("  … and {} more", count - kMaxRows));
}

/// "WASI preview 1"; empty without one.
std::string wasi_words(const wasm::Summary& summary) {
  switch (summary.wasi) {
    case wasm::Wasi::none:
      return {};
    case wasm::Wasi::unstable:
      return "WASI preview 0 (wasi_unstable)";
    case wasm::Wasi::preview1:
      return "WASI preview 1";
    case wasm::Wasi::preview2:
    case wasm::Wasi::preview3:
      break;
  }
  return fmt::format("WASI {}", summary.wasi_version.empty()
                                    ? (summary.wasi == wasm::Wasi::preview2 ? "0.2" : "0.3")
                                    : summary.wasi_version);
}

void View::title() {
  const std::string wasi = wasi_words(summary_);
  const std::string words = fmt::format(": {}, {}{}{}, {}", wasm::to_string(summary_.kind),
                                        wasm::to_string(summary_.role), wasi.empty() ? "" : " for ",
                                        fit(wasi, 30), human_size(summary_.size));
  line(fit_ends(report_.path, kColumns - columns_of(words)) + words);
}

void View::facts() {
  if (!summary_.module_name.empty()) row("Name", {summary_.module_name});
  row("Language", languages_of(summary_));
  std::vector<std::string> producers;
  for (const wasm::Producer& one : summary_.producers)
    if (one.field != "language")
      producers.push_back(one.version.empty() ? one.name : one.name + " " + one.version);
  row("Made by", producers);
  std::vector<std::string> environments;
  for (const wasm::Environment one : summary_.environments)
    environments.emplace_back(wasm::to_string(one));
  row("Needs", environments);
  feature_facts();
  row("Debug info", debug_facts());
  memory_facts();
  std::string counts =
      fmt::format("{} and {} imported", summary_.function_count, summary_.imported_function_count);
  row("Functions", {counts});
  if (summary_.start_function) row("Start", {fmt::format("function {}", *summary_.start_function)});
}

void View::feature_facts() {
  const auto words = [](wasm::FeatureSet features) {
    std::vector<std::string> list;
    for (const std::string_view name : features.names()) list.emplace_back(name);
    return list;
  };
  std::vector<std::string> used = words(summary_.used_features);
  if (used.empty()) used.emplace_back("none beyond the first version of WebAssembly");
  row("Features", used);
  // Declared and not used: an engine may still ask for them.
  std::vector<std::string> declared = words(summary_.declared_features - summary_.used_features);
  declared.insert(declared.end(), summary_.unknown_features.begin(),
                  summary_.unknown_features.end());
  row("Declares", declared);
}

std::vector<std::string> View::debug_facts() const {
  std::vector<std::string> facts;
  if (const auto size = dwarf_bytes(summary_); size != 0)
    facts.push_back("DWARF " + human_size(size));
  if (const auto size = custom_bytes(summary_, "name"); size != 0)
    facts.push_back("names " + human_size(size));
  if (!summary_.source_map_url.empty()) facts.push_back("source map " + summary_.source_map_url);
  if (!summary_.debug_info_url.empty()) facts.push_back("in " + summary_.debug_info_url);
  if (facts.empty()) facts.emplace_back("none");
  return facts;
}

std::string_view sharing_words(bool is_imported, bool is_exported) {
  if (is_imported) return is_exported ? ", imported and exported" : ", imported";
  return is_exported ? ", exported" : "";
}

void View::memory_facts() {
  constexpr std::size_t kMaxShown = 8;
  for (std::size_t i = 0; i < std::min(summary_.memories.size(), kMaxShown); ++i) {
    const wasm::Memory& memory = summary_.memories[i];
    // The number of pages is untrusted.
    const bool is_sane = memory.minimum <= UINT64_MAX / memory.page_bytes;
    row("Memory",
        {fmt::format(
            "{}{}, {}{}{}{}", plural(memory.minimum, "page"),
            is_sane ? fmt::format(" ({})", human_size(memory.minimum * memory.page_bytes)) : "",
            memory.maximum ? fmt::format("at most {}", *memory.maximum) : std::string("no maximum"),
            memory.is_shared ? ", shared" : "", memory.is_64 ? ", 64-bit" : "",
            sharing_words(memory.is_imported, memory.is_exported))});
  }
  for (std::size_t i = 0; i < std::min(summary_.tables.size(), kMaxShown); ++i) {
    const wasm::Table& table = summary_.tables[i];
    row("Table", {table.type + std::string(sharing_words(table.is_imported, table.is_exported))});
  }
  if (summary_.global_count != 0) row("Globals", {std::to_string(summary_.global_count)});
}

/// "    fd_write    (i32, i32, i32, i32) -> i32"; other kinds than functions are named.
void View::typed(const std::string& name, std::size_t name_columns, wasm::ExternKind kind,
                 std::string_view type, std::size_t indent) {
  std::string words(type);
  if (kind != wasm::ExternKind::function || type.empty())
    words = std::string(wasm::to_string(kind)) + (type.empty() ? "" : " ") + words;
  const std::size_t room = kColumns - indent - name_columns - 2;
  line(std::string(indent, ' ') + padded(fit(name, name_columns), name_columns) + "  " +
       fit(words, room));
}

template <typename Items>
std::size_t name_columns_of(const Items& items, std::size_t most) {
  std::size_t columns = 0;
  for (const auto& item : items)
    columns = std::max(columns, std::min(most, columns_of(printable(item.name))));
  return columns;
}

void View::imports() {
  if (summary_.imports.empty()) return;
  heading(fmt::format("Imports ({})", summary_.imports.size()));
  // A component's names are long, and have no types beside them.
  const bool is_component = summary_.kind == wasm::BinaryKind::component;
  const std::size_t columns =
      name_columns_of(summary_.imports, is_component ? kColumns - 14 : kMaxNameColumns);
  std::vector<std::string_view> modules;
  std::map<std::string_view, std::vector<const wasm::Import*>> by_module;
  for (std::size_t i = 0; i < std::min(summary_.imports.size(), kMaxRows); ++i) {
    const wasm::Import& import = summary_.imports[i];
    auto& group = by_module[import.module];
    if (group.empty()) modules.push_back(import.module);
    group.push_back(&import);
  }
  for (const std::string_view module : modules) {
    if (!is_component) line("  " + fit(module, kColumns - 2));
    for (const wasm::Import* one : by_module[module])
      typed(one->name, columns, one->kind, one->type, is_component ? 2 : 4);
  }
  more(summary_.imports.size());
}

void View::exports() {
  if (summary_.exports.empty()) return;
  heading(fmt::format("Exports ({})", summary_.exports.size()));
  const bool is_component = summary_.kind == wasm::BinaryKind::component;
  const std::size_t columns =
      name_columns_of(summary_.exports, is_component ? kColumns - 14 : kMaxNameColumns);
  for (std::size_t i = 0; i < std::min(summary_.exports.size(), kMaxRows); ++i) {
    const wasm::Export& one = summary_.exports[i];
    typed(one.name, columns, one.kind, one.type, 2);
  }
  more(summary_.exports.size());
}

void View::sections() {
  if (summary_.sections.empty()) return;
  std::vector<wasm::Section> sections = summary_.sections;
  std::stable_sort(sections.begin(), sections.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  heading("Sections");
  for (std::size_t i = 0; i < std::min(sections.size(), kMaxRows); ++i) {
    const wasm::Section& one = sections[i];
    line(fmt::format("  {}  {:>10}  {}  {}", padded(fit(one.name, 24), 24), human_size(one.size),
                     percent(one.size, summary_.size),
                     bar(one.size, sections.front().size, kBarColumns)));
  }
  more(sections.size());
}

void View::nested() {
  if (summary_.nested.empty()) return;
  std::uint64_t largest = 0;
  for (const wasm::NestedBinary& one : summary_.nested) largest = std::max(largest, one.size);
  heading(fmt::format("Nested modules and components ({})", summary_.nested.size()));
  std::size_t number = 0;
  for (std::size_t i = 0; i < std::min(summary_.nested.size(), kMaxRows); ++i) {
    const wasm::NestedBinary& one = summary_.nested[i];
    const bool is_module = one.kind == wasm::BinaryKind::module;
    const std::string name = is_module ? fmt::format("{}: {}", number++, one.name) : "component";
    line(fmt::format("  {}  {:>10}  {:>15}  {}", padded(fit(name, 24), 24), human_size(one.size),
                     is_module ? plural(one.function_count, "function") : "",
                     bar(one.size, largest, kBarColumns - 8)));
  }
  more(summary_.nested.size());
}

std::string View::function_name(const wasm::FunctionSize& function) const {
  std::string name = function.name.empty() ? fmt::format("func[{}]", function.index)
                                           : wasm::demangle(function.name);
  // Of a component with several, the number of the module is part of the name.
  if (summary_.core_module_count > 1) return fmt::format("{}: {}", function.module, name);
  return name;
}

void View::functions() {
  const auto& functions = report_.largest.functions;
  if (functions.empty()) return;
  heading(fmt::format("Largest functions ({} of {}, {} of code)", functions.size(),
                      summary_.function_count, human_size(summary_.code_size)));
  for (const wasm::FunctionSize& one : functions) {
    const std::string start = fmt::format(
        "  {:>10}  {}  {:<{}}  ", human_size(one.size), percent(one.size, summary_.code_size),
        bar(one.size, functions.front().size, kShortBarColumns), kShortBarColumns);
    line(start + fit_ends(function_name(one), kColumns - start.size()));
  }
}

std::string segment_words(const wasm::SegmentSize& segment) {
  std::string words = fmt::format("data[{}]", segment.index);
  if (!segment.name.empty()) words += " " + segment.name;
  if (segment.is_passive) return words + ", passive";
  if (segment.memory != 0) words += fmt::format(" in memory {}", segment.memory);
  return words + (segment.address ? fmt::format(" at {:#x}", *segment.address)
                                  : " at an address that is computed");
}

void View::segments() {
  const auto& segments = report_.largest.segments;
  if (segments.empty()) return;
  heading(fmt::format("Largest data segments ({} of data)", human_size(summary_.data_size)));
  for (const wasm::SegmentSize& one : segments) {
    const std::string start = fmt::format(
        "  {:>10}  {}  {:<{}}  ", human_size(one.size), percent(one.size, summary_.data_size),
        bar(one.size, segments.front().size, kShortBarColumns), kShortBarColumns);
    line(start + fit(segment_words(one), kColumns - start.size()));
  }
}

}  // namespace

std::string module_view(const ModuleReport& report) { return View(report).text(); }

}  // namespace modulah::cli
