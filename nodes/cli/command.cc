// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command.h"

#include <charconv>
#include <map>

#include "nodes/cli/typed.h"

namespace liaison {

std::vector<std::string> Argument::spellings() const { return split(name, ','); }

Values values_of(const Argument& argument) {
  static const std::map<std::string, Values> by_name = {
      {"FILE", Values::kFile}, {"NOTE", Values::kFile}, {"SOCKET", Values::kFile}, {"FOLDER", Values::kFolder}, {"RECORD", Values::kRecord},
      {"MESSAGE", Values::kMessage}, {"MEMBER", Values::kMember}, {"STATE", Values::kState}, {"ZONE", Values::kZone},
      {"COMMAND", Values::kCommand}};
  if (!argument.words.empty()) return Values::kWords;
  const std::string& called = argument.is_option() ? argument.value : argument.name;
  const auto found = by_name.find(split(called, ':', 2).front());
  return found == by_name.end() ? Values::kText : found->second;
}

const std::vector<std::string_view>& committees() {
  static const std::vector<std::string_view> all = {"1267", "1373", "1540"};
  return all;
}

std::string Invocation::text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Invocation::texts(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::uint64_t> Invocation::number(const std::string& name, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) const {
  if (!has(name)) return fallback;
  const std::string typed = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), value);
  if (error != std::errc() || end != typed.data() + typed.size() || value < least || value > most) {
    return fail(Code::kUsage, name + " takes a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", not '" + typed + "'");
  }
  return value;
}

std::vector<Argument> with_passphrase(std::vector<Argument> arguments) {
  arguments.push_back({"--passphrase-file", "FILE", "file that holds the passphrase (mode 0600, your own)"});
  arguments.push_back({"--passphrase-fd", "N", "open file descriptor to read the passphrase from"});
  return arguments;
}

}  // namespace liaison
