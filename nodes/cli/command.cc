// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command.h"

#include <charconv>

namespace liaison {

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
