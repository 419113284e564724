// SPDX-License-Identifier: Apache-2.0
// `liaison visit ...` and `liaison conflicts`: an officer's acts, each a request to the running node. A write is shown as a
// dry run and confirmed first when a person is there; a script is taken at its word.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/command.h"
#include "nodes/cli/import_command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/visit_export.h"
#include "nodes/cli/visit_print.h"
#include "nodes/cli/visit_rows.h"
#include "nodes/cli/when.h"
#include "nodes/cli/write.h"
#include "nodes/domain/findings.h"
#include "nodes/domain/visit_rules.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

// The API's fields as the options they were typed in.
const std::map<std::string, std::string>& visit_options() {
  static const std::map<std::string, std::string> options = {
      {"states", "--state"}, {"components.start", "--from"}, {"components.end", "--to"}, {"components", "--from and --to"}, {"kind", "--kind"},
      {"title", "--title"}, {"aims", "--aim"}, {"status", "--status"}, {"participation", "--participant"}, {"consent", "--consent"},
      {"consent.status", "--consent"}, {"consent.date", "--consent"}, {"consent.reference", "--consent"}, {"invitation", "--invitation"},
      {"invitation.date", "--invitation"}, {"invitation.reference", "--invitation"}, {"invitation.issuer", "--invitation"},
      {"states.alpha3", "--state"}, {"states.name_in_source", "--state"}, {"components.places", "--place"}, {"components.mode", "--component"},
      {"id", "RECORD"}, {"note", "--note"},
      {"source", "--source"}, {"contact", "--contact"}, {"paragraph", "--paragraph"}, {"participation.role", "--participant"}, {"body", "--body"},
      {"overlap_only", "--overlap-only"},
      {"merged_into", "--merged-into"}, {"reports", "--report"}, {"reports.kind", "--report"}, {"reports.date", "--report"}, {"reports.symbol", "--report"},
      {"reason", "--reason"}, {"marking", "--marking"}, {"to", "--recipient"}, {"text", "--text"}, {"answer", "ANSWER"}};
  return options;
}

// An empty id would ask for the list of all visits.
Result<std::string> record_path(const Invocation& typed) {
  if (typed.text("RECORD").empty()) return fail(Code::kUsage, "RECORD is empty", "give the visit's id, such as 1540-V-2027-0001");
  return "/visits/" + percent(typed.text("RECORD"));
}

Result<json> components_of(const Invocation& typed) {
  json all = json::array();
  for (const std::string& one : typed.texts("--component")) all.push_back(TRY(parse_component(one, ',')));
  if (!typed.has("--from") && !typed.has("--to")) {
    if (!typed.has("--place") || all.empty()) return all;
    return fail(Code::kUsage, "--place goes with --from and --to", "a --component names its places itself, after its days");
  }
  json component = json::object();
  if (typed.has("--from")) component["start"] = typed.text("--from");
  if (typed.has("--to")) component["end"] = typed.text("--to");
  if (typed.has("--place")) component["places"] = typed.texts("--place");
  all.insert(all.begin(), component);
  return all;
}

// Only what was typed: the rest stays as the record has it, or gets the node's default.
Result<json> visit_fields(const Invocation& typed) {
  json fields = json::object();
  const json components = TRY(components_of(typed));
  if (!components.empty()) fields["components"] = components;
  const std::vector<std::pair<std::string, std::string>> words = {
      {"--kind", "kind"}, {"--title", "title"}, {"--status", "status"}, {"--note", "note"}, {"--source", "source"},
      {"--contact", "contact"}, {"--paragraph", "paragraph"}, {"--marking", "marking"}, {"--merged-into", "merged_into"}};
  for (const auto& [option, field] : words) {
    if (typed.has(option)) fields[field] = typed.text(option);
  }
  const std::vector<std::pair<std::string, std::string>> lists = {{"--aim", "aims"}, {"--recipient", "to"}};
  for (const auto& [option, field] : lists) {
    if (typed.has(option)) fields[field] = typed.texts(option);
  }
  for (const std::string& one : typed.texts("--state")) fields["states"].push_back(parse_state(one));
  for (const std::string& one : typed.texts("--participant")) fields["participation"].push_back(TRY(parse_participation(one)));
  for (const std::string& one : typed.texts("--report")) fields["reports"].push_back(TRY(parse_report(one)));
  if (typed.has("--unverified")) fields["unverified"] = true;
  return fields;
}

Result<void> add_consent(const Invocation& typed, json& fields) {
  const auto consent = split(typed.text("--consent"), ',', 3);
  if (typed.has("--consent")) {
    fields["consent"] = {{"status", consent[0]}};
    if (consent.size() > 1) fields["consent"]["date"] = consent[1];
    if (consent.size() > 2) fields["consent"]["reference"] = consent[2];
  }
  if (!typed.has("--invitation")) return {};
  const auto invitation = split(typed.text("--invitation"), ',', 3);
  if (invitation.size() < 2) return fail(Code::kUsage, "--invitation takes DATE,REFERENCE,ISSUER", "the issuer may be left out");
  fields["invitation"] = {{"date", invitation[0]}, {"reference", invitation[1]}};
  if (invitation.size() > 2) fields["invitation"]["issuer"] = invitation[2];
  return {};
}

Result<int> plan(const Invocation& typed) {
  json fields = TRY(visit_fields(typed));
  TRY(add_consent(typed, fields));
  if (typed.has("--overlap-only")) fields["overlap_only"] = true;
  return finish_write(typed, {visit_options(), "POST", "/visits", fields, {}});
}

// What --from, --to and --place say is said of the visit's one part; the rest of it stays. A visit of one day, or one month, that
// is only told its new beginning is moved there.
Result<json> changed_component(const Invocation& typed, const json& visit) {
  const json parts = visit.value("components", json::array());
  if (parts.size() != 1 || !parts[0].is_object()) {
    return fail(Code::kUsage, fmt::format("this visit has {} parts, and --from, --to and --place do not say which one is meant", parts.size()),
                "give each part anew with --component MODE,START,END,PLACE");
  }
  json component = parts[0];
  component.erase("precision");   // the dates say it
  const bool single = component["start"] == component["end"];
  if (typed.has("--from")) component["start"] = typed.text("--from");
  if (typed.has("--to")) component["end"] = typed.text("--to");
  else if (typed.has("--from") && single) component["end"] = typed.text("--from");
  if (typed.has("--place")) component["places"] = typed.texts("--place");
  return component;
}

// The days of a draft are its own where it says some, else those of the visit that it changes.
Result<int> change_draft(const Invocation& typed, json fields, bool some_days) {
  const json draft = TRY(get_from_node(typed, "/drafts/" + percent(typed.text("RECORD"))));
  if (cell_of(draft, "kind") != kKindVisitPlan)
    return fail(Code::kUsage, "RECORD: " + cell_of(draft, "id") + " is a draft of the kind " + cell_of(draft, "kind") + " and no plan of a visit",
                "liaison draft show " + cell_of(draft, "id"));
  if (some_days) {
    json base = draft.value("fields", json::object());
    if (!base.contains("components") && draft["record"].is_string()) base = TRY(get_from_node(typed, "/visits/" + percent(cell_of(draft, "record"))));
    fields["components"] = json::array({TRY(changed_component(typed, base))});
  }
  return finish_draft_change(typed, {visit_options(), {}, {}, fields, {}}, draft);
}

Result<int> change(const Invocation& typed) {
  const std::string path = TRY(record_path(typed));
  json fields = TRY(visit_fields(typed));
  TRY(add_consent(typed, fields));
  const bool some_days = (typed.has("--from") || typed.has("--to") || typed.has("--place")) && !typed.has("--component");
  if (is_draft_id(typed.text("RECORD"))) return change_draft(typed, std::move(fields), some_days);
  if (fields.empty() && !some_days) return fail(Code::kUsage, "nothing is to be changed", "give at least one of the fields, such as --status scheduled");
  const NodeClient node = TRY(NodeClient::of(typed));
  std::string revision = typed.text("--revision");
  if (typed.has("--revision")) revision = std::to_string(TRY(typed.number("--revision", 1, 1, UINT32_MAX)));
  if (revision.empty() || some_days || fields.contains("reports")) {
    const json visit = TRY(node.get(path));
    if (revision.empty()) revision = cell_of(visit, "revision");
    if (fields.contains("reports")) {   // what was recorded stays
      json all = visit.value("reports", json::array());
      all.insert(all.end(), fields["reports"].begin(), fields["reports"].end());
      fields["reports"] = std::move(all);
    }
    if (some_days) fields["components"] = json::array({TRY(changed_component(typed, visit))});
  }
  return finish_write(typed, {visit_options(), "PATCH", path, fields, {{"If-Match", "\"" + revision + "\""}}});
}

bool offers(const json& answer) { return answer.is_object() && (answer.value("answer", "") == "joins" || answer.value("answer", "") == "advises"); }

// The last word of each committee that would take part; comments leave it as it was.
std::map<std::string, std::string> offers_to(const json& visit) {
  std::map<std::string, std::string> open;
  for (const auto& one : visit.value("answers", json::array())) {
    const std::string from = cell_of(one, "from"), word = cell_of(one, "answer");
    if (offers(one)) open[from] = word;
    else if (word == "declines" || word == "objects") open.erase(from);
  }
  return open;
}

Result<std::string> offer_meant(const Invocation& typed, const std::map<std::string, std::string>& open) {
  std::string names;
  for (const auto& [from, word] : open) names += (names.empty() ? "" : ", ") + from;
  if (open.empty()) {
    return fail(Code::kTransition, "no committee has offered to take part in this visit",
                "invite one: liaison visit change RECORD --participant 1267:invited, with those who take part already");
  }
  if (typed.has("--with") && !open.contains(typed.text("--with"))) {
    return fail(Code::kTransition, typed.text("--with") + " has not offered to take part in this visit", "these have: " + names);
  }
  if (!typed.has("--with") && open.size() > 1) {
    return fail(Code::kUsage, "several committees have offered to take part", "say which one with --with: " + names);
  }
  return typed.has("--with") ? typed.text("--with") : open.begin()->first;
}

// Both have agreed once the plan names who offered.
Result<int> agree(const Invocation& typed) {
  const std::string path = TRY(record_path(typed));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json visit = TRY(node.get(path));
  const auto open = offers_to(visit);
  const std::string with = TRY(offer_meant(typed, open));
  json all = json::array();
  for (const auto& one : visit.value("participation", json::array())) {
    if (cell_of(one, "body") != with) all.push_back(one);
  }
  all.push_back({{"body", with}, {"role", open.at(with) == "joins" ? "participates" : "advises"}});
  return finish_write(typed, {visit_options(), "PATCH", path, {{"participation", all}}, {{"If-Match", "\"" + cell_of(visit, "revision") + "\""}}});
}

Result<int> answer(const Invocation& typed) {
  const std::string path = TRY(record_path(typed));
  json body = {{"answer", typed.text("ANSWER")}};
  for (const std::string name : {"body", "text", "source"}) {
    if (typed.has("--" + name)) body[name] = typed.text("--" + name);
  }
  if (typed.has("--unverified")) body["unverified"] = true;
  if (typed.has("--historical")) body["historical"] = true;
  return finish_write(typed, {visit_options(), "POST", path + "/answers", body, {}});
}

Result<int> list(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  std::map<std::string, std::string> filters;
  for (const std::string name : {"state", "from", "to", "committee", "status", "text", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  filters["overlap_only"] = "1";
  const json page = TRY(node.get("/visits" + query_of(filters)));
  print_page(typed, page, visit_columns());
  return kExitOk;
}

Result<int> show(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json visit = TRY(get_from_node(typed, path));
  if (typed.globals().output == Output::kTable) {
    typed.console().out << visit_page(visit, typed.globals().zone);
  } else {
    print_object(typed, visit);
  }
  return kExitOk;
}

Result<int> history(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json revisions = TRY(get_from_node(typed, path + "/history"));
  if (typed.globals().output == Output::kTable) {
    typed.console().out << history_page(revisions, typed.globals().zone);
  } else {
    print_object(typed, revisions);
  }
  return kExitOk;
}

Result<int> recall(const Invocation& typed) {
  const std::string path = TRY(record_path(typed));
  json fields = {{"reason", typed.text("--reason")}};
  if (typed.has("--contact")) fields["contact"] = typed.text("--contact");
  return finish_write(typed, {visit_options(), "POST", path + "/recall", fields, {}});
}

Result<int> visit_status(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json status = TRY(get_from_node(typed, path + "/status"));
  if (typed.globals().output == Output::kTable) typed.console().out << status_page(status, typed.globals().zone);
  else print_object(typed, status);
  return kExitOk;
}

Result<int> conflicts(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  std::map<std::string, std::string> filters;
  for (const std::string name : {"kind", "state", "visit", "committee", "since", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  const json page = TRY(node.get("/conflicts" + query_of(filters)));
  if (typed.globals().output != Output::kTable) {
    print_page(typed, page, finding_columns());
    return kExitOk;
  }
  const json status = TRY(node.get("/status"));
  const std::string own = cell_of(status, "member");
  const json items = page.value("items", json::array());
  for (const auto& finding : items) typed.console().out << finding_lines(finding, own);
  typed.console().out << more_lines(page);
  if (items.empty()) typed.console().say("nothing to show: no visits come too close to each other");
  const std::string next = cell_of(page, "next");
  if (!next.empty()) typed.console().say("there is more: add --cursor " + printable(next));
  return kExitOk;
}

std::vector<Argument> with_fields(std::vector<Argument> arguments, bool required) {
  const std::vector<Argument> fields = {
      {"--state", "STATE", "a State: its code or its name; CODE=NAME when the source calls it otherwise", required, true},
      {"--from", "DATE", "first day: 2027-03-08, or 2027-03, or 2027"},
      {"--to", "DATE", required ? "last day; the first one when left out" : "last day"},
      {"--component", "MODE,START,END,PLACE",
       required ? "a part of the visit, such as virtual,2027-01-11,2027-01-13" : "a part of the visit; all parts are given anew", false, true,
       all_words<ComponentMode>(), "MODE"},
      {"--place", "PLACE", "a place visited", false, true},
      {"--kind", "KIND", "first, follow_up, invited_visit, assessment, ...", false, false, all_words<VisitKind>()},
      {"--title", "TEXT", "one line that says what the visit is for", required},
      {"--aim", "AIM", "an aim, such as action_plan", false, true, aims_of(MemberId())},
      {"--status", "STATUS", "where the visit stands, such as scheduled", false, false, all_words<VisitStatus>()},
      {"--participant", "BODY:ROLE", required ? "who else takes part, such as UNODC:participates" : "who else takes part; all are given anew", false, true,
       all_words<ParticipationRole>(), "ROLE"},
      {"--consent", "STATUS[,DATE[,REFERENCE]]", "the State's consent; date and reference may be left out", false, false,
       all_words<ConsentStatus>(), "STATUS"},
      {"--invitation", "DATE,REFERENCE,ISSUER", "the State's invitation"},
      {"--report", "KIND,DATE[,SYMBOL]", "a report and the day on which it was received; those recorded before stay", false, true,
       all_words<ReportKind>(), "KIND"},
      {"--merged-into", "RECORD", "the visit in which this one goes on"},
      {"--paragraph", "TEXT", "the paragraph that the visit rests on"},
      {"--contact", "TEXT", "office that others call about it"},
      {"--note", "TEXT", "a remark"},
      {"--source", "TEXT", "where this is known from"},
      {"--unverified", "", "the source was not checked"},
      {"--marking", "MARKING", "public, committees or named", false, false, {"public", "committees", "named"}},
      {"--recipient", "MEMBER", "a committee that receives it; all others when left out", false, true}};
  arguments.insert(arguments.end(), fields.begin(), fields.end());
  return arguments;
}

}  // namespace

std::vector<Command> visit_commands() {
  const Argument record{"RECORD", "", "the visit, such as 1540-V-2027-0001", true};
  const Argument limit{"--limit", "N", "how many: 1 to 500, 50 when left out"};
  const Argument cursor{"--cursor", "C", "where the page before ended"};
  return {
      {"visit plan", "plan a visit and tell the other committees",
       for_write(with_fields({{"--overlap-only", "", "keep it at this node: the others learn of an overlap and whom to call, and nothing else"}}, true)), plan,
       {"liaison visit plan --state Kyrgyzstan --from 2027-03-08 --to 2027-03-12 --kind invited_visit --aim action_plan --title \"National action plan\"",
        "liaison visit plan --state KGZ --from 2027-03 --title \"Border control\" --dry-run",
        "liaison visit plan --state KGZ --from 2027-03-08 --to 2027-03-12 --title \"Border control\" --overlap-only"},
       {"A person is shown who would receive the plan, and under which rule, and is asked before anything is sent. A script is taken at its word.",
        "The plan is safe on the node's disk when the command ends, and leaves by itself. Visits that come too close are shown with whom to call."}},
      {"visit change", "change a visit of your own committee",
       for_write(with_fields({{"RECORD", "", "the visit, such as 1540-V-2027-0001, or a draft of one, such as draft-7", true},
                              {"--revision", "N", "the revision you have read; the newest when left out"}}, false)), change,
       {"liaison visit change 1540-V-2027-0001 --from 2027-04-05 --to 2027-04-09", "liaison visit change 1540-V-2027-0001 --status scheduled"},
       {"What is not named stays as it is. --from, --to and --place change the days and places of a visit of one part; a visit of several parts is "
        "given anew with one --component for each."}},
      {"visit answer", "answer another committee's visit",
       for_write({record, {"ANSWER", "", "joins, advises, declines, comments or objects", true, false, all_words<AnswerKind>()},
                  {"--body", "BODY", "which office takes part"},
                  {"--text", "TEXT", "in words"}, {"--source", "TEXT", "where this is known from"}, {"--unverified", "", "the source was not checked"},
                  {"--historical", "", "it tells of the past"}}),
       answer, {"liaison visit answer 1373-V-2027-0002 joins --body \"1540 Group of Experts\" --text \"one expert for border control\""}},
      {"visit agree", "agree that a committee that offered it takes part in your visit",
       for_write({record, {"--with", "MEMBER", "the committee; needed when several have offered"}}), agree,
       {"liaison visit agree 1373-V-2027-0002", "liaison visit agree 1373-V-2027-0002 --with 1267"},
       {"It then stands in the plan, and in the calendars of both."}},
      {"visit list", "visits of all committees that you may see",
       {{"--state", "STATE", "of one State"}, {"--from", "DATE", "ending on this day or later"}, {"--to", "DATE", "beginning on this day or earlier"},
        {"--committee", "MEMBER", "led by one committee"}, {"--status", "STATUS", "in one status", false, false, all_words<VisitStatus>()},
        {"--text", "TEXT", "with these words"}, limit, cursor},
       list, {"liaison visit list --state KGZ", "liaison visit list --committee 1373 --from 2027-01-01 -o csv"}},
      {"visit show", "one visit with its answers and findings", {record}, show, {"liaison visit show 1373-V-2027-0002"}},
      {"visit recall", "take a wrong visit back: every other copy is removed",
       for_write({record, {"--reason", "TEXT", "why, in a few words", true}, {"--contact", "TEXT", "office that others call about it"}}), recall,
       {"liaison visit recall 1540-V-2027-0001 --reason \"planned for the wrong State\""}},
      {"visit status", "who has received and opened a visit, and when", {record}, visit_status, {"liaison visit status 1540-V-2027-0001"}},
      {"visit history", "all revisions of a visit and what changed", {record}, history, {"liaison visit history 1540-V-2027-0001"}},
      {"visit export", "write visits to a file that imports again unchanged: CSV, JSON or a calendar",
       {{"FILE", "", "the file; standard output when left out"},
        {"--format", "FORMAT", "csv, json or ics; by the file's ending when left out", false, false, {"csv", "json", "ics"}},
        {"--watch", "", "keep the file up to date until you stop it, for a calendar program that subscribes to it"}, {"--state", "STATE", "of one State"},
        {"--from", "DATE", "ending on this day or later"}, {"--to", "DATE", "beginning on this day or earlier"},
        {"--committee", "MEMBER", "led by one committee"}, {"--status", "STATUS", "in one status", false, false, all_words<VisitStatus>()},
        {"--text", "TEXT", "with these words"}},
       visit_export, {"liaison visit export visits.csv", "liaison visit export visits.ics --watch", "liaison visit export --format json --state KGZ"},
       {"Days in a calendar are those of the State that is visited. The identity of each event stays the same, so that a calendar program replaces it.",
        "A calendar has the joint visits too, unless --status or --text is given; an import of visits passes them over."}},
      {"visit import", "import a file of visits: CSV, JSON or a calendar",
       {{"FILE", "", "CSV with a head line (the manual lists the columns), what visit export wrote, or a calendar", true},
        {"--historical", "", "visits that have taken place"},
        {"--mine-only", "", "leave out visits that another committee led"}, {"--keep-going", "", "store the good rows although others have errors"},
        {"--draft", "", "keep the rows at the node as drafts, one for each 500 rows, which an officer releases later; send nothing"},
        {"--dry-run", "", "check, and show who would receive it and under which rule; send nothing"}, {"--yes", "", "do not ask"},
        {"--request-id", "ID", "the same id creates nothing twice"}},
       visit_import, {"liaison visit import visits.csv --dry-run", "liaison visit import visits.csv --historical --mine-only"},
       {"All rows are checked before anything is stored, and nothing is stored unless all are good or --keep-going is given. Mistakes are told by line."}},
      {"conflicts", "visits that come too close, and whom to call",
       {{"--kind", "KIND", "overlap, adjacency, own_overlap, participation, chain, region, waiting, gap or overlap_only", false, false, finding_kinds()},
        {"--state", "STATE", "of one State"},
        {"--visit", "RECORD", "of one visit"}, {"--committee", "MEMBER", "with one committee"}, {"--since", "DATE", "that came up on this day or later (UTC)"},
        limit, cursor},
       conflicts, {"liaison conflicts", "liaison conflicts --kind overlap --state KGZ"}}};
}

}  // namespace liaison
