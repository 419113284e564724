// SPDX-License-Identifier: Apache-2.0
// `liaison verify`, `schemas` and `version`: what needs neither a node nor a broker.
#include <fmt/format.h>

#include "nodes/cli/command.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "nodes/cli/verify.h"
#include "nodes/cli/verify_print.h"
#include "schemas/message.h"
#include "security/hash.h"
#include "security/versions.h"

namespace liaison {
namespace {

using nlohmann::json;

void print_verdict(const Invocation& typed, const Verdict& verdict) {
  print_checks(typed.console(), verdict.checks);
  if (!verdict.about.empty()) typed.console().out << verdict.about << "\n";
  if (verdict.holds())
    typed.console().out << (verdict.compared() ? "the proof holds\n" : "the proof holds for that exchange; that it is yours nobody has compared\n");
}

// What to try, by the check that failed.
std::string hint_of(const Verdict& verdict, bool fingerprint) {
  if (fingerprint && verdict.first_failure() == "genesis fingerprint")
    return "liaison status shows your exchange's fingerprint; if that is the one you gave, the file is of another exchange";
  return "ask the node it came from for the file again, and keep this one";
}

json verdict_json(const Verdict& verdict) {
  return {{"holds", verdict.holds()}, {"about", verdict.about}, {"checks", checks_json(verdict.checks)}};
}

Result<int> verify(const Invocation& typed) {
  std::optional<Hash> fingerprint;
  if (typed.has("--fingerprint")) fingerprint = TRY(parse_fingerprint(typed.text("--fingerprint")));
  const std::string file = TRY(read_text(typed.text("FILE"), kProofBytesMax));
  const Verdict verdict = verify_proof(file, fingerprint);
  const bool open = typed.has("--open") && !verdict.opened.empty();
  const Output output = typed.globals().output;
  if (output == Output::kCsv) {
    print_checks_csv(typed, verdict.checks);
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
              hint_of(verdict, fingerprint.has_value()));
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
  return {{"verify",
           "judge a proof file offline, check by check",
           {{"FILE", "", "what liaison message prove wrote", true},
            {"--fingerprint", "HEX", "the exchange's fingerprint, as liaison status shows it and people compared it by voice"},
            {"--open", "", "print the message, when the file lets it be read"}},
           verify,
           {"liaison verify proof.json --fingerprint \"1a2b ...\""},
           {"Needs neither a node nor a broker nor a network. A check that fails is named, and the status is 76."}},
          {"schemas", "the kinds of messages that this program knows, as in the roster", {}, schemas, {"liaison schemas"}},
          {"version", "which liaison this is and what it stands on", {}, version, {"liaison version -o json"}}};
}

}  // namespace liaison
