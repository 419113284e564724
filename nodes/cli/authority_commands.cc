// SPDX-License-Identifier: Apache-2.0
// `liaison authority ...`: keys of the roots, drafts of rosters, signatures, and pages to read aloud. Works without any
// network: notes and requests travel as files.
#include <fmt/format.h>

#include "nodes/cli/authority.h"
#include "nodes/cli/command.h"
#include "nodes/cli/typed.h"
#include "schemas/message.h"
#include "security/clock.h"
#include "security/durable.h"
#include "security/hash.h"
#include "security/policy.h"

namespace liaison {
namespace {

constexpr unsigned kFileModeForAll = 0644;   // a note or request holds nothing secret

Result<int> root_new(const Invocation& typed) {
  const std::string network = typed.text("--network");
  const std::string id = typed.text("--id");
  if (!is_id(id)) return fail(Code::kUsage, fmt::format("'{}' is no id for a root", id), "use letters, digits, dot, hyphen, such as R1");
  TRY(check_network(network));
  const Secret passphrase = TRY(passphrase_of(typed, true));
  const SigningKey key = SigningKey::generate();
  TRY(save_signing_key(typed.text("--out"), key, passphrase));
  typed.console().out << make_verifier_key(network + "/root/" + id, kVkeyEd25519, key.public_key()).text() << "\n";
  typed.console().say(fmt::format("the private key of {} is in {}: keep it offline, and its passphrase apart from it", id, typed.text("--out")));
  return kExitOk;
}

Result<Hash> policy_hash(const std::string& file) {
  const std::string text = TRY(read_text(file));
  const auto policy = parse_policy(text);
  if (!policy) return within(file, policy.error());
  return sha256(view_of(text));
}

// A proof of possession does not say whose the key is: that is asked by voice.
void say_keys(const Invocation& typed, const Enrolment& request) {
  typed.console().say(fmt::format("ask {} by voice whether its keys are: {}", request.id, spoken_keys(request)));
}

Result<int> write_draft(const Invocation& typed, const std::string& text) {
  const SignedNote draft{text, {}};
  const Roster roster = TRY(parse_roster(text));
  TRY(create_durably(typed.text("--out"), view_of(draft.str()), kFileModeForAll));
  typed.console().say(roster_page(draft, roster));
  typed.console().say(fmt::format("next: {} roots sign it, each with 'liaison authority sign {} --root-id ID --key FILE'", roster.root_threshold,
                                  typed.text("--out")));
  typed.console().out << typed.text("--out") << "\n";
  return kExitOk;
}

Result<std::vector<RosterRoot>> parse_roots(const std::vector<std::string>& all) {
  std::vector<RosterRoot> roots;
  for (const std::string& one : all) roots.push_back(TRY(parse_root(one)));
  return roots;
}

Result<std::vector<NewMember>> parse_new_members(const std::vector<std::string>& all) {
  std::vector<NewMember> members;
  for (const std::string& one : all) members.push_back(TRY(parse_new_member(one)));
  return members;
}

Result<int> roster_new(const Invocation& typed) {
  FirstRoster wanted;
  wanted.network = typed.text("--network");
  wanted.roots = TRY(parse_roots(typed.texts("--root")));
  wanted.threshold = static_cast<std::uint32_t>(TRY(typed.number("--threshold", 0, 1, 100)));
  wanted.broker = TRY(read_enrolment(typed.text("--broker")));
  wanted.members = TRY(parse_new_members(typed.texts("--member")));
  wanted.policy_sha256 = TRY(policy_hash(typed.text("--policy")));
  wanted.schemas_sha256 = sha256(view_of(schemas_text()));
  wanted.issued_ms = SystemClock().now().wall_ms;
  wanted.expires_days = TRY(typed.number("--expires-days", 90, 1, 100));
  const std::string text = TRY(first_roster(wanted));
  say_keys(typed, wanted.broker);
  for (const NewMember& member : wanted.members) say_keys(typed, member.request);
  return write_draft(typed, text);
}

struct NoteOnFile { SignedNote note; Roster roster; };
Result<NoteOnFile> read_roster(const std::string& file) {
  const std::string bytes = TRY(read_text(file));
  auto note = parse_note(bytes, DraftNote::kAllowed);
  if (!note) return within(file, note.error());
  auto roster = parse_roster(note->text);
  if (!roster) return within(file, roster.error());
  return NoteOnFile{std::move(*note), std::move(*roster)};
}

Result<void> collect_changes(const Invocation& typed, NextRoster& wanted) {
  for (const std::string& file : typed.texts("--rotate")) wanted.rotations.push_back(TRY(read_enrolment(file)));
  wanted.members = TRY(parse_new_members(typed.texts("--add")));
  for (const std::string& one : typed.texts("--leave")) {
    const auto id = MemberId::parse(one);
    if (!id) return fail(Code::kUsage, fmt::format("'{}' is no member's id", one));
    wanted.leaving.push_back(*id);
  }
  for (const std::string& one : typed.texts("--revoke")) wanted.revoked.push_back(TRY(parse_revocation(one)));
  for (const std::string& one : typed.texts("--retire")) wanted.retired.push_back(TRY(parse_retirement(one)));
  wanted.roots_added = TRY(parse_roots(typed.texts("--add-root")));
  wanted.roots_dropped = typed.texts("--drop-root");
  if (typed.has("--threshold")) wanted.threshold = static_cast<std::uint32_t>(TRY(typed.number("--threshold", 0, 1, 100)));
  return {};
}

Result<void> change_policy(const std::string& file, const Roster& before, NextRoster& wanted) {
  const std::string text = TRY(read_text(file));
  if (auto follows = check_policy_follows(before, text); !follows) return within(file, follows.error());
  wanted.policy_sha256 = sha256(view_of(text));
  return {};
}

Result<int> roster_next(const Invocation& typed) {
  const NoteOnFile before = TRY(read_roster(typed.text("--from")));
  NextRoster wanted;
  TRY(collect_changes(typed, wanted));
  if (typed.has("--policy")) TRY(change_policy(typed.text("--policy"), before.roster, wanted));
  const bool new_keys = !wanted.rotations.empty() || !wanted.members.empty() || !wanted.leaving.empty();
  if (new_keys && !typed.has("--from-index")) {
    return fail(Code::kUsage, "--from-index is needed when keys come or members leave: the log index from which that counts",
                "take a little more than the log size that 'liaison broker status' shows");
  }
  wanted.from_index = TRY(typed.number("--from-index", 0, 0, UINT64_MAX / 2));
  wanted.schemas_sha256 = sha256(view_of(schemas_text()));
  wanted.issued_ms = SystemClock().now().wall_ms;
  wanted.expires_days = TRY(typed.number("--expires-days", 90, 1, 100));
  const std::string text = TRY(next_roster(before.roster, before.note.text_hash(), wanted));
  for (const Enrolment& request : wanted.rotations) say_keys(typed, request);
  for (const NewMember& member : wanted.members) say_keys(typed, member.request);
  return write_draft(typed, text);
}

Result<int> policy_check(const Invocation& typed) {
  const std::string file = typed.text("FILE");
  const std::string text = TRY(read_text(file));
  const auto policy = parse_policy(text);
  if (!policy) return within(file, policy.error());
  typed.console().out << fmt::format("policy {} holds {} rules; fingerprint {}\n", policy->version, policy->rules.size(), spoken(sha256(view_of(text))));
  for (const PolicyRule& rule : policy->rules) {
    std::string to;
    for (const std::string& one : rule.to) to += " " + one;
    typed.console().out << fmt::format("  {} {}: {} may {}send {} under {}{} to{}: {}\n", rule.allow ? "allow" : "deny ", rule.id, rule.sender,
                                       rule.allow ? "" : "not ", rule.kind, rule.up_to ? "up to " : "", rule.marking, to, rule.basis);
  }
  return kExitOk;
}

Result<int> policy_next(const Invocation& typed) {
  const std::string before = TRY(read_text(typed.text("--from")));
  const auto text = next_policy(before);
  if (!text) return within(typed.text("--from"), text.error());
  TRY(create_durably(typed.text("--out"), view_of(*text), kFileModeForAll));
  typed.console().say("next: change its rules, look at them with 'liaison authority policy check', and name it in 'liaison authority roster next --policy'");
  typed.console().out << typed.text("--out") << "\n";
  return kExitOk;
}

Result<int> sign(const Invocation& typed) {
  const std::string file = typed.text("NOTE");
  const NoteOnFile draft = TRY(read_roster(file));
  std::optional<Roster> before;
  if (typed.has("--previous")) {
    NoteOnFile previous = TRY(read_roster(typed.text("--previous")));
    TRY(check_succession(previous.roster, previous.note.text_hash(), draft.roster));
    before = std::move(previous.roster);
  } else if (draft.roster.version > 1) {
    typed.console().warn("without --previous NOTE nobody has checked that this roster follows the one before");
  }
  typed.console().say(roster_page(draft.note, draft.roster));
  const Secret passphrase = TRY(passphrase_of(typed, false));
  const SigningKey key = TRY(load_signing_key(typed.text("--key"), passphrase));
  const SignedRoster done = TRY(sign_roster(draft.note.str(), typed.text("--root-id"), key, before));
  TRY(write_durably(file, view_of(done.note), kFileModeForAll));
  typed.console().out << done.report;
  return kExitOk;
}

Result<int> show(const Invocation& typed) {
  const NoteOnFile roster = TRY(read_roster(typed.text("NOTE")));
  typed.console().out << roster_page(roster.note, roster.roster);
  return kExitOk;
}

Result<int> fingerprint(const Invocation& typed) {
  const NoteOnFile roster = TRY(read_roster(typed.text("NOTE")));
  typed.console().out << spoken(roster.note.text_hash()) << "\n";
  return kExitOk;
}

std::vector<Argument> next_arguments() {
  return {{"--from", "NOTE", "the roster in force", true},
          {"--rotate", "FILE", "request of a member that brings new keys", false, true},
          {"--add", "FILE:PORT:NET", "a new member's request, its port and its network", false, true},
          {"--leave", "MEMBER", "a member that leaves", false, true},
          {"--retire", "KEY:UNTIL", "end a key in good order: valid below this log index", false, true},
          {"--revoke", "KEY:TRUSTED_BELOW:REASON", "end a key that was lost or stolen", false, true},
          {"--from-index", "N", "log index from which new keys are valid"},
          {"--add-root", "ID=VKEY", "a new root", false, true},
          {"--drop-root", "ID", "a root that goes", false, true},
          {"--threshold", "K", "how many roots must sign from now on"},
          {"--policy", "FILE", "the policy that it brings into force"},
          {"--expires-days", "DAYS", "1 to 100, default 90"},
          {"--out", "NOTE", "file for the draft", true}};
}

}  // namespace

std::vector<Command> authority_commands() {
  const Argument note{"NOTE", "", "the roster's note file", true};
  return {{"authority root new", "make a root's key; prints its public key for the roster",
           with_passphrase({{"--network", "NAME", "name of the exchange, such as liaison.example.org", true},
                            {"--id", "ID", "R1, R2, ...", true},
                            {"--out", "FILE", "file for the private key", true}}),
           root_new, {"liaison authority root new --network liaison.example.org --id R1 --out root/R1.pem"}},
          {"authority roster new", "draft version 1 of the roster from enrolment requests",
           {{"--network", "NAME", "name of the exchange", true},
            {"--root", "ID=VKEY", "a root and its public key", true, true},
            {"--threshold", "K", "how many roots must sign", true},
            {"--broker", "FILE", "the broker's enrolment request", true},
            {"--member", "FILE:PORT:NET", "a member's request, its port and its network", true, true},
            {"--policy", "FILE", "the policy in force", true},
            {"--expires-days", "DAYS", "1 to 100, default 90"},
            {"--out", "NOTE", "file for the draft", true}},
           roster_new,
           {"liaison authority roster new --network liaison.example.org --threshold 2 --root R1=VKEY --root R2=VKEY --root R3=VKEY --broker broker.request "
            "--member 1540.request:5601:192.0.2.0/28 --member 1373.request:5603:192.0.2.32/28 --policy default.policy --out roster-1.note"}},
          {"authority roster next", "draft the version after this one", next_arguments(), roster_next,
           {"liaison authority roster next --from roster-1.note --rotate 1540-sign-1a2b3c4d.request --from-index 18500 --out roster-2.note"}},
          {"authority policy next", "copy a policy file to its next version, whose rules are then changed",
           {{"--from", "FILE", "the policy in force", true}, {"--out", "FILE", "file for the next version", true}}, policy_next,
           {"liaison authority policy next --from default.policy --out policy-2"}},
          {"authority policy check", "read a policy file and say what it allows", {{"FILE", "", "the policy", true}}, policy_check,
           {"liaison authority policy check default.policy"}},
          {"authority sign", "add one root's signature to a roster",
           with_passphrase({note, {"--root-id", "ID", "whose signature", true}, {"--key", "FILE", "that root's private key", true},
                            {"--previous", "NOTE", "the roster before, whose roots sign too"}}),
           sign, {"liaison authority sign roster-1.note --root-id R1 --key root/R1.pem"}},
          {"authority show", "one page about a roster, to be read aloud", {note}, show, {"liaison authority show roster-1.note"}},
          {"authority fingerprint", "the fingerprint of a roster, in groups of four", {note}, fingerprint,
           {"liaison authority fingerprint roster-1.note"}}};
}

}  // namespace liaison
