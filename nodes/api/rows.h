// SPDX-License-Identifier: Apache-2.0
// Rows of a file that become records, all or nothing. Node's thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

// What the rows are.
struct RowsOf {
  std::string kind;       // of their messages
  std::string plural;     // "visits"
  const char* event;      // of the audit row of the whole
  const char* made;       // of that of each record: the one that it has when it is made by itself
  // Whether the record with this id says what the row says: kUnknown when there is none.
  std::function<Result<void>(const std::string& id, const nlohmann::json& fields)> check_same;
  std::function<Result<Draft>(const nlohmann::json& fields, TimeMs now_ms)> draft;
};

// All rows are checked; all or nothing unless "keep_going". kQuota when today's quota ends before the rows do; a dry run tells the "room" there
// is. `answer` lists what was made and what is wrong; false when nothing was stored because of errors.
Result<bool> import_rows(Node& node, const nlohmann::json& request, const Act& act, const RowsOf& rows, nlohmann::json& answer);

}  // namespace liaison
