// SPDX-License-Identifier: Apache-2.0
// `liaison node ...`: makes a committee's folder, pins the exchange that it trusts, and brings new keys beside the old ones.
// Works on the folder alone; a running node takes up new keys by itself, and a new connection key at its next start.
#include <fmt/format.h>

#include "nodes/cli/authority.h"
#include "nodes/cli/command.h"
#include "nodes/cli/typed.h"
#include "nodes/identity.h"
#include "security/durable.h"
#include "security/settings.h"

namespace liaison {
namespace {

constexpr std::string_view kNodeToml = R"(# The node of member {member} on {network}. Every key has a default; an unknown key is an error.
# Relative paths are taken from this file's folder.

[node]
member = "{member}"
folder = "{folder}"                 # node.db, keys/ and trust/ lie here
# the office that other committees call; stands in this committee's records
contact = "{contact}"

[broker]
host = "127.0.0.1"                  # the broker's machine; the port is the roster's

[api]
# whoever may open it acts for the committee; officers who are not this user need it in a folder that they may enter
socket = "{folder}/{member}.sock"

[keys]
# passphrase_file = "passphrase"    # mode 0600; without it the service's credential or the terminal is asked
)";

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
  TRY(check_network(typed.text("--network")));
  const Secret passphrase = TRY(passphrase_of(typed, true));
  TRY(ensure_private_folder(folder));
  TRY(ensure_private_folder(folder / "keys"));
  TRY(ensure_private_folder(folder / "trust"));
  Enrolment request{typed.text("--network"), member->str(), false, {}};
  TRY(make_keys(folder, request, passphrase));
  const std::string contact = typed.has("--contact") ? typed.text("--contact") : fmt::format("{} secretariat", member->str());
  const std::string toml = fill_in(std::string(kNodeToml),
                                  {{"{member}", member->str()}, {"{network}", request.network}, {"{folder}", toml_escaped(absolute_folder(folder))},
                                   {"{contact}", toml_escaped(contact)}});
  TRY(create_durably(folder / "node.toml", view_of(toml)));
  typed.console().out << (folder / (request.id + ".request")).string() << "\n";
  typed.console().say(fmt::format("the keys are in {}; give {}.request to the authority, and look through node.toml", (folder / "keys").string(),
                                  request.id));
  typed.console().say(fmt::format("the authority will ask for them by voice: {}", spoken_keys(request)));
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
  for (const TrustedRoster& roster : chain) TRY(keep_pinned(folder / "trust", roster));
  typed.console().say(fmt::format("trusted: {}, rosters 1 to {}, fingerprint {}", chain.front().roster.network, chain.back().roster.version, spoken(genesis)));
  return kExitOk;
}

// The sign keys of the folder, so that a wrong passphrase makes no key that the node could not open.
Result<std::vector<SigningKey>> own_sign_keys(const std::filesystem::path& keys, const Secret& passphrase) {
  std::vector<SigningKey> own;
  for (const auto& file : TRY(key_files(keys, KeyUse::sign))) own.push_back(TRY(load_signing_key(file, passphrase)));
  if (own.empty()) return fail(Code::kUnknown, keys.string() + " holds no sign key", "make the node's keys with liaison node init");
  return own;
}

// The one that vouches: of the sign keys held here, the newest that the roster names and has not ended.
Result<const SigningKey*> vouching_key(const std::vector<SigningKey>& own, const std::vector<TrustedRoster>& pinned, const MemberId& member) {
  const Roster& roster = pinned.back().roster;
  const RosterKey* newest = nullptr;
  const SigningKey* found = nullptr;
  for (const SigningKey& held : own) {
    const RosterKey* key = roster.find(KeyUse::sign, key_id_of(KeyUse::sign, held.public_key()));
    if (key == nullptr || key->member != member || key->status == KeyStatus::revoked) continue;
    const auto rank = [](const RosterKey& of) { return std::pair(of.status == KeyStatus::active, of.from); };
    if (newest != nullptr && rank(*key) <= rank(*newest)) continue;
    newest = key;
    found = &held;
  }
  if (found != nullptr) return found;
  return fail(Code::kKey, fmt::format("this folder holds no sign key that roster {} names for {}", roster.version, member.str()),
              "rotate the sign key first; a key that the authority knows must vouch for this one");
}

// Where the new key's file lies and what stands of it in the request.
Result<std::string> make_beside(const std::filesystem::path& keys, KeyUse use, Enrolment& request, const Secret& passphrase) {
  const AgreementKey fresh = AgreementKey::generate();
  std::string name = fmt::format("{}-{}", word_of(use), hex(key_id_of(use, fresh.public_key())));
  if (use == KeyUse::hpke) TRY(save_agreement_key(keys / (name + ".pem"), fresh, passphrase));
  else TRY(save_curve_key(keys / (name + ".key"), fresh));
  request.keys.push_back({use, fresh.public_key()});
  return name;
}

// A new key lies beside the old one under its key id; it is used once a roster names it.
Result<int> rotate(const Invocation& typed) {
  const std::filesystem::path folder = typed.text("--dir");
  const auto use = parse_key_use(typed.text("--use"));
  if (use != KeyUse::sign && use != KeyUse::hpke && use != KeyUse::curve) return fail(Code::kUsage, "--use is sign, hpke or curve");
  TRY(check_network(typed.text("--network")));
  const std::vector<TrustedRoster> pinned = TRY(read_pinned(folder / "trust"));
  Settings settings = TRY(Settings::read(folder / "node.toml"));
  Enrolment request{typed.text("--network"), settings.text_required("node.member"), false, {}};
  const auto member = MemberId::parse(request.id);
  if (!member) return fail(Code::kConfig, "node.toml names no member");
  const Secret passphrase = TRY(passphrase_of(typed, false));
  const std::vector<SigningKey> own = TRY(own_sign_keys(folder / "keys", passphrase));
  std::string text;
  std::string name;
  if (*use == KeyUse::sign) {
    const SigningKey fresh = SigningKey::generate();
    name = fmt::format("sign-{}", hex(key_id_of(KeyUse::sign, fresh.public_key())));
    TRY(save_signing_key(folder / "keys" / (name + ".pem"), fresh, passphrase));
    request.keys = {{KeyUse::sign, fresh.public_key()}};
    text = make_enrolment(request, {{KeyUse::sign, &fresh}});
  } else {
    const SigningKey* present = TRY(vouching_key(own, pinned, *member));
    request.keys = {{KeyUse::sign, present->public_key()}};
    name = TRY(make_beside(folder / "keys", *use, request, passphrase));
    text = make_enrolment(request, {{KeyUse::sign, present}});
  }
  const std::filesystem::path file = folder / fmt::format("{}-{}.request", request.id, name);
  TRY(create_durably(file, view_of(text), 0644));
  typed.console().out << file.string() << "\n";
  typed.console().say("the old key goes on until a roster ends it; give the request to the authority: liaison authority roster next --rotate");
  typed.console().say(fmt::format("the authority will ask for its keys by voice: {}", spoken_keys(request)));
  return kExitOk;
}

}  // namespace

std::vector<Command> node_commands() {
  const Argument dir{"--dir", "FOLDER", "the node's folder", true};
  const Argument network{"--network", "NAME", "name of the exchange", true};
  return {{"node init", "make a committee's keys, enrolment request and configuration",
           with_passphrase({dir, network, {"--member", "ID", "the committee, such as 1540", true, false, committees()},
                            {"--contact", "TEXT", "office that other committees call about visits"}}),
           init,
           {"liaison node init --dir /var/lib/liaison/node-1540 --network liaison.example.org --member 1540 --contact \"1540 secretariat, visits desk\""},
           {"The program that a committee runs is liaison-node; it has a --help of its own."}},
          {"node trust", "pin the exchange: its rosters, after the fingerprint was compared by voice",
           {dir, {"NOTE", "", "roster notes, version 1 first", true, true}, {"--fingerprint", "HEX", "as read aloud by the authority", true}}, trust,
           {"liaison node trust --dir /var/lib/liaison/node-1540 roster-1.note --fingerprint \"1a2b 3c4d ...\""}},
          {"node rotate", "make a new key beside the old one, and a request for the authority",
           with_passphrase({dir, network, {"--use", "USE", "sign, hpke or curve", true, false, {"sign", "hpke", "curve"}}}), rotate,
           {"liaison node rotate --dir /var/lib/liaison/node-1540 --network liaison.example.org --use sign"}}};
}

}  // namespace liaison
