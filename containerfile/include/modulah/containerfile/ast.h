// The tree of a Containerfile: what the parser gives and the builder and the rules work with.
//
// Each instruction is a struct of its own in one std::variant, so that a new one is a compile error
// at every std::visit that does not handle it.
//
// Fields are texts as written, with their place. Those marked (expanded) have to go
// through the expander (expander.h) before they are used, with the variables at that point of the
// stage: expansion replaces variables *and removes quotes and escapes*, as BuildKit's lexer does,
// so it is needed for texts without variables too. In all other fields quotes are part of the text.
// Texts in the JSON form are expanded in the same way.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modulah/containerfile/source.h"

namespace modulah::containerfile {

/// A here-document: the lines from below the instruction to the one that is the name.
struct HereDocument {
  std::string name;   ///< Without quotes; the file's name in COPY and ADD.
  std::string lines;  ///< As written, each with its "\n".
  /// The name was written without quotes: the content is to be expanded by expand_document().
  bool expands = true;
  bool strips_tabs = false;  ///< Written as "<<-": tabs at the start of lines are dropped.
  /// The number before "<<", when there was one. For RUN's shell only.
  std::optional<unsigned> file_descriptor;
  Span span;  ///< Of the lines, without the one that ends them.

  /// The lines, without leading tabs where strips_tabs says so. Not yet expanded.
  [[nodiscard]] std::string content() const;
};

/// A command in one of its two forms.
struct CommandForm {
  /// Shell form: `args` is one text (none for an empty command), to be run by SHELL. Else `args`
  /// are the words of the JSON (exec) form. Never expanded: the shell does that, at run time.
  bool is_shell = false;
  std::vector<std::string> args;
  /// It starts with "[" but is not a JSON list of strings, so it is shell form: nearly always a
  /// mistake.
  bool is_broken_json = false;
  Span span;
};

/// What COPY and ADD have in common.
struct SourcesAndDestination {
  std::vector<Text> sources;            ///< (expanded) Paths or wildcards (Glob), in order.
  std::vector<HereDocument> documents;  ///< Sources written in the Containerfile itself.
  Text destination;                     ///< (expanded)
};

/// The flags that COPY and ADD have in common.
struct CopyFlags {
  std::optional<Text> chown;  ///< (expanded) For parse_owner().
  std::optional<Text> chmod;  ///< (expanded) For ModeChange::parse().
  bool is_link = false;  ///< --link: a layer of its own, no symbolic link of the image followed.
  std::vector<Text> exclude;  ///< (expanded) For IgnoreRules::from_patterns().
};

struct Add : SourcesAndDestination, CopyFlags {
  std::optional<Text> checksum;       ///< (expanded)
  std::optional<bool> keeps_git_dir;  ///< --keep-git-dir
  std::optional<bool> unpacks;        ///< --unpack: without it, local archives are unpacked.
};

struct Copy : SourcesAndDestination, CopyFlags {
  /// (expanded) A stage, by name or number, or an image. BuildKit allows no variables in it,
  /// buildah does, and so do we.
  std::optional<Text> from;
  bool keeps_parents = false;  ///< --parents
};

struct Run {
  CommandForm command;
  std::vector<Text> mounts;      ///< (expanded) The value of each --mount.
  std::optional<Text> network;   ///< --network
  std::optional<Text> security;  ///< --security
  std::vector<Text> devices;     ///< (expanded) The value of each --device.
  std::vector<HereDocument> documents;
};

/// A name and its value in ENV and LABEL.
struct Pair {
  Text name;   ///< (expanded)
  Text value;  ///< (expanded)
};

struct Env {
  std::vector<Pair> pairs;  ///< At least one.
  bool is_legacy = false;   ///< "ENV name value": one pair, the value goes to the end of the line.
};

struct Label {
  std::vector<Pair> pairs;  ///< At least one.
  bool is_legacy = false;   ///< As in Env.
};

/// One variable of ARG.
struct ArgName {
  Text name;                  ///< (expanded)
  std::optional<Text> value;  ///< (expanded) The default.
};

struct Arg {
  std::vector<ArgName> names;  ///< At least one.
};

struct Cmd {
  CommandForm command;
};

struct Entrypoint {
  CommandForm command;
};

struct Workdir {
  Text path;  ///< (expanded)
};

struct User {
  Text user;  ///< (expanded)
};

struct Expose {
  std::vector<Text>
      ports;  ///< (expanded, by expand_words(): one may become several) For parse_ports().
};

struct Volume {
  std::vector<Text> paths;  ///< (expanded) None is empty.
};

struct StopSignal {
  Text signal;  ///< (expanded)
};

struct Healthcheck {
  bool is_none = false;  ///< HEALTHCHECK NONE: no check, all else is unset.
  CommandForm command;   ///< Of HEALTHCHECK CMD.
  std::optional<std::chrono::nanoseconds> interval;  ///< 0 or at least 1 ms, as the others.
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::chrono::nanoseconds> start_period;
  std::optional<std::chrono::nanoseconds> start_interval;
  std::optional<unsigned> retries;
};

struct Shell {
  std::vector<std::string> args;  ///< At least one.
};

struct Instruction;

struct OnBuild {
  Text text;  ///< The instruction to come, as the image's configuration has it: here-documents
              ///< with their lines.
  std::vector<Instruction> inner;  ///< Exactly one: the same, parsed.
};

struct Maintainer {
  Text name;
};

/// An instruction of a stage; FROM is part of its Stage.
struct Instruction {
  /// All lines of the instruction, here-documents included.
  Span span;
  Text keyword;                ///< As written, e.g. "copy".
  std::string text;            ///< The whole instruction as written, continuations joined, without
                               ///< here-documents' lines.
  std::vector<Text> comments;  ///< See Node::comments.
  std::variant<Add, Copy, Run, Env, Label, Arg, Cmd, Entrypoint, Workdir, User, Expose, Volume,
               StopSignal, Healthcheck, Shell, OnBuild, Maintainer>
      value;
};

/// The upper-case keyword of the alternative that `instruction` has, e.g. "COPY".
[[nodiscard]] std::string_view name_of(const Instruction& instruction);

struct From {
  Span span;
  Text keyword;
  std::string text;  ///< The whole instruction as written.
  Text image;        ///< (expanded, with global args only) An image, a stage's name or "scratch".
  std::optional<Text> platform;  ///< (expanded, with global args only) The value of --platform.
  std::optional<Text> alias;     ///< (expanded, with global args only) See name_stages().
  std::string as_keyword;        ///< "AS" as written, or empty.
  std::vector<Text> comments;    ///< See Node::comments.
};

struct Stage {
  From from;
  std::vector<Instruction> instructions;
};

/// What the special comments at the top say.
struct Directives {
  char escape = '\\';  ///< "\\" or "`".
  std::optional<Text>
      syntax;  ///< Names a BuildKit frontend. Nothing is loaded: the language is this one.
  std::optional<Text> check;  ///< For rules: "skip=…;error=…".
};

struct File {
  Directives directives;
  std::vector<Instruction> global_args;  ///< ARG instructions before the first FROM.
  std::vector<Stage> stages;             ///< At least one.
};

}  // namespace modulah::containerfile
