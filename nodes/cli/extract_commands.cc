// SPDX-License-Identifier: Apache-2.0
// `liaison extract build`, `publish` and `verify`: what leaves for the public, put together, written, and judged by
// anybody.
#include <fmt/format.h>

#include "nodes/cli/extract_files.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/record_options.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/verify_print.h"
#include "nodes/cli/write.h"
#include "nodes/domain/extracts.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kShownColumns = 100;

std::string indented(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += "  " + printable(line, 4096) + "\n";
  return out;
}

// What an officer reads before anybody else does.
std::string proposed_lines(const json& fields) {
  const std::string left_out = cell_of(fields, "left_out");
  return "the text as it leaves:\n" + indented(cell_of(fields, "text")) +
         (left_out.empty() ? "" : "left out:\n" + indented(left_out));
}

Result<int> build(const Invocation& typed) {
  std::string records;
  for (const std::string& one : typed.texts("RECORD")) records += (records.empty() ? "" : ";") + one;
  json fields = TRY(get_from_node(typed, "/proposals/extract" + query_of({{"records", records},
                                                                          {"title", typed.text("--title")},
                                                                          {"language", typed.text("--language")}})));
  if (typed.has("--marking")) fields["marking"] = typed.text("--marking");
  if (typed.has("--consent")) fields["consents"] = typed.texts("--consent");
  if (typed.globals().output == Output::kTable) typed.console().err << proposed_lines(fields);
  auto options = field_options(*record_kind(kKindExtract));
  options["records"] = "RECORD";
  return finish_write(typed, {options, "POST", "/records/" + std::string(kKindExtract), fields, {}});
}

// What the opened proof shows besides the text; or that it stays closed.
std::string revealed_lines(const json& publication) {
  if (!publication.value("may_open", false))
    return fmt::format(
        "{} is marked {}, so the proof is not opened: it shows that such a message was sent, when, to whom and where "
        "the log holds it, and not what it "
        "says\n",
        cell_of(publication, "id"), cell_of(publication, "marking"));
  std::string out = "the opened proof lets anybody read the whole record, besides the text also:\n";
  for (const json& one : publication["reveals"])
    out += fmt::format("  {:<12} {}\n", cell_of(one, "field"), fitted(cell_of(one, "value"), kShownColumns));
  return out;
}

Result<ExtractFiles> files_of(const Invocation& typed, const NodeClient& node, const json& publication) {
  const std::string open = publication.value("may_open", false) ? "?open=1" : "";
  ExtractFiles out{cell_of(publication, "text"), json_text(publication["extract"], 2) + "\n", ""};
  out.proof = TRY(node.get_text("/messages/" + percent(cell_of(publication, "message_id")) + "/proof" + open));
  const ExtractVerdict verdict = verify_extract(out, std::nullopt);
  if (verdict.holds()) return out;
  print_checks(typed.console(), verdict.checks);
  return fail(Code::kProof,
              fmt::format("what would be published does not hold: the check '{}' failed", verdict.first_failure()),
              "publish nothing, and ask whoever runs the node");
}

Result<int> publish(const Invocation& typed) {
  const NodeClient node = TRY(NodeClient::of(typed));
  const json publication = TRY(node.get("/records/" + percent(typed.text("RECORD")) + "/publication"));
  if (!publication.value("may", false))
    return fail(Code::kTransition, cell_of(publication, "why_not"), cell_of(publication, "hint"));
  const ExtractFiles files = TRY(files_of(typed, node, publication));
  typed.console().err << revealed_lines(publication);
  if (typed.console().asks && !typed.has("--yes") && !typed.console().confirm("Write it?")) {
    typed.console().say("nothing was written");
    return kExitFailed;
  }
  const std::string folder = typed.text("--out");
  TRY(write_extract(folder, files));
  const bool opened = publication.value("may_open", false);
  if (typed.globals().output == Output::kTable)
    typed.console().out << fmt::format("{}: {}, {}, {} ({})\n", printable(folder, 512), kExtractText, kExtractAbout,
                                       kExtractProof, opened ? "opened" : "not opened");
  else
    print_object(typed, {{"folder", folder},
                         {"id", publication["id"]},
                         {"revision", publication["revision"]},
                         {"opened", opened},
                         {"digest", publication["extract"]["digest"]},
                         {"reveals", opened ? publication["reveals"] : json::array()}});
  return kExitOk;
}

Result<int> verify(const Invocation& typed) {
  std::optional<Hash> fingerprint;
  if (typed.has("--fingerprint")) fingerprint = TRY(parse_fingerprint(typed.text("--fingerprint")));
  const ExtractFiles files = TRY(read_extract(typed.text("FOLDER")));
  const ExtractVerdict verdict = verify_extract(files, fingerprint);
  if (typed.globals().output == Output::kTable) {
    print_checks(typed.console(), verdict.checks);
    if (!verdict.about.empty()) typed.console().out << verdict.about << "\n";
  } else if (typed.globals().output == Output::kCsv) {
    print_checks_csv(typed, verdict.checks);
  } else {
    print_object(typed, {{"holds", verdict.holds()},
                         {"opened", verdict.opened},
                         {"about", verdict.about},
                         {"checks", checks_json(verdict.checks)}});
  }
  if (verdict.holds()) return kExitOk;
  return fail(Code::kProof, fmt::format("the extract does not hold: the check '{}' failed", verdict.first_failure()),
              "compare with another copy, and ask the committee that released it");
}

}  // namespace

std::vector<Command> extract_commands() {
  const Argument record{"RECORD", "", "the extract, such as 1540-Z-2027-0001", true};
  return {
      {"extract build",
       "put a text for the public together from records, field by field",
       for_write({{"RECORD", "", "ID, or ID:FIELD,FIELD; without fields its title, States, days and status leave", true,
                   true},
                  {"--title", "TEXT", "what the extract is", true},
                  {"--language", "WORD", "the language of the text", false, false, {"en"}},
                  {"--consent", "RECORD",
                   "the consents of the States that are named in it; those of the records when left out", false, true},
                  {"--marking",
                   "MARKING",
                   "public lets the proof be opened; committees when left out",
                   false,
                   false,
                   {"public", "committees"}}}),
       build,
       {"liaison extract build 1540-V-2027-0001 --title \"Visits in 2027\"",
        "liaison extract build 1540-V-2027-0001:title,states,days 1540-U-2027-0002:title,symbol --title \"Spring "
        "2027\" --dry-run"},
       {"Nothing but the named fields of the newest revisions stands in the text. What was left out is named in the "
        "record and not said. Whom to call, notes, sources "
        "and signatures never leave; nor does a record that is marked for named committees, was recalled, or is "
        "another committee's. What was not verified says so.",
        "It is a proposal: read it, change its text as any record's, and let it be decided. The digest follows the "
        "text by itself."}},
      {"extract publish",
       "write a decided extract as files for the public: the text, what it is, and its proof",
       {record,
        {"--out", "FOLDER", "where the three files go; it must not be there yet", true},
        {"--yes", "", "do not ask"}},
       publish,
       {"liaison extract publish 1540-Z-2027-0001 --out spring-2027"},
       {"The extract must be released, or decided with all the consents that a release needs. extract.txt is the text "
        "and nothing else, so that sha256sum gives the "
        "digest; extract.json says what it is; proof.json is the proof of the message that carried this revision.",
        "Who opens a proof reads the whole record, also its notes and what was left out. It is shown first, and the "
        "proof is opened only when the record is marked "
        "public; else it shows that the message was sent and where the log holds it, and not what it says."}},
      {"extract verify",
       "judge a published extract offline, check by check",
       {{"FOLDER", "", "what liaison extract publish wrote", true},
        {"--fingerprint", "HEX", "the exchange's fingerprint, as compared by voice"}},
       verify,
       {"liaison extract verify spring-2027 --fingerprint \"1a2b ...\""},
       {"Needs neither a node nor a broker nor a network. The digest is reckoned anew from extract.txt and compared "
        "with extract.json and with what the message carried. "
        "A check that fails is named, and the status is 76."}}};
}

}  // namespace liaison
