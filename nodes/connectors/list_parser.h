// SPDX-License-Identifier: Apache-2.0
// A consolidated list as values. A list is data from outside: it is read in a child process that has no network, no files, little memory and little
// time, and answers through a pipe in a form that is checked here like anything else from outside. Any thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nodes/connectors/list_xml.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// A field as it is kept: what it said is not needed to see that it has changed.
struct ListField {
  std::string name;
  Hash digest{};                      // of what it says: in which order repeated elements stand, and the normal form of a text, make no difference
  std::optional<std::string> value;   // of fields that the configuration names
  bool operator==(const ListField&) const = default;
};

struct ListedEntry {
  std::string reference;              // trimmed; empty when there is none. Whether it has its form is list_difference.h's to say
  std::string list_type;              // UN_LIST_TYPE: Al-Qaida
  bool entity = false;                // or an individual
  std::string listed_on, updated_on, delisted_on;   // days, 2017-06-22; empty for what is no day. updated_on is the newest
  std::vector<ListField> fields;      // sorted by name; without the sort keys, which print a list and say nothing of it
  bool operator==(const ListedEntry&) const = default;
};

struct ListVersion {
  TimeMs generated_ms = 0;
  std::vector<ListedEntry> entries;   // in the order of the list
};

struct ListParseLimits {
  std::size_t memory_bytes = 256ULL << 20;   // more than the node has
  int seconds = 30;                          // of computing; it is waited for four times as long
};

// `values` names the fields whose text is kept. kInput: what is wrong with the list, in a sentence that never holds what the list says; kSize when it
// needs more memory or computing; kIo for what may pass (list_child.h); kHalted when asked to stop.
Result<ListVersion> parse_list(View xml, const std::vector<std::string>& values, std::stop_token stop = {}, const ListParseLimits& limits = {});

// "2017-06-20T19:04:40.335-04:00"; nothing for any other text.
std::optional<TimeMs> list_time(std::string_view text);

// Fields as a row keeps them, a line each: "NAME\tDIGEST\n", with "\tVALUE" where one is kept. kStore for a text that is none.
std::string list_fields_text(const std::vector<ListField>& fields);
Result<std::vector<ListField>> list_fields_of(std::string_view text);

}  // namespace liaison
