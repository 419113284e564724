// SPDX-License-Identifier: Apache-2.0
// How the views' tables hold members, hashes and places in the log. Private to the stores of nodes/domain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/effect.h"
#include "security/sqlite.h"

namespace liaison {

// "1267,1373"
inline std::string joined(const std::vector<MemberId>& members) {
  std::string out;
  for (const auto& member : members) out += (out.empty() ? "" : ",") + member.str();
  return out;
}

inline std::vector<MemberId> members_of(std::string_view text) {
  std::vector<MemberId> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (auto member = MemberId::parse(text.substr(0, comma))) out.push_back(std::move(*member));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return out;
}

inline Hash hash_at(const Statement& row, int column) { return array_from<Hash>(row.blob(column)).value_or(kZeroHash); }

inline Place place_at(const Statement& row, int index, int time) {
  Place place;
  if (!row.is_null(index)) place.index = row.u64(index);
  place.time_ms = row.u64(time);
  return place;
}

inline void bind_index(Statement& statement, int at, const Place& place) {
  if (place.index) statement.bind(at, *place.index);
  else statement.bind_null(at);
}

// A row of revisions: record, revision, message, hash, marking, recipients, idx, time, body.
inline StoredRevision revision_at(const Statement& row) {
  StoredRevision out;
  out.record = row.text(0);
  out.revision = static_cast<std::uint32_t>(row.u64(1));
  out.message = hash_at(row, 2);
  out.hash = hash_at(row, 3);
  out.marking = row.text(4);
  out.recipients = members_of(row.text(5));
  out.place = place_at(row, 6, 7);
  out.body = bytes_of(row.blob(8));
  return out;
}

}  // namespace liaison
