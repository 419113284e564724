// SPDX-License-Identifier: Apache-2.0
// `liaison visit report` and `liaison state report`: one visit, or all that was planned and done in a State, as a PDF to be printed.
#include <set>

#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/paper_pdf.h"
#include "nodes/cli/table.h"
#include "nodes/cli/export_file.h"
#include "nodes/cli/visit_export.h"
#include "nodes/cli/visit_paper.h"
#include "nodes/cli/when.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"
#include "security/clock.h"

namespace liaison {
namespace {

using nlohmann::json;

std::vector<std::string_view> language_words() {
  std::vector<std::string_view> words;
  for (const Language language : kLanguages) words.push_back(word_of(language));
  return words;
}

Result<Language> language_of(const Invocation& typed) {
  if (!typed.has("--language")) return Language::kEnglish;
  const auto language = parse_language(typed.text("--language"));
  if (language) return *language;
  return fail(Code::kUsage, "'" + printable(typed.text("--language"), 32) + "' is not a language of reports",
              word_hint(typed.text("--language"), language_words()));
}

Result<PaperMaking> making_of(const Invocation& typed, const NodeClient& node) {
  PaperMaking making;
  making.language = TRY(language_of(typed));
  making.zone = typed.globals().zone;
  TRY(check_zone(making.zone));
  const json status = TRY(node.get("/status"));
  making.member = cell_of(status, "member");
  SystemClock clock;
  making.at_ms = clock.now().wall_ms;
  return making;
}

Result<int> print(const Invocation& typed, const Paper& paper) {
  const std::string file = typed.text("--out");
  const Bytes pdf = TRY(pdf_of(paper));
  TRY(write_export(file, pdf));
  typed.console().say("written to " + printable(file, 512));
  return kExitOk;
}

Result<int> visit_report(const Invocation& typed) {
  if (typed.text("RECORD").empty()) return fail(Code::kUsage, "RECORD is empty", "give a visit's id, such as 1540-V-2027-0001");
  const NodeClient node = TRY(NodeClient::of(typed));
  const PaperMaking making = TRY(making_of(typed, node));
  const json visit = TRY(node.get("/visits/" + percent(typed.text("RECORD"))));
  return print(typed, visit_paper(visit, making));
}

// All visits to a State, or all other records that concern it.
Result<json> all_of_state(const NodeClient& node, const std::string& path, const std::string& alpha3) {
  json all = json::array();
  std::set<std::string> seen;   // one whose days are moved between two pages may stand on both
  for (std::string cursor;;) {
    const json page = TRY(node.get(path + query_of({{"state", alpha3}, {"limit", "500"}, {"cursor", cursor}})));
    for (const auto& one : page.value("items", json::array())) {
      if (seen.insert(cell_of(one, "id")).second) all.push_back(one);
    }
    cursor = cell_of(page, "next");
    if (cursor.empty()) return all;
  }
}

Result<int> state_report(const Invocation& typed) {
  if (typed.text("STATE").empty()) return fail(Code::kUsage, "STATE is empty", "give a State's code or name, such as KGZ");
  const NodeClient node = TRY(NodeClient::of(typed));
  const PaperMaking making = TRY(making_of(typed, node));
  const json state = TRY(node.get("/states/" + percent(typed.text("STATE"))));
  const json visits = TRY(all_of_state(node, "/visits", cell_of(state, "alpha3")));
  const json records = TRY(all_of_state(node, "/records", cell_of(state, "alpha3")));
  return print(typed, state_paper(state, visits, records, making));
}

}  // namespace

std::vector<Command> report_commands() {
  const Argument language{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es; English when left out", false, false, language_words()};
  const Argument out{"--out", "FILE", "the PDF to write; one that is there is replaced when the new one is whole", true};
  const std::string about =
      "Fixed words, vocabularies, days and names of States are in the language of the report; what officers wrote stays as they wrote it, and the "
      "sentences of findings are English. An Arabic report is read from the right. The fonts are those of Debian's fonts-dejavu-core, "
      "fonts-hosny-amiri and fonts-wqy-microhei.";
  return {{"visit report", "print one visit with its answers, findings and evidence as a PDF, in any of the six languages",
           {{"RECORD", "", "the visit, such as 1540-V-2027-0001", true}, language, out}, visit_report,
           {"liaison visit report 1540-V-2027-0001 --out visit.pdf", "liaison visit report 1373-V-2027-0002 --language ar --out visit.pdf"}, {about}},
          {"state report", "print all visits to one State and all records that concern it as a PDF, in any of the six languages",
           {{"STATE", "", "its code, or its name in one of the six languages", true}, language, out}, state_report,
           {"liaison state report KGZ --out kyrgyzstan.pdf", "liaison state report Swaziland --language zh --out eswatini.pdf"}, {about}}};
}

}  // namespace liaison
