// SPDX-License-Identifier: Apache-2.0
// `liaison verify`, `schemas` and `version`: what needs neither a node nor a broker.
#include <fmt/format.h>

#include "nodes/cli/command.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/verify.h"
#include "schemas/message.h"
#include "schemas/text.h"
#include "security/hash.h"
#include "security/versions.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHolds: return "ok";
    case Outcome::kFailed: return "FAILED";
    case Outcome::kNothing: return "-";
    case Outcome::kNotReached: return "not reached";
  }
  return "";
}

int colour_of(Outcome outcome) { return outcome == Outcome::kHolds ? 32 : outcome == Outcome::kNothing ? 0 : 31; }

void print_verdict(const Invocation& typed, const Verdict& verdict) {
  Console& console = typed.console();
  for (const Check& check : verdict.checks) {
    console.out << console.paint(fmt::format("{:<11}", word_of(check.outcome)), colour_of(check.outcome))
                << fmt::format(" {:<20} {}\n", check.name, printable(check.sentence, 4096));
  }
  if (!verdict.about.empty()) console.out << verdict.about << "\n";
}

json verdict_json(const Verdict& verdict) {
  json checks = json::array();
  for (const Check& check : verdict.checks) checks.push_back({{"check", check.name}, {"outcome", word_of(check.outcome)}, {"sentence", check.sentence}});
  return {{"holds", verdict.holds()}, {"about", verdict.about}, {"checks", checks}};
}

Result<int> verify(const Invocation& typed) {
  std::optional<Hash> fingerprint;
  if (typed.has("--fingerprint")) fingerprint = TRY(parse_fingerprint(typed.text("--fingerprint")));
  const std::string file = TRY(read_text(typed.text("FILE"), kProofBytesMax));
  const Verdict verdict = verify_proof(file, fingerprint);
  const bool open = typed.has("--open") && !verdict.opened.empty();
  const Output output = typed.globals().output;
  if (output == Output::kCsv) {
    // A lone dash would get the apostrophe that keeps spreadsheets from reading a formula.
    const auto outcome = [](const json& check) { return check["outcome"] == "-" ? std::string("nothing to check") : cell_of(check, "outcome"); };
    print_page(typed, verdict_json(verdict)["checks"], {plain_column("check", "check"), {"outcome", outcome}, plain_column("what", "sentence")});
  } else if (output == Output::kTable) {
    print_verdict(typed, verdict);
    if (open) typed.console().out << verdict.opened << "\n";
  } else {
    json all = verdict_json(verdict);
    if (open) all["body"] = json::parse(verdict.opened, nullptr, false);
    print_object(typed, all);
  }
  if (verdict.holds()) return kExitOk;
  return fail(Code::kProof, fmt::format("the proof does not hold: the check '{}' failed", verdict.first_failure()),
              "ask the node it came from for the file again, and keep this one");
}

Result<int> schemas(const Invocation& typed) {
  typed.console().out << schemas_text();
  typed.console().say(fmt::format("schemas-sha256 {}", base64(sha256(view_of(schemas_text())))));
  return kExitOk;
}

Result<int> version(const Invocation& typed) {
  if (typed.globals().output == Output::kTable) {
    typed.console().out << version_page("liaison", LIAISON_VERSION) << "\n";
  } else {
    json about = {{"program", "liaison"}, {"version", LIAISON_VERSION}, {"protocol", kProtocolVersion},
                  {"schemas_sha256", base64(sha256(view_of(schemas_text())))}};
    for (const auto& [name, number] : library_versions()) about["libraries"][name] = number;
    print_object(typed, about);
  }
  return kExitOk;
}

}  // namespace

std::vector<Command> verify_commands() {
  return {{"verify", "judge a proof file offline, check by check",
           {{"FILE", "", "what liaison message prove wrote", true}, {"--fingerprint", "HEX", "the exchange's fingerprint, as compared by voice"},
            {"--open", "", "print the message, when the file lets it be read"}},
           verify, {"liaison verify proof.json --fingerprint \"1a2b ...\""},
           {"Needs neither a node nor a broker nor a network. A check that fails is named, and the status is 76."}},
          {"schemas", "the kinds of messages that this program knows, as in the roster", {}, schemas, {"liaison schemas"}},
          {"version", "which liaison this is and what it stands on", {}, version, {"liaison version -o json"}}};
}

}  // namespace liaison
