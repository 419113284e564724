// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/route_table.h"

namespace liaison {

namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    out.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(out.back().size());
  }
  return out;
}

bool fits(const Route& route, const std::vector<std::string>& path) {
  const auto parts = parts_of(route.path);
  if (parts.size() != path.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].starts_with('{') && parts[i] != path[i]) return false;
  }
  return true;
}

const std::vector<RouteFilter>& visit_filters() {
  static const std::vector<RouteFilter> filters = {{"state", "of one State: its code or a name"}, {"from", "ending on this day or later"},
                                                   {"to", "beginning on this day or earlier"}, {"committee", "led by one committee"},
                                                   {"status", "in one status"}, {"text", "with these words"},
                                                   {"overlap_only", "1: with plans that are kept back, on the first page"}};
  return filters;
}

const std::vector<RouteFilter>& record_filters() {
  static const std::vector<RouteFilter> filters = {{"kind", "of one kind"}, {"state", "of one State: its code or a name"}, {"status", "that stand so"},
                                                   {"committee", "of one committee"}, {"from", "with a day then or later"},
                                                   {"to", "with a day then or earlier"}, {"since", "changed then or later: a day or a time"},
                                                   {"record", "that name this record"}, {"whole", "1: each with all its fields"}};
  return filters;
}

std::vector<Route> visit_routes() {
  return {{"POST", "/visits", "plan_visit", "plan a visit and tell the other committees", "written", Route::kAct, "visit.fields"},
          {"GET", "/visits", "list_visits", "visits, the newest days first", "visit.page", Route::kPaged, "", visit_filters()},
          {"POST", "/visits/import", "import_visits", "rows of a file: all are checked first, and none is stored when one is wrong unless keep_going",
           "imported", Route::kAct, "visit.rows"},
          {"GET", "/visits/{id}", "show_visit", "one visit with its answers and findings", "visit", Route::kTagged},
          {"PATCH", "/visits/{id}", "change_visit", "a new revision by its owner; the fields that change", "written", Route::kAct | Route::kChange,
           "visit.fields"},
          {"POST", "/visits/{id}/answers", "answer_visit", "answer another committee's visit", "written", Route::kAct, "visit.answer"},
          {"POST", "/visits/{id}/recall", "recall_visit", "take a visit back: every other copy is removed", "written", Route::kAct, "recall"},
          {"GET", "/visits/{id}/history", "visit_history", "all revisions and what changed, oldest first", "history"},
          {"GET", "/visits/{id}/status", "visit_status", "who has received and opened what was said of it", "delivery.status"},
          {"GET",
           "/calendar",
           "calendar",
           "visits with a part between two days, at most 400",
           "calendar",
           Route::kPlain,
           "",
           {{"from", "the first day"},
            {"to", "the last day"},
            {"committee", "led or joined by one committee"},
            {"state", "in one State"},
            {"all", "1: those too that do not take place"},
            {"overlap_only", "1: with plans that are kept back"}}},
          {"POST", "/visits/{id}/withdraw", "withdraw_visit", "end the comparison of a plan that is kept back", "written", Route::kWrite, "nothing"},
          {"POST", "/visits/{id}/disclose", "disclose_visit", "agree to show a plan that is kept back, when the other side agrees too", "written",
           Route::kWrite, "overlap.disclosure"},
          {"GET", "/overlaps", "list_overlaps", "every question of an overlap, by whomever, the newest first", "overlap.page"},
          {"GET", "/states/{name}", "state_page", "one State, by code or name, and all that is planned and was done there", "state.page"},
          {"GET",
           "/today",
           "today",
           "what an officer begins the day with",
           "today",
           Route::kPlain,
           "",
           {{"since", "a day or a time; the day before when left out"}, {"day", "the officer's own day; today in UTC when left out"}}},
          {"GET",
           "/conflicts",
           "list_findings",
           "visits that come too close",
           "finding.page",
           Route::kPaged,
           "",
           {{"kind", "of one kind of finding"},
            {"state", "of one State"},
            {"visit", "of one visit"},
            {"committee", "with one committee"},
            {"since", "that came up then or later"}}}};
}

std::vector<Route> record_routes() {
  return {{"GET", "/kinds", "list_kinds", "the kinds of record that there are, field by field", "kind.page"},
          {"GET", "/kinds/{kind}", "show_kind", "one kind of record", "kind"},
          {"GET", "/records", "list_records", "records of all kinds but visits, the newest days first", "record.page", Route::kPaged, "", record_filters()},
          {"POST", "/records/{kind}", "create", "make such a record and tell the other committees", "written", Route::kAct, "{kind}.fields"},
          {"POST", "/records/{kind}/import", "import", "rows of a file: all are checked first, and none is stored when one is wrong unless keep_going",
           "imported", Route::kAct, "{kind}.rows"},
          {"GET", "/records/{id}", "show_record", "one record with its answers and what it may become", "record", Route::kTagged},
          {"PATCH", "/records/{id}", "change_record", "a new revision by its owner; the fields that change", "written", Route::kAct | Route::kChange,
           "record.fields"},
          {"POST", "/records/{id}/answers", "answer_record", "answer another committee's record", "written", Route::kAct, "record.answer"},
          {"POST", "/records/{id}/recall", "recall_record", "take a record back: every other copy is removed", "written", Route::kAct, "recall"},
          {"GET", "/records/{id}/history", "record_history", "all revisions and what changed, oldest first", "history"},
          {"GET", "/records/{id}/status", "record_status", "who has received and opened what was said of it", "delivery.status"},
          {"GET", "/records/{id}/clock", "procedure_clock", "how a decision by silence stands", "procedure.clock"},
          {"POST", "/records/{id}/close", "close_procedure", "its owner states how it ended, as the log says", "written", Route::kAct, "procedure.close"},
          {"POST", "/records/{id}/extend", "extend_procedure", "its owner gives more time, once each", "written", Route::kAct, "procedure.extension"},
          {"GET", "/records/{id}/check", "check_procedure", "whether its certificate agrees with this node's log", "procedure.check"},
          {"GET", "/records/{id}/publication", "extract_publication", "whether an extract may be given to the public, and what its proof would reveal",
           "extract.publication"},
          {"GET", "/records/{id}/confirmations", "consent_confirmations", "who has removed what rested on a consent", "consent.confirmations"}};
}

std::vector<Route> found_routes() {
  return {{"GET", "/search", "search", "visits and records by their words, in six languages, the best first", "search.page", Route::kPaged, "",
           {{"text", "the words"}, {"kind", "visit, or a kind of record"}, {"state", "of one State"}, {"committee", "of one committee"},
            {"from", "with a day then or later"}, {"to", "with a day then or earlier"}}},
          {"GET", "/dues", "list_dues", "what is due, the longest overdue first", "due.page", Route::kPaged, "",
           {{"state", "of one State"}, {"committee", "of one committee"}, {"until", "due on this day or earlier"}, {"all", "1: what is done, too"}}},
          {"GET", "/proposals/matches", "propose_matches", "offers for a request or a need, with reasons; nothing is stored", "proposal.matches",
           Route::kPlain, "", {{"record", "the request or need"}}},
          {"GET", "/proposals/joint-visit", "propose_joint_visit", "the fields of one joint visit from several plans; nothing is stored", "visit.joint.fields",
           Route::kPlain, "", {{"plans", "ids of visits, joined by commas"}}},
          {"GET", "/proposals/review", "propose_review", "the fields of a review, frozen on a size of the log; nothing is stored", "review.fields",
           Route::kPlain, "",
           {{"type", "annual or comprehensive"}, {"year", "the year, or from and to"}, {"from", "the first day"}, {"to", "the last day"},
            {"size", "of the log; that of now when left out"}}},
          {"GET", "/proposals/extract", "propose_extract", "the fields of an extract for the public, by field; nothing is stored", "extract.fields",
           Route::kPlain, "",
           {{"records", "ID or ID:FIELD,FIELD, joined by semicolons"}, {"title", "what the extract is"}, {"language", "en"}}},
          {"GET", "/proposals/bookings", "expert_bookings", "what the experts of all committees are bound to, and who is over-booked", "booking.page",
           Route::kPaged, "",
           {{"expert", "one place"}, {"committee", "of one committee"}, {"from", "bound then or later"}, {"to", "bound then or earlier"}}}};
}

std::vector<Route> officer_routes() {
  constexpr unsigned kVersioned = Route::kWrite | Route::kChange;
  return {{"GET", "/drafts", "list_drafts", "drafts, the newest first", "draft.page", Route::kPaged, "",
           {{"state", "open, released, discarded or all; open ones when left out"}, {"kind", "of one kind of message"}}},
          {"GET", "/drafts/{id}", "show_draft", "one draft, with what would happen if it were released now", "draft"},
          {"PATCH", "/drafts/{id}", "change_draft", "change a draft: the fields that change, null takes one out", "draft", kVersioned, "draft.change",
           {{"on_revision", "the revision of its record that a change is put on"}}},
          {"POST", "/drafts/{id}/release", "release_draft", "do what it says", "written", kVersioned, "nothing"},
          {"POST", "/drafts/{id}/discard", "discard_draft", "its fields are gone", "draft", Route::kWrite, "nothing"},
          {"GET", "/interests", "list_interests", "standing interests, each with how many are new", "interest.page"},
          {"POST", "/interests", "make_interest", "keep a search, and be told what is new", "interest", Route::kWrite, "interest.fields"},
          {"GET", "/interests/{number}", "show_interest", "what is new since somebody last looked, the newest first", "interest.news", Route::kPaged},
          {"POST", "/interests/{number}/seen", "mark_interest_seen", "what there is now counts as seen", "interest", Route::kWrite, "interest.seen"},
          {"POST", "/interests/{number}/remove", "remove_interest", "forget it", "interest", Route::kWrite, "nothing"},
          {"GET", "/connectors", "list_connectors", "how this node is joined to the committee's other systems", "connector.page"},
          {"GET", "/connectors/{name}", "show_connector", "one of them: its last and next run, its errors, what waits", "connector"},
          {"GET", "/connectors/{name}/items", "list_connector_items", "what came or goes by it, the newest first", "connector.item.page", Route::kPaged, "",
           {{"state", "waiting, done, failed or held"}}},
          {"GET", "/connectors/{name}/tried", "try_connector", "what its rule would have let through, at most 100 messages", "connector.tried", Route::kPlain,
           "", {{"since", "since that day or time; a month when left out"}}},
          {"POST", "/connectors/{name}/run", "run_connector", "let it run at once", "connector", Route::kWrite, "nothing"},
          {"POST", "/connectors/{name}/test", "test_connector", "look whether it could; its page has the outcome", "connector.test", Route::kWrite, "nothing"},
          {"POST", "/connectors/{name}/pause", "pause_connector", "it rests until it is resumed, also over a start", "connector", Route::kWrite, "nothing"},
          {"POST", "/connectors/{name}/resume", "resume_connector", "it goes on where it was", "connector", Route::kWrite, "nothing"},
          {"POST", "/connectors/{name}/items/{number}/again", "try_connector_item_again", "what failed or is held is tried once more", "connector.item",
           Route::kWrite, "nothing"},
          {"GET", "/audit", "list_audit", "who did what, the newest first", "audit.page", Route::kPaged, "",
           {{"event", "such as visit.planned, or its part before the dot"}, {"by", "a user's number or name"},
            {"about", "the id of a record or draft, or a kind"}, {"since", "then or later"}, {"until", "then or earlier"}}},
          {"GET", "/explain", "explain", "why a committee could or could not see a message, a record, or something not sent yet", "explanation",
           Route::kPlain, "",
           {{"id", "of a message or record"}, {"for", "the committee"}, {"on", "a day or a time; now when left out"}, {"kind", "of what is not sent yet"},
            {"from", "who would send it"}, {"to", "its recipients, joined by commas"}, {"marking", "public, committees or named"}}}};
}

std::vector<Route> node_routes() {
  return {{"GET", "/status", "status", "how the node is, and its link to the broker", "status"},
          {"GET", "/messages", "list_messages", "messages, the newest first", "message.page", Route::kPaged, "",
           {{"direction", "sent, received or all"}, {"kind", "of one kind"}, {"state", "in one state"}}},
          {"GET", "/messages/{id}", "show_message", "one message: its whole id or the first 8 digits and more", "message"},
          {"GET", "/messages/{id}/trace", "trace_message", "every step with its time", "trace"},
          {"GET", "/messages/{id}/proof", "prove_message", "the proof file", "proof", Route::kPlain, "",
           {{"open", "1: with the content key, so that its holder can read the body"}}},
          {"GET", "/alarms", "list_alarms", "what must not be, with its evidence; open ones first", "alarm.page", Route::kPaged},
          {"GET", "/log", "log", "the own mirror of the log", "log"},
          {"GET", "/events", "events", "what happens, as it happens (server-sent events)", "text/event-stream"},
          {"GET", "/openapi.json", "openapi", "this document", "openapi"}};
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> out;
    for (const auto& group : {visit_routes(), record_routes(), found_routes(), officer_routes(), node_routes()})
      out.insert(out.end(), group.begin(), group.end());
    return out;
  }();
  return all;
}

std::vector<const Route*> routes_at(const std::vector<std::string>& path) {
  std::vector<const Route*> out;
  for (const Route& route : routes()) {
    if (fits(route, path)) out.push_back(&route);
  }
  return out;
}

}  // namespace liaison
