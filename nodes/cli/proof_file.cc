// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/proof_file.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

namespace liaison {
namespace {

using nlohmann::json;

Error bad(const std::string& field, const std::string& sentence) { return fail(Code::kProof, field + " " + sentence); }

// Nothing may stand in the file that nobody checks.
Result<void> expect_fields(const json& object, const std::string& where, std::initializer_list<std::string_view> needed,
                           std::initializer_list<std::string_view> allowed = {}) {
  if (!object.is_object()) return bad(where, "is not an object");
  for (const std::string_view name : needed) {
    if (!object.contains(name)) return bad(where, "lacks the field '" + std::string(name) + "'");
  }
  for (const auto& [name, value] : object.items()) {
    const bool known = std::find(needed.begin(), needed.end(), name) != needed.end() || std::find(allowed.begin(), allowed.end(), name) != allowed.end();
    if (!known) return bad(where, "has a field that is not part of the format: '" + name + "'");
  }
  return {};
}

Result<std::string> text_in(const json& object, const std::string& where, const char* name) {
  const json& value = object.at(name);
  if (!value.is_string()) return bad(where + "." + name, "is not text");
  return value.get<std::string>();
}

Result<Bytes> bytes_in(const json& value, const std::string& where) {
  const auto bytes = value.is_string() ? from_base64(value.get<std::string>()) : std::nullopt;
  if (!bytes) return bad(where, "is not base64");
  return *bytes;
}

Result<Placed> place_in(const json& object, const std::string& where) {
  Placed place;
  if (!object.at("index").is_number_unsigned()) return bad(where + ".index", "is not a whole number");
  place.index = object.at("index").get<std::uint64_t>();
  place.leaf = TRY(bytes_in(object.at("leaf"), where + ".leaf"));
  if (!object.at("path").is_array() || object.at("path").size() > 64) return bad(where + ".path", "is not a list of at most 64 hashes");
  for (const json& step : object.at("path")) {
    const Bytes bytes = TRY(bytes_in(step, where + ".path"));
    const auto hash = array_from<Hash>(bytes);
    if (!hash) return bad(where + ".path", "holds something that is not 32 bytes long");
    place.path.push_back(*hash);
  }
  return place;
}

Result<std::vector<PlacedText>> texts_in(const json& proof, const char* list, const char* name) {
  if (!proof.at(list).is_array() || proof.at(list).size() > 1000) return bad(list, "is not a list of at most 1,000");
  std::vector<PlacedText> all;
  for (const json& one : proof.at(list)) {
    const std::string where = std::string(list) + "[" + std::to_string(all.size()) + "]";
    TRY(expect_fields(one, where, {name, "index", "leaf", "path"}));
    PlacedText entry;
    entry.text = TRY(text_in(one, where, name));
    entry.place = TRY(place_in(one, where));
    all.push_back(std::move(entry));
  }
  return all;
}

Result<std::vector<PlacedFrame>> receipts_in(const json& proof) {
  const json& list = proof.at("receipts");
  if (!list.is_array() || list.size() > 1000) return bad("receipts", "is not a list of at most 1,000");
  std::vector<PlacedFrame> all;
  for (const json& one : list) {
    const std::string where = "receipts[" + std::to_string(all.size()) + "]";
    TRY(expect_fields(one, where, {"frame", "index", "leaf", "path"}));
    PlacedFrame receipt;
    receipt.frame = TRY(bytes_in(one.at("frame"), where + ".frame"));
    receipt.place = TRY(place_in(one, where));
    all.push_back(std::move(receipt));
  }
  return all;
}

// Two fields of one name would let two readers see two files.
bool names_twice(std::string_view text) {
  std::vector<std::set<std::string>> open;
  bool twice = false;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end && !open.empty()) open.pop_back();
    if (event == json::parse_event_t::key && !open.empty()) {
      twice = !open.back().insert(value.get<std::string>()).second || twice;
    }
    return true;
  };
  const json ignored = json::parse(text, watch, false);
  return ignored.is_discarded() || twice;
}

}  // namespace

Result<ProofFile> parse_proof(std::string_view text) {
  if (text.size() > kProofBytesMax) return fail(Code::kProof, "the file is longer than 16 MiB");
  const json proof = json::parse(text, nullptr, false);
  if (proof.is_discarded()) return fail(Code::kProof, "the file is not JSON");
  if (names_twice(text)) return fail(Code::kProof, "a field stands twice in the file");
  TRY(expect_fields(proof, "the proof",
                    {"format", "network", "genesis_sha256", "rosters", "policies", "frame", "leaf", "index", "path", "checkpoint", "receipts"},
                    {"content_key"}));
  if (proof.at("format") != "liaison-proof/v1") return fail(Code::kProof, "the format is not liaison-proof/v1", "a newer liaison may know it");
  ProofFile file;
  file.network = TRY(text_in(proof, "proof", "network"));
  const std::string genesis = TRY(text_in(proof, "proof", "genesis_sha256"));
  const auto genesis_bytes = from_hex(genesis);
  const auto genesis_hash = genesis_bytes && hex(*genesis_bytes) == genesis ? array_from<Hash>(*genesis_bytes) : std::nullopt;
  if (!genesis_hash) return bad("genesis_sha256", "is not 64 lower-case hexadecimal digits");
  file.genesis_sha256 = *genesis_hash;
  file.rosters = TRY(texts_in(proof, "rosters", "note"));
  file.policies = TRY(texts_in(proof, "policies", "file"));
  file.message.frame = TRY(bytes_in(proof.at("frame"), "frame"));
  file.message.place = TRY(place_in(proof, "proof"));
  file.checkpoint = TRY(text_in(proof, "proof", "checkpoint"));
  if (proof.contains("content_key") && !proof.at("content_key").is_null()) file.content_key = TRY(bytes_in(proof.at("content_key"), "content_key"));
  file.receipts = TRY(receipts_in(proof));
  return file;
}

}  // namespace liaison
