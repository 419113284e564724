// SPDX-License-Identifier: Apache-2.0
// Bytes <-> checked plain structs for the signed header, the control frames and the delivery receipt. All FlatBuffers
// verification of the exchange's own formats is here: depth 8; 256 tables for header and bodies, 1,024 for control
// frames. Decoders copy to 8-aligned memory first and accept any bytes. Formats: schemas/PROTOCOL.md, "Frames".
// Pure functions; no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr int kProtocolVersion = 1;   // of schemas/PROTOCOL.md
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kBodyBytesMax = 96 * 1024;
inline constexpr std::size_t kItemsBytesMax = 128 * 1024;   // a whole ITEMS payload, its 13-byte prefix included
inline constexpr std::size_t kPayloadBytesMax = 128 * 1024; // any payload part
// Messages of one member that wait for the broker's answer at once: unless configured, and at the most.
inline constexpr std::size_t kUnacknowledged = 32;
inline constexpr std::size_t kUnacknowledgedMax = 128;
inline constexpr std::uint8_t kSuitePlain = 1;
inline constexpr std::uint8_t kSuiteSealed = 2;
inline constexpr std::string_view kKindReceipt = "receipt";
inline constexpr std::string_view kKindHeartbeat = "heartbeat";

struct Header {
  MemberId sender;
  Hash schema_id{};
  std::string kind;
  std::string marking;
  std::vector<MemberId> recipients;
  std::uint64_t sequence = 0;
  MessageId previous{};
  TimeMs created_at_ms = 0;
  TimeMs not_after_ms = 0;
  std::uint64_t roster_version = 0;
  Hash policy_hash{};
  std::uint64_t seen_size = 0;
  Hash seen_root{};
  std::array<std::uint8_t, 16> nonce{};
  MessageId in_reply_to{};
  std::uint8_t suite = 0;
  std::optional<Hash> key_commitment;  // set exactly when suite is kSuiteSealed
  std::uint32_t blob_count = 0;
};

Bytes encode_header(const Header& header);
// E_FORMAT with a sentence for anything the protocol does not allow in a header by itself: structure, id syntax, NFC,
// recipients sorted, unique and without the sender, zero scalars, not_after <= created_at, lengths. E_BLOB when blobs
// are named. A kind or marking is checked for form only ([a-z_.]{1,32}, [a-z_]{1,32}); an unknown one is judged later.
Result<Header> decode_header(View bytes);

// Control frames, PROTOCOL 2 types 2..8.
enum class FrameType : std::uint8_t {
  kMessage = 1, kFetch = 2, kItems = 3, kAcceptance = 4, kRefusal = 5, kWhoAmI = 6, kWhoAmIAnswer = 7, kCheckpoint = 8,
  kWitness = 9, kBlob = 10,
};

struct Fetch { std::uint64_t from = 0; std::uint32_t max_items = 0; std::uint32_t wait_ms = 0; };
struct Item { Bytes leaf; Bytes body; };   // body empty where it is not due
struct Items { std::vector<Item> items; std::string checkpoint; std::vector<Hash> consistency; };
struct Acceptance { Hash frame_hash{}; Bytes leaf; std::vector<Hash> path; std::string checkpoint; std::string rule; std::string basis; };
struct Refusal {
  Hash frame_hash{};
  Code code = Code::kFormat;
  std::uint64_t detail = 0;
  std::string text;
  TimeMs time_ms = 0;
  std::optional<Signature> signature;
};
struct WhoAmI {};
struct ChainHead { KeyId key_id{}; std::uint64_t sequence = 0; MessageId message_id{}; std::optional<Acceptance> acceptance; };
struct WhoAmIAnswer { MemberId member; std::vector<ChainHead> heads; TimeMs time_ms = 0; };
struct CheckpointMessage { std::string note; };   // empty asks

using Control = std::variant<Fetch, Items, Acceptance, Refusal, WhoAmI, WhoAmIAnswer, CheckpointMessage>;
struct ControlFrame { std::uint32_t request_id = 0; Control control; };

// magic | type | request_id | length | FlatBuffer; at most kPayloadBytesMax (CHECKed: the caller keeps ITEMS small).
Bytes encode_control(std::uint32_t request_id, const Control& control);
// E_SIZE, or E_FORMAT for anything that does not verify, has a type other than 2..8, whose union member is not its type's,
// whose parts share bytes so that copies would outgrow a payload, or with a number beyond kWireNumberMax. Text, rule and
// basis come back printable and cut at 512 bytes.
Result<ControlFrame> decode_control(View payload);
// The type byte of a payload with a right magic; nothing otherwise. Says nothing about the rest.
std::optional<FrameType> frame_type(View payload);

// R3.
struct Covered { MessageId message_id{}; Hash frame_hash{}; std::uint64_t index = 0; std::uint64_t pair_seq = 0; Code verdict = Code::kAccepted; };
inline constexpr std::size_t kCoveredMax = 256;
// 1..256 entries (CHECKed).
Bytes encode_receipt(const std::vector<Covered>& covered);
// E_BODY for bytes that do not verify, 0 or more than 256 entries, or a verdict this version does not know.
Result<std::vector<Covered>> decode_receipt(View body);

// schemas.txt: "kind SP hex LF", sorted (PROTOCOL 1, schemas-sha256). The list is compiled in from the .fbs bytes
// at build time, so that a program and its list cannot disagree.
struct SchemaLine { std::string kind; Hash id{}; };
const std::vector<SchemaLine>& schema_list();
std::string schemas_text();
// The newest id of a kind; nothing for an unknown kind.
std::optional<Hash> schema_id_of(std::string_view kind);
bool schema_known(std::string_view kind, const Hash& id);
// "2.0.8": the FlatBuffers whose headers this program was built with.
std::string flatbuffers_version();

}  // namespace liaison
