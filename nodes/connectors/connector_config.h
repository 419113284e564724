// SPDX-License-Identifier: Apache-2.0
// What the node's configuration says of one connector, [connectors.NAME]: what it is, how often it looks, what it may take or give, and the keys of
// its own kind. Plain values, read once at start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "security/settings.h"

namespace liaison {

inline constexpr std::size_t kConnectorsMax = 32;

// Which messages go out by a connector. Empty lists match all; all of them must match. It can only narrow: what this node may not read, or what was
// recalled, is not there to be matched.
struct ForwardRule {
  std::vector<std::string> kinds;     // visit.plan, assistance.request ...
  std::vector<std::string> states;    // alpha-3 codes: one of them stands in the message
  std::vector<std::string> areas;     // words of the message's field areas or aims
  std::vector<std::string> senders;   // committees; this one's own id for its own messages
  std::vector<std::string> fields;    // names of what leaves, "data.title"; empty: all
  std::string text;                   // "{record}: {data.title}", for connectors that carry text; empty: the JSON
};

struct ConnectorConfig {
  enum class Kind { kFilesIn, kFilesOut, kWebhookIn, kWebhookOut, kUnList, kCalendarOut, kMail, kExec };
  std::string name;                   // [a-z0-9-], at most 24
  Kind kind = Kind::kFilesIn;
  std::string system;                 // whose mirror it is: what came in from a system does not go out to it
  std::uint64_t every_s = 10;         // how long after a run the next one begins
  std::uint64_t per_minute = 600;     // items
  bool as_drafts = false;             // an incoming item becomes a draft, which an officer releases
  ForwardRule rule;                   // of an outgoing one
  bool history = false;               // an outgoing one begins with the first message that this node has, not with the next one
  std::map<std::string, std::string> texts;            // the kind's own keys
  std::map<std::string, std::uint64_t> numbers;
  std::map<std::string, std::filesystem::path> paths;
  std::map<std::string, std::vector<std::string>> lists;
};

bool is_incoming(ConnectorConfig::Kind kind);
std::string_view word_of(ConnectorConfig::Kind kind);   // "files_in"

// All [connectors.NAME] of the file. What is wrong with them is told by settings.finish().
std::vector<ConnectorConfig> take_connectors(Settings& settings);

}  // namespace liaison
