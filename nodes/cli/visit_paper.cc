// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_paper.h"

#include <algorithm>

#include "nodes/cli/paper_words.h"
#include "nodes/cli/table.h"
#include "nodes/cli/when.h"
#include "nodes/domain/states.h"
#include "schemas/record_kind.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;
using Facts = std::vector<PaperFact>;

bool is_true(const json& object, const char* name) { return cell_of(object, name) == "true"; }

void add_line(std::string& text, const std::string& more) {
  if (!more.empty()) text += (text.empty() ? "" : "\n") + more;
}

// One paper in one language.
class Writer {
 public:
  explicit Writer(const PaperMaking& making) : making_(making), in_(making.language) {}

  Paper visit(const json& visit) const {
    Paper paper = begin("visit_report", cell_of(visit, "title"), cell_of(visit, "id"));
    const std::string marking = cell_of(visit, "marking");
    // What was found speaks of other committees' visits too, which may be for fewer eyes than this one.
    const bool found = !list_of(visit, "findings").empty();
    if (!marking.empty()) paper.classification = vocabulary_word("marking", found ? "named" : marking, in_);
    Facts facts = recall_facts(visit);
    if (visit.contains("title")) {
      const Facts more = visit_facts(visit);
      facts.insert(facts.end(), more.begin(), more.end());
    } else {
      facts.insert(facts.begin(), {word("record"), cell_of(visit, "id")});
    }
    const Facts made = making_facts();
    facts.insert(facts.end(), made.begin(), made.end());
    paper.sections.push_back({"", {std::move(facts)}});
    add(paper, "participants", participants(visit));
    add(paper, "answers", answers(visit));
    add_findings(paper, list_of(visit, "findings"), list_of(visit, "more"));
    add(paper, "reports", reports(visit));
    add(paper, "deadline", deadlines(visit));
    add(paper, "evidence", evidence(visit));
    return paper;
  }

  Paper state(const json& state, const json& visits, const json& records) const {
    const std::string code = cell_of(state, "alpha3");
    Paper paper = begin("state_report", name_of(code, cell_of(state, "name")), code);
    Facts facts = {{word("state"), name_of(code, cell_of(state, "name"))},
                   {word("codes"), code + ", " + cell_of(state, "alpha2") + ", " + cell_of(state, "m49")},
                   {word("region"), vocabulary_word("region", cell_of(state, "region"), in_)},
                   {word("group"), vocabulary_word("group", cell_of(state, "group"), in_)},
                   {word("former_names"), former_names(state)}};
    const Facts made = making_facts();
    facts.insert(facts.end(), made.begin(), made.end());
    paper.sections.push_back({"", {std::move(facts)}});
    add(paper, "names", names(state));
    if (visits.empty()) paper.sections.push_back({word("visits"), {word("no_visits")}});
    add(paper, "visits", visit_table(visits));
    for (const RecordKind& kind : record_kinds()) {
      PaperTable table = record_table(records, kind.kind);
      if (!table.rows.empty()) paper.sections.push_back({of("record_kind", kind.kind), {std::move(table)}});
    }
    add_findings(paper, list_of(state, "findings"), json::array());
    return paper;
  }

 private:
  std::string word(std::string_view key) const { return paper_word(key, in_); }
  std::string of(std::string_view vocabulary, const std::string& said) const { return vocabulary_word(vocabulary, said, in_); }
  std::string day(const json& object, const char* name) const { return paper_day(cell_of(object, name), in_); }
  std::string time(const json& object, const char* name) const { return people_time(cell_of(object, name), making_.zone); }
  std::string name_of(const std::string& alpha3, const std::string& otherwise) const {
    return States::standard().find(alpha3) == nullptr ? otherwise : States::standard().name_of(alpha3, in_);
  }

  Paper begin(const char* title, const std::string& subtitle, const std::string& reference) const {
    Paper paper;
    paper.language = in_;
    paper.title = word(title);
    paper.subtitle = subtitle;
    paper.reference = reference;
    paper.made_at_ms = making_.at_ms;
    paper.classification = word("confidential");
    return paper;
  }

  // A table only where it has rows.
  void add(Paper& paper, const char* heading, PaperTable table) const {
    if (!table.rows.empty()) paper.sections.push_back({word(heading), {std::move(table)}});
  }

  Facts making_facts() const {
    return {{word("prepared_by"), filled(word("committee_of"), {making_.member})}, {word("as_of"), people_time(rfc3339(making_.at_ms), making_.zone)}};
  }

  std::string states(const json& visit) const {
    std::string text;
    for (const auto& state : list_of(visit, "states")) {
      const std::string code = cell_of(state, "alpha3"), other = cell_of(state, "name_in_source");
      add_line(text, name_of(code, cell_of(state, "name")) + " (" + code + ")");
      if (!other.empty()) add_line(text, filled(word("name_in_source"), {other}));
    }
    return text;
  }

  std::string each(const json& object, const char* list, std::string_view vocabulary) const {
    std::string text;
    for (const auto& one : list_of(object, list)) add_line(text, of(vocabulary, one.is_string() ? one.get<std::string>() : ""));
    return text;
  }

  std::string places(const json& visit) const {
    std::string text;
    for (const auto& component : list_of(visit, "components")) add_line(text, cell_of(component, "places", "\n"));
    return text;
  }

  std::string consent(const json& visit) const {
    const json consent = visit.value("consent", json::object());
    std::string text = of("consent", cell_of(consent, "status"));
    for (const std::string& more : {day(consent, "date"), cell_of(consent, "reference"), cell_of(consent, "signed_by")}) add_line(text, more);
    return text;
  }

  std::string invitation(const json& visit) const {
    const json invitation = visit.value("invitation", json());
    std::string text;
    if (!invitation.is_object()) return text;
    for (const std::string& more : {cell_of(invitation, "reference"), day(invitation, "date"), cell_of(invitation, "issuer")}) add_line(text, more);
    return text;
  }

  std::string source(const json& visit) const {
    std::string text = cell_of(visit, "source");
    if (is_true(visit, "unverified")) add_line(text, word("not_verified"));
    return text;
  }

  Facts visit_facts(const json& visit) const {
    Facts facts = {{word("record"), cell_of(visit, "id")}, {word("revision"), cell_of(visit, "revision")},
                   {word("states"), states(visit)}, {word("dates"), paper_days_of(list_of(visit, "components"), in_)},
                   {word("places"), places(visit)}, {word("led_by"), filled(word("committee_of"), {cell_of(visit, "lead")})},
                   {word("kind"), of("kind", cell_of(visit, "kind"))}, {word("status"), of("status", cell_of(visit, "status"))},
                   {word("goes_on_in"), cell_of(visit, "merged_into")}, {word("takes_in"), cell_of(visit, "merged_here", "\n")},
                   {word("aims"), each(visit, "aims", "aim")}, {word("consent"), consent(visit)}, {word("invitation"), invitation(visit)},
                   {word("paragraph"), cell_of(visit, "paragraph")}, {word("contact"), cell_of(visit, "contact")},
                   {word("note"), cell_of(visit, "note")}, {word("source"), source(visit)}, {word("audience"), cell_of(visit, "recipients")}};
    return facts;
  }

  Facts recall_facts(const json& visit) const {
    const json recall = visit.value("recalled", json());
    if (!recall.is_object()) return {};
    std::string by = filled(word("recalled_by"), {cell_of(recall, "by")});
    add_line(by, recall.value("accepted_at", json()).is_null() ? word("not_in_log") : time(recall, "accepted_at"));
    return {{word("recalled"), by}, {word("reason"), cell_of(recall, "reason")}, {word("contact"), cell_of(recall, "contact")}};
  }

  PaperTable participants(const json& visit) const {
    PaperTable table{{{word("organisation"), 3}, {word("role"), 2}, {word("note"), 4}}, {}};
    for (const auto& one : list_of(visit, "participation"))
      table.rows.push_back({cell_of(one, "body"), of("role", cell_of(one, "role")), cell_of(one, "note")});
    return table;
  }

  PaperTable answers(const json& visit) const {
    PaperTable table{{{word("committee"), 2}, {word("answer"), 2}, {word("text"), 5}, {word("time"), 3}}, {}};
    for (const auto& one : list_of(visit, "answers")) {
      std::string text;
      for (const char* field : {"body", "text", "contact", "source"}) add_line(text, cell_of(one, field));
      if (const std::string earlier = cell_of(one, "said_of"); !earlier.empty()) add_line(text, filled(word("said_of"), {earlier}));
      if (is_true(one, "unverified")) add_line(text, word("not_verified"));
      table.rows.push_back({cell_of(one, "from"), of("answer", cell_of(one, "answer")), text, time(one, "accepted_at")});
    }
    return table;
  }

  // The sentence is the node's, in English; the rest says it in any language.
  void add_findings(Paper& paper, const json& findings, const json& more) const {
    PaperTable table{{{word("kind"), 3}, {word("record"), 3}, {word("dates"), 3}, {word("text"), 5}}, {}};
    for (const auto& finding : findings) {
      const json days = list_of(finding, "days");
      std::string text = cell_of(finding, "sentence");
      for (const auto& contact : list_of(finding, "contacts")) add_line(text, cell_of(contact, "committee") + ": " + cell_of(contact, "contact"));
      table.rows.push_back({of("finding", cell_of(finding, "kind")), cell_of(finding, "visits", "\n"),
                            days.size() == 2 ? paper_days({{"start", days[0]}, {"end", days[1]}, {"precision", "day"}}, in_) : "", text});
    }
    PaperSection section{word("findings"), {}};
    if (table.rows.empty()) section.parts.emplace_back(word("no_findings"));
    else section.parts.emplace_back(std::move(table));
    for (const auto& sentence : more) section.parts.emplace_back(sentence.is_string() ? sentence.get<std::string>() : "");
    if (in_ != Language::kEnglish && !findings.empty()) section.parts.emplace_back(word("finding_text"));
    paper.sections.push_back(std::move(section));
  }

  PaperTable reports(const json& visit) const {
    PaperTable table{{{word("report"), 3}, {word("received_on"), 3}, {word("symbol"), 3}}, {}};
    for (const auto& one : list_of(visit, "reports")) table.rows.push_back({of("report", cell_of(one, "kind")), day(one, "date"), cell_of(one, "symbol")});
    return table;
  }

  PaperTable deadlines(const json& visit) const {
    PaperTable table{{{word("awaited"), 3}, {word("deadline"), 3}, {word("status"), 3}}, {}};
    for (const auto& one : list_of(visit, "follow_ups")) table.rows.push_back({of("report", cell_of(one, "awaited")), day(one, "due"), follow_up(one)});
    return table;
  }

  std::string follow_up(const json& one) const {
    if (!cell_of(one, "done").empty()) return filled(word("came_on"), {day(one, "done")});
    if (!is_true(one, "waits")) return word("none_came");
    std::string text = word("not_there_yet");
    const auto due = parse_date(cell_of(one, "due"));
    const std::int64_t late = due ? day_in_zone(making_.at_ms, making_.zone) - *due : 0;
    if (late > 0) add_line(text, filled(word("days_late"), {std::to_string(late)}));
    return text;
  }

  std::vector<std::string> proof_of(const std::string& what, const json& message) const {
    const std::string index = cell_of(message, "index");
    std::string id = cell_of(message, "message_id");
    if (is_true(message, "compromised")) add_line(id, word("compromised"));
    return {what, id, index.empty() ? word("not_in_log") : index, time(message, "accepted_at")};
  }

  PaperTable evidence(const json& visit) const {
    PaperTable table{{{word("subject"), 3}, {word("message"), 5}, {word("log_entry"), 2}, {word("time"), 3}}, {}};
    if (visit.contains("message_id")) table.rows.push_back(proof_of(word("revision") + " " + cell_of(visit, "revision"), visit));
    for (const auto& one : list_of(visit, "answers")) table.rows.push_back(proof_of(word("answer") + "\n" + cell_of(one, "from"), one));
    if (const json recall = visit.value("recalled", json()); recall.is_object()) table.rows.push_back(proof_of(word("recalled"), recall));
    return table;
  }

  std::string former_names(const json& state) const {
    std::string text;
    for (const auto& one : list_of(state, "former_names")) {
      const std::string until = cell_of(one, "until");
      add_line(text, until.empty() ? cell_of(one, "name") : filled(word("former_until"), {cell_of(one, "name"), until}));
    }
    return text;
  }

  PaperTable names(const json& state) const {
    PaperTable table{{{word("language"), 1}, {word("name"), 3}}, {}};
    for (const Language language : kLanguages) {
      const std::string code(word_of(language));
      table.rows.push_back({of("language", code), cell_of(state, "names." + code)});
    }
    return table;
  }

  PaperTable visit_table(const json& visits) const {
    PaperTable table{{{word("record"), 4}, {word("dates"), 4}, {word("led_by"), 2}, {word("status"), 3}, {word("title"), 5}, {word("log_entry"), 2}}, {}};
    for (const auto& visit : visits) {
      std::string title = cell_of(visit, "title");
      add_line(title, of("kind", cell_of(visit, "kind")));
      if (is_true(visit, "unverified")) add_line(title, word("not_verified"));
      const std::string index = cell_of(visit, "index");
      table.rows.push_back({cell_of(visit, "id"), paper_days_of(list_of(visit, "components"), in_), cell_of(visit, "lead"),
                            of("status", cell_of(visit, "status")), title, index.empty() ? word("not_in_log") : index});
    }
    return table;
  }

  // Those of one kind, in the order in which they come.
  PaperTable record_table(const json& records, const std::string& kind) const {
    PaperTable table{{{word("record"), 4}, {word("dates"), 4}, {word("committee"), 2}, {word("status"), 3}, {word("title"), 5}, {word("log_entry"), 2}}, {}};
    for (const auto& record : records) {
      if (cell_of(record, "kind") != kind) continue;
      std::string title = cell_of(record, "title");
      if (is_true(record, "unverified")) add_line(title, word("not_verified"));
      const std::string index = cell_of(record, "index"), first = cell_of(record, "first_day"), last = cell_of(record, "last_day");
      table.rows.push_back({cell_of(record, "id"), first.empty() ? "" : paper_days({{"start", first}, {"end", last}, {"precision", "day"}}, in_),
                            cell_of(record, "owner"), of("record_status", cell_of(record, "status")), title, index.empty() ? word("not_in_log") : index});
    }
    return table;
  }

  const PaperMaking& making_;
  Language in_;
};

}  // namespace

Paper visit_paper(const json& visit, const PaperMaking& making) { return Writer(making).visit(visit); }

Paper state_paper(const json& state, const json& visits, const json& records, const PaperMaking& making) {
  return Writer(making).state(state, visits, records);
}

}  // namespace liaison
