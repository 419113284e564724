// SPDX-License-Identifier: Apache-2.0
// One node beside a scripted broker, and what it says in its alarms.
#pragma once

#include "nodes/inbox.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {

class Inboxes : public OneNode {
 protected:
  std::string sentence_of(const std::string& kind) {
    for (const auto& row : alarm_rows()) if (row.kind == kind && !row.cleared_ms) return row.sentence;
    return "no alarm of " + kind;
  }
  const Alarms::Row* newest_alarm() {
    rows_ = alarm_rows();
    const auto at = std::max_element(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return at == rows_.end() ? nullptr : &*at;
  }
  std::vector<std::string> evidence_names(const Alarms::Row& row) {
    std::vector<std::string> out;
    for (const Evidence& piece : row.evidence) out.push_back(piece.name);
    return out;
  }

 private:
  std::vector<Alarms::Row> rows_;
};

}  // namespace liaison
