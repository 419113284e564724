// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/globals.h"

#include <filesystem>

#include "nodes/domain/words.h"
#include "security/settings.h"

namespace liaison {
namespace {

const std::vector<std::pair<std::string_view, Output>> kOutputs = {
    {"table", Output::kTable}, {"json", Output::kJson}, {"csv", Output::kCsv}, {"ndjson", Output::kNdjson}};

std::vector<std::string_view> output_words() {
  std::vector<std::string_view> words;
  for (const auto& [word, output] : kOutputs) words.push_back(word);
  return words;
}

Result<Output> parse_output(const std::string& typed) {
  if (typed.empty()) return Output::kTable;
  for (const auto& [word, output] : kOutputs) {
    if (word == typed) return output;
  }
  return fail(Code::kUsage, "unknown output format '" + typed + "'", word_hint(typed, output_words()));
}

std::string of(const std::map<std::string, std::string>& given, const std::string& name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}

std::filesystem::path default_config(const Environment& environment) {
  const std::string folder = environment("XDG_CONFIG_HOME").value_or("");
  if (!folder.empty()) return std::filesystem::path(folder) / "liaison/liaison.toml";
  const std::string home = environment("HOME").value_or("");
  return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".config/liaison/liaison.toml";
}

// Configuration file: `node`, `output` and `zone` in [cli], as the flags of the same names.
Result<std::map<std::string, std::string>> read_config(const std::string& flag, const Environment& environment) {
  const std::string named = !flag.empty() ? flag : environment("LIAISON_CONFIG").value_or("");
  const std::filesystem::path file = named.empty() ? default_config(environment) : std::filesystem::path(named);
  std::error_code ignored;
  if (named.empty() && (file.empty() || !std::filesystem::exists(file, ignored))) return std::map<std::string, std::string>();
  Settings settings = TRY(Settings::read(file));
  std::map<std::string, std::string> values;
  for (const std::string name : {"node", "output", "zone"}) values[name] = settings.text("cli." + name, "");
  TRY(settings.finish());
  return values;
}

}  // namespace

const std::vector<Argument>& global_arguments() {
  static const std::vector<Argument> all = {
      {"--node", "SOCKET", "the node's socket, e.g. /run/liaison/1540.sock (or LIAISON_NODE)"},
      {"-o,--output", "FORMAT", "table, json, csv or ndjson (or LIAISON_OUTPUT)", false, false, output_words()},
      {"--zone", "ZONE", "time zone of times for people (or LIAISON_ZONE; default America/New_York)"},
      {"--config", "FILE", "configuration file (default ~/.config/liaison/liaison.toml)"},
      {"--no-color", "", "no colours (or NO_COLOR)"}};
  return all;
}

const Argument& help_flag() {
  static const Argument flag{"-h,--help", "", "say what it takes, and end"};
  return flag;
}

const Argument& version_flag() {
  static const Argument flag{"--version", "", "say which program this is and what it stands on, and end"};
  return flag;
}

const std::vector<std::pair<std::string, std::string>>& environment_words() {
  static const std::vector<std::pair<std::string, std::string>> all = {
      {"LIAISON_NODE", "the node's socket, where --node is left out"},
      {"LIAISON_OUTPUT", "the form of the output, where --output is left out"},
      {"LIAISON_ZONE", "the time zone of times for people, where --zone is left out"},
      {"LIAISON_CONFIG", "the configuration file, where --config is left out"},
      {"XDG_CONFIG_HOME", "the folder of configuration files in place of ~/.config"},
      {"NO_COLOR", "no colours, whatever it is set to"},
      {"CREDENTIALS_DIRECTORY", "a service's folder of secrets; a file passphrase in it is read where no option names one"}};
  return all;
}

Result<Globals> settle(const std::map<std::string, std::string>& given, const Environment& environment) {
  const auto config = TRY(read_config(of(given, "--config"), environment));
  auto choose = [&](const std::string& flag, const std::string& variable, const std::string& name) {
    if (!flag.empty()) return flag;
    const std::string value = environment(variable).value_or("");
    return !value.empty() ? value : of(config, name);
  };
  Globals globals;
  globals.node = choose(of(given, "--node"), "LIAISON_NODE", "node");
  globals.output = TRY(parse_output(choose(of(given, "--output"), "LIAISON_OUTPUT", "output")));
  const std::string zone = choose(of(given, "--zone"), "LIAISON_ZONE", "zone");
  if (!zone.empty()) globals.zone = zone;
  return globals;
}

}  // namespace liaison
