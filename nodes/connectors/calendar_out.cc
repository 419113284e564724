// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/calendar_out.h"

#include <algorithm>

#include "nodes/connectors/own_folder.h"
#include "nodes/files/fields.h"
#include "nodes/files/icalendar.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

bool is_one_of(const std::vector<std::string>& words, const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); }

}  // namespace

bool CalendarOut::is_for(const json& visit) const {
  const auto& states = config_.rule.states;
  if (visit.value("overlap_only", false)) return false;
  if (!config_.rule.senders.empty() && !is_one_of(config_.rule.senders, cell_of(visit, "lead"))) return false;
  const json named = list_of(visit, "states");
  return states.empty() || std::any_of(named.begin(), named.end(), [&](const json& one) { return is_one_of(states, cell_of(one, "alpha3")); });
}

// A page a step: officers' requests come between them. What moves between two pages is in the next run.
Result<json> CalendarOut::visits(const Door& door, std::stop_token stop) {
  json all = json::array();
  std::map<std::string, std::string> query = {{"limit", "500"}};
  do {
    json page;
    if (const auto in = door([&](Desk& desk) -> Result<void> {
      page = TRY(desk.node.visits().list(query));
      return {};
    }); !in) return in.error();
    for (const json& one : list_of(page, "items")) {
      if (is_for(one)) all.push_back(one);
    }
    query["cursor"] = cell_of(page, "next");
  } while (!query["cursor"].empty() && !stop.stop_requested());
  return all;
}

Result<ConnectorRun> CalendarOut::run(const Door& door, std::size_t, std::stop_token stop) {
  const json shown = TRY(visits(door, stop));
  const std::string text = icalendar_of(shown), key = hex(sha256({view_of(text)}));
  const auto& file = config_.paths.at("file");
  ConnectorRun run;
  std::string known;
  if (const auto in = door([&](Desk& desk) -> Result<void> {
    const ConnectorState state = TRY(desk.store.state(config_.name));
    known = state.note;
    return {};
  }); !in) return in.error();
  std::error_code trouble;
  if (known == key && std::filesystem::exists(file, trouble)) return run;
  TRY(make_own_folder(file.parent_path()));
  TRY(write_own_file(file.parent_path(), file.filename().string(), text));
  if (const auto in = door([&](Desk& desk) -> Result<void> {
    ConnectorState state = TRY(desk.store.state(config_.name));
    state.note = key;
    ++state.done;
    return desk.store.set_state(state);
  }); !in) return in.error();
  run.done = 1;
  run.words = "written anew: " + std::to_string(shown.size()) + (shown.size() == 1 ? " visit" : " visits");
  return run;
}

Result<std::string> CalendarOut::test(std::stop_token) {
  TRY(make_own_folder(config_.paths.at("file").parent_path()));
  return "the folder of the file can be written";
}

}  // namespace liaison
