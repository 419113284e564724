// SPDX-License-Identifier: Apache-2.0
// `liaison node ...`: makes a committee's folder, pins the exchange that it trusts, and brings new keys beside the old ones.
// Works on the folder alone; a running node reads it at its next start.
#include <fmt/format.h>

#include "nodes/cli/authority.h"
#include "nodes/cli/command.h"
#include "nodes/cli/typed.h"
#include "security/durable.h"
#include "security/settings.h"

namespace liaison {
namespace {

constexpr std::string_view kNodeToml = R"(# The node of member {member} on {network}. Every key has a default; an unknown key is an error.
# Paths are taken from this file's folder.

[node]
member = "{member}"
folder = "."                        # node.db, keys/ and trust/ lie here
# the office that other committees call; stands in this committee's records
contact = "{contact}"

[broker]
host = "127.0.0.1"                  # the broker's machine; the port is the roster's

[api]
# whoever may open it acts for the committee
socket = "{member}.sock"

[keys]
# passphrase_file = "passphrase"    # mode 0600; without it the service's credential or the terminal is asked
)";

std::string toml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

Result<void> make_keys(const std::filesystem::path& folder, Enrolment& request, const Secret& passphrase) {
  const SigningKey sign = SigningKey::generate();
  const SigningKey witness = SigningKey::generate();
  const AgreementKey hpke = AgreementKey::generate();
  const AgreementKey curve = AgreementKey::generate();
  TRY(save_signing_key(folder / "keys/sign.pem", sign, passphrase));
  TRY(save_signing_key(folder / "keys/witness.pem", witness, passphrase));
  TRY(save_agreement_key(folder / "keys/hpke.pem", hpke, passphrase));
  TRY(save_curve_key(folder / "keys/curve.key", curve));
  request.keys = {{KeyUse::sign, sign.public_key()},
                  {KeyUse::witness, witness.public_key()},
                  {KeyUse::curve, curve.public_key()},
                  {KeyUse::hpke, hpke.public_key()}};
  const std::string text = make_enrolment(request, {{KeyUse::sign, &sign}, {KeyUse::witness, &witness}});
  return create_durably(folder / (request.id + ".request"), view_of(text), 0644);
}

Result<int> init(const Invocation& typed) {
  const std::filesystem::path folder = typed.text("--dir");
  const auto member = MemberId::parse(typed.text("--member"));
  if (!member) return fail(Code::kUsage, fmt::format("'{}' is no member's id", typed.text("--member")), "use the committee's number, such as 1540");
  const Secret passphrase = TRY(passphrase_of(typed, true));
  TRY(ensure_private_folder(folder));
  TRY(ensure_private_folder(folder / "keys"));
  TRY(ensure_private_folder(folder / "trust"));
  Enrolment request{typed.text("--network"), member->str(), false, {}};
  TRY(make_keys(folder, request, passphrase));
  const std::string contact = typed.has("--contact") ? typed.text("--contact") : fmt::format("{} secretariat", member->str());
  const std::string toml = fill_in(std::string(kNodeToml),
                                  {{"{member}", member->str()}, {"{network}", request.network}, {"{contact}", toml_escaped(contact)}});
  TRY(create_durably(folder / "node.toml", view_of(toml)));
  typed.console().out << (folder / (request.id + ".request")).string() << "\n";
  typed.console().say(fmt::format("the keys are in {}; give {}.request to the authority, and look through node.toml", (folder / "keys").string(),
                                  request.id));
  return kExitOk;
}

Result<std::vector<TrustedRoster>> trust_chain(const std::vector<std::string>& files) {
  std::vector<TrustedRoster> chain;
  for (const std::string& file : files) {
    const std::string note = TRY(read_text(file));
    auto next = chain.empty() ? trust_first_roster(note) : trust_next_roster(chain.back(), note);
    if (!next) return within(file, next.error());
    chain.push_back(std::move(*next));
  }
  return chain;
}

Result<void> pin(const std::filesystem::path& folder, const Hash& genesis) {
  const std::filesystem::path file = folder / "trust/genesis.sha256";
  const auto pinned = read_file(file, 1024);
  if (!pinned) return create_durably(file, view_of(hex(genesis) + "\n"));
  const Hash known = TRY(parse_fingerprint(std::string_view(*pinned).substr(0, 64)));
  if (known == genesis) return {};
  return fail(Code::kInput, "this folder already trusts another exchange", "make a new folder for a new exchange; trust is never replaced");
}

Result<int> trust(const Invocation& typed) {
  const std::filesystem::path folder = typed.text("--dir");
  const Hash expected = TRY(parse_fingerprint(typed.text("--fingerprint")));
  const std::vector<TrustedRoster> chain = TRY(trust_chain(typed.texts("NOTE")));
  const Hash& genesis = chain.front().text_hash;
  if (genesis != expected) {
    return fail(Code::kSignature, fmt::format("the first roster's fingerprint is {}, not the one you gave", spoken(genesis)),
                "compare it again by voice with the authority; do not go on with this note");
  }
  TRY(ensure_private_folder(folder / "trust"));
  TRY(pin(folder, genesis));
  for (const TrustedRoster& roster : chain) {
    TRY(write_durably(folder / fmt::format("trust/roster-{}.note", roster.roster.version), view_of(roster.note)));
  }
  typed.console().say(fmt::format("trusted: {}, rosters 1 to {}, fingerprint {}", chain.front().roster.network, chain.back().roster.version, spoken(genesis)));
  return kExitOk;
}

// A new key lies beside the old one under its key id. The node takes it up once a roster names it.
Result<int> rotate(const Invocation& typed) {
  const std::filesystem::path folder = typed.text("--dir");
  const auto use = parse_key_use(typed.text("--use"));
  if (use != KeyUse::sign && use != KeyUse::hpke) return fail(Code::kUsage, "--use is sign or hpke", "other keys are made with a new enrolment");
  Settings settings = TRY(Settings::read(folder / "node.toml"));
  Enrolment request{typed.text("--network"), settings.text_required("node.member"), false, {}};
  const Secret passphrase = TRY(passphrase_of(typed, false));
  const SigningKey present = TRY(load_signing_key(folder / "keys/sign.pem", passphrase));
  std::string text;
  std::string name;
  if (*use == KeyUse::sign) {
    const SigningKey fresh = SigningKey::generate();
    name = fmt::format("sign-{}", hex(key_id_of(KeyUse::sign, fresh.public_key())));
    TRY(save_signing_key(folder / "keys" / (name + ".pem"), fresh, passphrase));
    request.keys = {{KeyUse::sign, fresh.public_key()}};
    text = make_enrolment(request, {{KeyUse::sign, &fresh}});
  } else {
    const AgreementKey fresh = AgreementKey::generate();
    name = fmt::format("hpke-{}", hex(key_id_of(KeyUse::hpke, fresh.public_key())));
    TRY(save_agreement_key(folder / "keys" / (name + ".pem"), fresh, passphrase));
    request.keys = {{KeyUse::sign, present.public_key()}, {KeyUse::hpke, fresh.public_key()}};
    text = make_enrolment(request, {{KeyUse::sign, &present}});
  }
  const std::filesystem::path file = folder / fmt::format("{}-{}.request", request.id, name);
  TRY(create_durably(file, view_of(text), 0644));
  typed.console().out << file.string() << "\n";
  typed.console().say("the old key goes on until a roster ends it; give the request to the authority: liaison authority roster next --rotate");
  return kExitOk;
}

}  // namespace

std::vector<Command> node_commands() {
  const Argument dir{"--dir", "FOLDER", "the node's folder", true};
  const Argument network{"--network", "NAME", "name of the exchange", true};
  return {{"node init", "make a committee's keys, enrolment request and configuration",
           with_passphrase({dir, network, {"--member", "ID", "the committee, such as 1540", true},
                            {"--contact", "TEXT", "office that other committees call about visits"}}),
           init},
          {"node trust", "pin the exchange: its rosters, after the fingerprint was compared by voice",
           {dir, {"NOTE", "", "roster notes, version 1 first", true, true}, {"--fingerprint", "HEX", "as read aloud by the authority", true}}, trust},
          {"node rotate", "make a new key beside the old one, and a request for the authority",
           with_passphrase({dir, network, {"--use", "USE", "sign or hpke", true}}), rotate}};
}

}  // namespace liaison
