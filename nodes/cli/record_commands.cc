// SPDX-License-Identifier: Apache-2.0
// `liaison request new` and the like, a few for each kind of record, made from its page; and `liaison record ...`, which serve all kinds.
#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/node_client.h"
#include "nodes/cli/record_options.h"
#include "nodes/cli/record_print.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/when.h"
#include "nodes/cli/write.h"
#include "nodes/domain/words.h"
#include "schemas/record.h"

namespace liaison {
namespace {

using nlohmann::json;

const std::vector<Argument>& audience_arguments() {
  static const std::vector<Argument> arguments = {
      {"--marking", "MARKING", "public, committees or named; committees when left out", false, false, {"public", "committees", "named"}},
      {"--recipient", "MEMBER", "a committee that it is for, with the marking named", false, true}};
  return arguments;
}

Result<std::string> record_path(const Invocation& typed) {
  const std::string id = typed.text("RECORD");
  const auto parsed = parse_record_id(id);
  if (!parsed)
    return fail(Code::kUsage, "RECORD: '" + id.substr(0, 64) + "' is not the id of a record", "ids have the form 1540-R-2027-0001; the lists show them");
  return (parsed->letter == "V" ? "/visits/" : "/records/") + percent(id);
}

// What the node says of an id, in the form of its kind.
Result<const RecordKind*> kind_of_id(const Invocation& typed, const RecordKind* wanted) {
  const auto parsed = parse_record_id(typed.text("RECORD"));
  const RecordKind* kind = parsed ? record_kind_of_letter(parsed->letter) : nullptr;
  if (kind == nullptr)
    return fail(Code::kUsage, "RECORD: '" + typed.text("RECORD").substr(0, 64) + "' is not the id of such a record", "ids have the form 1540-R-2027-0001");
  if (wanted != nullptr && kind != wanted)
    return fail(Code::kUsage, "RECORD: " + typed.text("RECORD") + " is " + with_article(kind->noun) + " and no " + wanted->noun,
                "liaison " + kind->noun + " change " + typed.text("RECORD"));
  return kind;
}

Result<int> create(const RecordKind& kind, const Invocation& typed) {
  const json fields = TRY(typed_fields(typed, kind));
  return finish_write(typed, {field_options(kind), "POST", "/records/" + kind.kind, fields, {}});
}

Result<int> change_draft(const RecordKind& kind, const Invocation& typed) {
  const json draft = TRY(get_from_node(typed, "/drafts/" + percent(typed.text("RECORD"))));
  if (cell_of(draft, "kind") != kind.kind)
    return fail(Code::kUsage, "RECORD: " + cell_of(draft, "id") + " is a draft of the kind " + cell_of(draft, "kind") + " and no " + kind.noun,
                "liaison draft show " + cell_of(draft, "id"));
  const json fields = TRY(typed_fields(typed, kind));
  return finish_draft_change(typed, {field_options(kind), {}, {}, fields, {}}, draft);
}

Result<int> change(const RecordKind& kind, const Invocation& typed) {
  if (is_draft_id(typed.text("RECORD"))) return change_draft(kind, typed);
  TRY(kind_of_id(typed, &kind));
  const std::string path = TRY(record_path(typed));
  const json fields = TRY(typed_fields(typed, kind));
  if (fields.empty()) return fail(Code::kUsage, "nothing is to be changed", "give at least one of the fields, such as --note TEXT");
  std::string revision = typed.text("--revision");
  if (typed.has("--revision")) {
    revision = std::to_string(TRY(typed.number("--revision", 1, 1, UINT32_MAX)));
  } else {
    const json now = TRY(get_from_node(typed, path));
    revision = cell_of(now, "revision");
  }
  return finish_write(typed, {field_options(kind), "PATCH", path, fields, {{"If-Match", "\"" + revision + "\""}}});
}

Result<int> list(const RecordKind* kind, const Invocation& typed) {
  std::map<std::string, std::string> filters;
  for (const std::string name : {"state", "from", "to", "committee", "status", "since", "record", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  filters["kind"] = kind == nullptr ? typed.text("--kind") : kind->kind;
  const json page = TRY(get_from_node(typed, "/records" + query_of(filters)));
  print_page(typed, page, record_columns());
  return kExitOk;
}

Result<int> show(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json record = TRY(get_from_node(typed, path));
  if (typed.globals().output != Output::kTable) print_object(typed, record);
  else if (path.starts_with("/visits/")) typed.console().out << visit_page(record, typed.globals().zone);
  else typed.console().out << record_page(record, typed.globals().zone);
  return kExitOk;
}

Result<int> history(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json revisions = TRY(get_from_node(typed, path + "/history"));
  if (typed.globals().output == Output::kTable) typed.console().out << history_page(revisions, typed.globals().zone);
  else print_object(typed, revisions);
  return kExitOk;
}

Result<int> status(const Invocation& typed) {
  TRY(check_zone(typed.globals().zone));
  const std::string path = TRY(record_path(typed));
  const json found = TRY(get_from_node(typed, path + "/status"));
  if (typed.globals().output == Output::kTable) typed.console().out << status_page(found, typed.globals().zone);
  else print_object(typed, found);
  return kExitOk;
}

Result<int> answer(const Invocation& typed) {
  const RecordKind* kind = TRY(kind_of_id(typed, nullptr));
  const std::string path = TRY(record_path(typed));
  json body = {{"answer", typed.text("ANSWER")}};
  for (const std::string name : {"text", "source"}) {
    if (typed.has("--" + name)) body[name] = typed.text("--" + name);
  }
  if (typed.has("--about")) body["refers_to"] = typed.text("--about");
  if (typed.has("--unverified")) body["unverified"] = true;
  auto options = field_options(*kind);
  options["text"] = "--text";
  options["refers_to"] = "--about";
  return finish_write(typed, {std::move(options), "POST", path + "/answers", body, {}});
}

Result<int> recall(const Invocation& typed) {
  const RecordKind* kind = TRY(kind_of_id(typed, nullptr));
  const std::string path = TRY(record_path(typed));
  json fields = {{"reason", typed.text("--reason")}};
  if (typed.has("--contact")) fields["contact"] = typed.text("--contact");
  auto options = field_options(*kind);
  options["reason"] = "--reason";
  return finish_write(typed, {std::move(options), "POST", path + "/recall", fields, {}});
}

Result<int> dues(const Invocation& typed) {
  std::map<std::string, std::string> filters;
  for (const std::string name : {"state", "committee", "until", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  if (typed.has("--all")) filters["all"] = "1";
  const json page = TRY(get_from_node(typed, "/dues" + query_of(filters)));
  print_page(typed, page, due_columns());
  if (typed.globals().output == Output::kTable && page.value("items", json::array()).empty())
    typed.console().say("nothing is due until " + cell_of(page, "until"));
  return kExitOk;
}

Result<int> kinds(const Invocation& typed) {
  const json all = TRY(get_from_node(typed, "/kinds"));
  print_page(typed, all, {plain_column("kind", "kind"), plain_column("noun", "noun"), plain_column("letter", "letter"), plain_column("serves", "paragraph"),
                          plain_column("meaning", "meaning")});
  return kExitOk;
}

Result<int> kind(const Invocation& typed) {
  const RecordKind* known = record_kind(typed.text("KIND"));
  if (known == nullptr) known = record_kind_of_noun(typed.text("KIND"));
  if (known == nullptr) return fail(Code::kUsage, "KIND: '" + typed.text("KIND").substr(0, 64) + "' is no kind of record", "liaison record kinds lists them");
  const json found = TRY(get_from_node(typed, "/kinds/" + known->kind));
  if (typed.globals().output == Output::kTable) typed.console().out << kind_page(found);
  else print_object(typed, found);
  return kExitOk;
}

std::vector<Argument> list_arguments() {
  return {{"--state", "STATE", "of one State"}, {"--committee", "MEMBER", "of one committee"}, {"--from", "DATE", "with a day then or later"},
          {"--to", "DATE", "with a day then or earlier"}, {"--since", "DATE", "changed on that day or later (UTC)"},
          {"--record", "RECORD", "that name this record"}, {"--limit", "N", "how many, 1 to 500"}, {"--cursor", "CURSOR", "where the page before ended"}};
}

std::vector<Argument> with(std::vector<Argument> first, const std::vector<Argument>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// A line that could be typed: with every option that must be there.
std::string example_of(const RecordKind& kind) {
  std::string out = "liaison " + kind.noun + " new";
  for (const Argument& one : field_arguments(kind, true)) {
    if (!one.required) continue;
    std::string value = one.words.empty() ? one.value : std::string(one.words.front());
    if (value == "STATE") value = "KGZ";
    else if (value == "DATE") value = "2027-03-08";
    else if (value == "MEMBER") value = "1373";
    else if (value == "RECORD") value = "1540-R-2027-0001";
    else if (value == "N") value = "1";
    else if (value == "TEXT") value = "\"...\"";
    out += " " + one.name + " " + value;
  }
  return out;
}

std::vector<Command> commands_of(const RecordKind& kind) {
  const std::string id = "1540-" + kind.letter + "-2027-0001";
  auto changes =
      with({{"RECORD", "", "the " + kind.noun + ", such as " + id + ", or a draft of one", true},
            {"--revision", "N", "the revision you have read; the newest when left out"}},
           field_arguments(kind, false));
  auto lists = list_arguments();
  if (!kind.statuses().empty())
    lists.insert(lists.begin(), {"--status", "WORD", "that stand so", false, false, {kind.statuses().begin(), kind.statuses().end()}});
  else
    lists.insert(lists.begin(), {"--status", "WORD", "that stand so"});
  const std::string change_example = kind.statuses().size() > 1 ? " --status " + kind.statuses()[1] : " --note \"...\"";
  return {{kind.noun + " new", "record: " + kind.meaning, for_write(with(field_arguments(kind, true), audience_arguments())),
           [&kind](const Invocation& typed) { return create(kind, typed); }, {example_of(kind)}},
          {kind.noun + " change", "change one of your own committee, or take it a step further", for_write(with(std::move(changes), audience_arguments())),
           [&kind](const Invocation& typed) { return change(kind, typed); }, {"liaison " + kind.noun + " change " + id + change_example}},
          {kind.noun + " list", "those of all committees", std::move(lists), [&kind](const Invocation& typed) { return list(&kind, typed); },
           {"liaison " + kind.noun + " list", "liaison " + kind.noun + " list --state KGZ"}}};
}

}  // namespace

std::vector<Command> record_commands() {
  const Argument record{"RECORD", "", "the record, such as 1540-R-2027-0001", true};
  std::vector<std::string_view> names;
  for (const RecordKind& one : record_kinds()) names.push_back(one.kind);
  std::vector<Command> all = {
      {"record show", "one record of whatever kind, with its answers and what it may become", {record}, show, {"liaison record show 1540-R-2027-0001"}},
      {"record answer",
       "answer another committee's record",
       for_write({record,
                  {"ANSWER", "", "what you say to it", true, false, {answer_words().begin(), answer_words().end()}},
                  {"--text", "TEXT", "in words"},
                  {"--about", "RECORD", "another record that the answer is about"},
                  {"--source", "TEXT", "where this is known from"},
                  {"--unverified", "", "the source was not checked"}}),
       answer,
       {"liaison record answer 1540-R-2027-0001 supports --text \"our experts know the border posts\""}},
      {"record history", "all revisions of a record and what changed", {record}, history, {"liaison record history 1540-R-2027-0001"}},
      {"record status", "who has received and opened a record, and when", {record}, status, {"liaison record status 1540-R-2027-0001"}},
      {"record recall",
       "take a wrong record back: every other copy is removed",
       for_write({record, {"--reason", "TEXT", "why, in a few words", true}, {"--contact", "TEXT", "office that others call about it"}}),
       recall,
       {"liaison record recall 1540-R-2027-0001 --reason \"sent to the wrong committee\""}},
      {"record list",
       "records of all kinds and committees",
       with({{"--kind", "KIND", "of one kind", false, false, names}, {"--status", "WORD", "that stand so"}}, list_arguments()),
       [](const Invocation& typed) { return list(nullptr, typed); },
       {"liaison record list --state KGZ", "liaison record list --since 2027-03-01"}},
      {"due",
       "what is to be done by when: obligations, reports, replies, tasks and clocks, the longest overdue first",
       {{"--state", "STATE", "of one State"},
        {"--committee", "MEMBER", "of one committee's records"},
        {"--until", "DATE", "due then or earlier; in 90 days when left out"},
        {"--all", "", "what was done too, and how late"},
        {"--limit", "N", "how many, 1 to 500"},
        {"--cursor", "CURSOR", "where the page before ended"}},
       dues,
       {"liaison due", "liaison due --state KGZ --all"}},
      {"record kinds", "the kinds of record that there are", {}, kinds, {"liaison record kinds"}},
      {"record kind",
       "what may stand in a kind of record, field by field",
       {{"KIND", "", "its name or noun, such as assistance.request or request", true}},
       kind,
       {"liaison record kind request"}}};
  for (const RecordKind& one : record_kinds()) {
    for (Command& command : commands_of(one)) all.push_back(std::move(command));
  }
  return all;
}

}  // namespace liaison
