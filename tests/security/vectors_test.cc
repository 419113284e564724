// SPDX-License-Identifier: Apache-2.0
// tests/vectors: bytes written by the second implementation, read by this one.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "schemas/message.h"
#include "schemas/record.h"
#include "schemas/visit.h"
#include "security/frame.h"
#include "security/hash.h"
#include "security/log.h"
#include "security/policy.h"
#include "security/roster.h"
#include "security/sealing.h"

namespace liaison {
namespace {

using nlohmann::json;

json read(const std::string& name) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/tests/vectors/" + name + ".json");
  return json::parse(in);
}
// One list of a file, by value: a loop over a part of a temporary would run over freed memory.
json read(const std::string& name, const char* list) { return read(name).at(list); }
Bytes bytes(const json& value) { return *from_hex(value.get<std::string>()); }
template <class Array>
Array array(const json& value) {
  return *array_from<Array>(bytes(value));
}
std::vector<Hash> hashes(const json& list) {
  std::vector<Hash> out;
  for (const auto& one : list) out.push_back(array<Hash>(one));
  return out;
}

// True when `result` is what the case expects.
template <class T>
void expect_outcome(const json& one, const Result<T>& result) {
  const std::string got = result ? "OK" : std::string(code_name(result.error().code));
  EXPECT_EQ(got, one["expect"].get<std::string>()) << one["name"] << (result ? "" : ": " + result.error().what);
}

TEST(Vectors, Headers) {
  for (const auto& one : read("header", "cases")) {
    const auto header = decode_header(bytes(one["header"]));
    expect_outcome(one, header);
    if (!header) continue;
    EXPECT_EQ(header->sequence, one["sequence"].get<std::uint64_t>());
    std::vector<std::string> recipients;
    for (const MemberId& id : header->recipients) recipients.push_back(id.str());
    EXPECT_EQ(recipients, one["recipients"].get<std::vector<std::string>>());
  }
}

TEST(Vectors, Frames) {
  const json file = read("frame");
  const auto network = array<Hash>(file["network_id"]);
  const auto key = array<PublicKey>(file["public_key"]);
  EXPECT_EQ(hex(key_id_of(KeyUse::sign, key)), file["key_id"]);
  for (const auto& one : file["cases"]) {
    const auto frame = verify_frame(network, key, bytes(one["frame"]));
    expect_outcome(one, frame);
    if (!frame) continue;
    EXPECT_EQ(hex(frame->message_id()), one["message_id"]);
    EXPECT_EQ(hex(frame->frame_hash()), one["frame_hash"]);
    EXPECT_EQ(frame->header().sender.str(), one["sender"]);
  }
}

TEST(Vectors, SealedBodies) {
  const json file = read("sealing");
  const auto reader = AgreementKey::from_secret(bytes(file["reader_secret"]));
  for (const auto& one : file["cases"]) {
    const auto opened = open_body(reader, array<KeyId>(file["reader_key_id"]), array<Hash>(file["network_id"]), array<KeyId>(file["sign_key_id"]),
                                  bytes(one["header"]), array<Hash>(one["commitment"]), bytes(one["body"]));
    if (one["expect"] == "E_SEAL") {   // what the broker sees; a reader says that it does not open
      EXPECT_FALSE(stanza_key_ids(bytes(one["body"])).has_value()) << one["name"];
      EXPECT_FALSE(opened.has_value());
      continue;
    }
    expect_outcome(one, opened);
    if (!opened) continue;
    EXPECT_EQ(hex(opened->plaintext.expose()), one["plaintext"]) << one["name"];
    EXPECT_EQ(opened->pair_seq, one["pair_seq"].get<std::uint64_t>());
  }
}

TEST(Vectors, SealsAsAnybodySeesThem) {
  for (const auto& one : read("sealing", "seals")) {
    std::vector<KeyId> ids;
    for (const auto& id : one["key_ids"]) ids.push_back(array<KeyId>(id));
    expect_outcome(one, check_stanzas(bytes(one["body"]), ids));
  }
}

TEST(Vectors, Leaves) {
  for (const auto& one : read("merkle", "leaf")) {
    const auto leaf = decode_leaf(bytes(one["leaf"]));
    expect_outcome(one, leaf);
    if (!leaf) continue;
    EXPECT_EQ(leaf->index, one["index"].get<std::uint64_t>());
    EXPECT_EQ(static_cast<int>(leaf->leaf_class), one["leaf_class"].get<int>());
    EXPECT_EQ(static_cast<int>(leaf->verdict), one["verdict"].get<int>());
    EXPECT_EQ(leaf->accept_time_ms, one["accept_time_ms"].get<std::uint64_t>());
    EXPECT_EQ(hex(encode_leaf(*leaf)), one["leaf"]);
  }
}

TEST(Vectors, RootsOfTheTree) {
  const json file = read("merkle");
  Tree tree([](std::uint64_t) -> Result<std::vector<Hash>> { return fail(Code::kStore, "no tile is complete here"); });
  EXPECT_EQ(hex(*tree.root()), file["roots"][0]);
  for (std::size_t n = 0; n < file["leaves"].size(); ++n) {
    tree.append(array<Hash>(file["leaves"][n]));
    EXPECT_EQ(hex(*tree.root()), file["roots"][n + 1]);
  }
}

TEST(Vectors, Proofs) {
  const json file = read("merkle");
  for (const auto& one : file["inclusion"]) {
    const bool holds = inclusion_holds(array<Hash>(one["leaf_hash"]), one["index"], one["size"], hashes(one["path"]), array<Hash>(one["root"]));
    EXPECT_EQ(holds, one["expect"] == "OK") << one["name"];
  }
  for (const auto& one : file["consistency"]) {
    const bool holds = consistency_holds(one["first"], one["second"], array<Hash>(one["first_root"]), array<Hash>(one["second_root"]), hashes(one["proof"]));
    EXPECT_EQ(holds, one["expect"] == "OK") << one["name"];
  }
}

TEST(Vectors, Checkpoints) {
  const json file = read("checkpoint");
  const auto key = parse_verifier_key(file["log_vkey"].get<std::string>());
  ASSERT_TRUE(key.has_value());
  for (const auto& one : file["cases"]) {
    const auto checkpoint = open_checkpoint(one["note"].get<std::string>(), *key);
    expect_outcome(one, checkpoint);
    if (!checkpoint) continue;
    EXPECT_EQ(hex(checkpoint->root), one["root"]);
    EXPECT_EQ(checkpoint->size, one["size"].get<std::uint64_t>());
  }
}

TEST(Vectors, Rosters) {
  for (const auto& one : read("roster", "cases")) {
    const auto text = one["text"].get<std::string>();
    const auto roster = parse_roster(text);
    expect_outcome(one, roster);
    if (!roster) continue;
    EXPECT_EQ(roster_text(*roster), text);
    EXPECT_EQ(hex(network_id_of(roster->network, array<Hash>(one["text_hash"]))), one["network_id"]);
  }
}

Result<TrustedRoster> trust_chain(const json& notes) {
  auto trusted = TRY(trust_first_roster(notes[0].get<std::string>()));
  for (std::size_t i = 1; i < notes.size(); ++i) trusted = TRY(trust_next_roster(trusted, notes[i].get<std::string>()));
  return trusted;
}

TEST(Vectors, ChainsOfRosters) {
  for (const auto& one : read("roster", "chains")) {
    expect_outcome(one, trust_chain(one["notes"]));
  }
}

TEST(Vectors, Policies) {
  const json file = read("policy");
  for (const auto& one : file["files"]) {
    const auto text = one["file"].get<std::string>();
    const auto parsed = parse_policy(text);
    expect_outcome(one, parsed);
    if (parsed) { EXPECT_EQ(hex(sha256(view_of(text))), one["hash"]); }
  }
  const auto policy = parse_policy(file["policy"].get<std::string>());
  ASSERT_TRUE(policy.has_value());
  std::vector<MemberId> members;
  for (const auto& id : file["members"]) members.push_back(*MemberId::parse(id.get<std::string>()));
  for (const auto& one : file["cells"]) {
    std::vector<MemberId> recipients;
    for (const auto& id : one["recipients"]) recipients.push_back(*MemberId::parse(id.get<std::string>()));
    const auto kind = one["kind"].get<std::string>(), marking = one["marking"].get<std::string>();
    const auto decision = decide(*policy, members, {*MemberId::parse(one["sender"].get<std::string>()), kind, marking, &recipients, one["suite"]});
    EXPECT_EQ(code_name(decision.verdict), one["expect"].get<std::string>()) << one["name"];
    if (!one["rule"].is_null()) { EXPECT_EQ(decision.rule, one["rule"]) << one["name"]; }
  }
}

TEST(Vectors, PoliciesThatFollow) {
  for (const auto& one : read("policy", "successions")) {
    const auto before = one["before"].get<std::string>();
    expect_outcome(one, check_policy_succession(*parse_policy(before), sha256(view_of(before)), *parse_policy(one["after"].get<std::string>())));
  }
}

TEST(Vectors, Enrolments) {
  for (const auto& one : read("enrolment", "cases")) {
    const auto request = open_enrolment(one["text"].get<std::string>());
    expect_outcome(one, request);
    if (request) { EXPECT_EQ(request->id, one["id"]); }
  }
}

TEST(Vectors, Bodies) {
  const json file = read("bodies");
  for (const auto& one : file["visit.plan"]) expect_outcome(one, decode_visit_plan(bytes(one["body"])));
  for (const auto& one : file["visit.answer"]) expect_outcome(one, decode_visit_answer(bytes(one["body"])));
  for (const auto& one : file["visit.recall"]) expect_outcome(one, decode_visit_recall(bytes(one["body"])));
  for (const auto& one : file["receipt"]) {
    const auto covered = decode_receipt(bytes(one["body"]));
    expect_outcome(one, covered);
    if (!covered) continue;
    ASSERT_EQ(covered->size(), one["covered"].size());
    for (std::size_t i = 0; i < covered->size(); ++i) {
      EXPECT_EQ(hex((*covered)[i].message_id), one["covered"][i][0]);
      EXPECT_EQ(hex((*covered)[i].frame_hash), one["covered"][i][1]);
      EXPECT_EQ((*covered)[i].pair_seq, one["covered"][i][3].get<std::uint64_t>());
    }
  }
}

// A record's values as the vectors say them.
json plain(const RecordField& field, const RecordValue& value);

json plain_part(const std::vector<RecordField>& fields, const std::vector<RecordValue>& values) {
  json out = json::object();
  for (std::size_t i = 0; i < values.size(); ++i) out[fields[i].name] = plain(fields[i], values[i]);
  return out;
}

json plain(const RecordField& field, const RecordValue& value) {
  if (field.list) {
    json out = json::array();
    RecordField one = field;
    one.list = false;
    for (const RecordValue& item : value.items) out.push_back(plain(one, item));
    return out;
  }
  if (field.type == RecordField::Type::kFlag) return value.flag;
  if (field.type == RecordField::Type::kNumber) return value.number;
  if (field.type == RecordField::Type::kPart) return value.items.empty() ? json(nullptr) : plain_part(field.parts, value.items);
  return value.text;
}

json plain_record(const Record& record) {
  json out = plain_part(record.kind->fields, record.values);
  out.update({{"record_id", record.record_id}, {"revision", record.revision}, {"previous_revision", hex(record.previous_revision)},
              {"owner", record.owner.str()}, {"title", record.title}, {"states", record.states}, {"paragraph", record.paragraph},
              {"contact", record.contact}, {"note", record.note}, {"source", record.source}, {"unverified", record.unverified},
              {"consents", record.consents}, {"related", record.related}});
  return out;
}

TEST(Vectors, BodiesOfRecordsOfEveryKind) {
  const json file = read("records");
  std::set<std::string> kinds;
  for (const auto& one : file["records"]) {
    const std::string kind = one["kind"];
    const auto record = decode_record(kind, bytes(one["body"]));
    expect_outcome(one, record);
    if (!record) continue;
    kinds.insert(kind);
    EXPECT_EQ(plain_record(*record), one["record"]) << one["name"];
    EXPECT_EQ(decode_record(kind, encode_record(*record)).value(), *record) << one["name"];
  }
  EXPECT_EQ(kinds.size(), record_kinds().size());
  for (const auto& one : file["record.answer"]) expect_outcome(one, decode_record_answer(bytes(one["body"])));
  for (const auto& one : file["record.recall"]) expect_outcome(one, decode_record_recall(bytes(one["body"])));
}

TEST(Vectors, ControlFrames) {
  for (const auto& one : read("wire", "cases")) {
    const Bytes frame = bytes(one["frame"]);
    const auto control = decode_control(frame);
    expect_outcome(one, control);
    if (!control) continue;
    EXPECT_EQ(static_cast<int>(*frame_type(frame)), one["type"].get<int>());
    EXPECT_EQ(control->request_id, one["request_id"].get<std::uint32_t>());
  }
}

TEST(Vectors, SignaturesOfRefusals) {
  const json file = read("wire");
  for (const auto& one : file["refusals"]) {
    const auto control = decode_control(bytes(one["frame"]));
    ASSERT_TRUE(control) << one["name"];
    const bool holds = refusal_signature_holds(std::get<Refusal>(control->control), array<Hash>(file["network_id"]), array<PublicKey>(file["broker_sign"]));
    EXPECT_EQ(holds, one["expect"] == "OK") << one["name"];
  }
}

TEST(Vectors, Acceptances) {
  const json file = read("wire");
  const auto log = parse_verifier_key(file["log_vkey"].get<std::string>());
  for (const auto& one : file["acceptances"]) {
    const auto control = decode_control(bytes(one["frame"]));
    ASSERT_TRUE(control) << one["name"];
    const auto& r1 = std::get<Acceptance>(control->control);
    const auto leaf = decode_leaf(r1.leaf);
    const auto checkpoint = open_checkpoint(r1.checkpoint, *log);
    const bool holds = leaf && checkpoint && leaf->leaf_class == LeafClass::kFrame && leaf->hash == r1.frame_hash &&
                       inclusion_holds(leaf_hash(r1.leaf), leaf->index, checkpoint->size, r1.path, checkpoint->root);
    EXPECT_EQ(holds, one["expect"] == "OK") << one["name"];
  }
}

TEST(Vectors, NamesOfNetworksAndKeys) {
  const json file = read("ids");
  EXPECT_EQ(hex(network_id_of(file["network"].get<std::string>(), array<Hash>(file["genesis"]))), file["network_id"]);
  for (const auto& one : file["key_ids"]) {
    EXPECT_EQ(hex(key_id_of(*parse_key_use(one["use"].get<std::string>()), array<PublicKey>(one["public"]))), one["key_id"]) << one["use"];
  }
}

TEST(Vectors, SchemaIds) {
  const json file = read("ids");
  EXPECT_EQ(file["schemas"].size(), schema_list().size());
  for (const auto& one : file["schemas"]) EXPECT_EQ(hex(schema_id_of(one["kind"].get<std::string>()).value()), one["id"]) << one["kind"];
  EXPECT_EQ(hex(sha256(view_of(schemas_text()))), file["schemas_sha256"]);
}

TEST(Vectors, SoundKeys) {
  for (const auto& one : read("ids", "keys")) {
    const auto key = array<PublicKey>(one["public"]);
    EXPECT_EQ(one["use"] == "sign" ? is_sound_ed25519(key) : is_sound_x25519(key), one["expect"] == "OK") << one["name"];
  }
}

TEST(Vectors, VerifierKeys) {
  for (const auto& one : read("ids", "verifier_keys")) {
    const auto key = parse_verifier_key(one["vkey"].get<std::string>());
    expect_outcome(one, key);
    if (!key) continue;
    EXPECT_EQ(key->name, one["key_name"].get<std::string>());
    EXPECT_EQ(int{key->type}, one["type"].get<int>());
    EXPECT_EQ(hex(key->key), one["public"]);
    EXPECT_EQ(key->text(), one["vkey"].get<std::string>());
  }
}

TEST(Vectors, Base64AndZ85) {
  const auto expect = [](const json& one, const std::optional<Bytes>& read_bytes) {
    EXPECT_EQ(read_bytes.has_value(), one["expect"] == "OK") << one["name"];
    if (read_bytes) { EXPECT_EQ(hex(*read_bytes), one["bytes"]) << one["name"]; }
  };
  for (const auto& one : read("ids", "base64")) expect(one, from_base64(one["text"].get<std::string>()));
  for (const auto& one : read("ids", "z85")) expect(one, from_z85(one["text"].get<std::string>()));
}

}  // namespace
}  // namespace liaison
