// SPDX-License-Identifier: Apache-2.0
#include "schemas/codes.h"

#include <array>

namespace liaison {
namespace {

struct Row { Code code; std::string_view name; std::string_view sentence; };

constexpr std::array kRows{
    Row{Code::kAccepted, "OK", "accepted"},
    Row{Code::kFormat, "E_FORMAT", "the message is not well formed; its sender must be mended before it sends again"},
    Row{Code::kSize, "E_SIZE", "the message is longer than the protocol allows, or its lengths do not add up"},
    Row{Code::kKey, "E_KEY", "the key is not in the roster, not yet valid, or replaced by a newer one"},
    Row{Code::kSignature, "E_SIGNATURE", "the signature does not hold"},
    Row{Code::kSender, "E_SENDER", "the connection, the key and the message name different members"},
    Row{Code::kBlob, "E_BLOB", "attachments are not part of this version"},
    Row{Code::kChain, "E_CHAIN", "the message does not follow the member's last one"},
    Row{Code::kEquivocation, "E_EQUIVOCATION", "another message already has this sequence; somebody else may hold the key"},
    Row{Code::kKeyRevoked, "E_KEY_REVOKED", "the key was revoked or has run out"},
    Row{Code::kExpired, "E_EXPIRED", "the message came after the time until which it was valid"},
    Row{Code::kSchema, "E_SCHEMA", "the kind or its schema is not one the exchange knows"},
    Row{Code::kRecipient, "E_RECIPIENT", "a recipient is not a member of the exchange"},
    Row{Code::kMarking, "E_MARKING", "this marking may not travel over the exchange"},
    Row{Code::kPolicy, "E_POLICY", "the mandate policy does not allow it"},
    Row{Code::kEncryptionRequired, "E_ENCRYPTION_REQUIRED", "the policy asks for a sealed body"},
    Row{Code::kSeal, "E_SEAL", "the body is not sealed to exactly its recipients"},
    Row{Code::kStale, "E_STALE", "the body is sealed to a key that is no longer used; the node seals it anew"},
    Row{Code::kGap, "E_GAP", "earlier messages of this member are missing; they are sent first"},
    Row{Code::kQuota, "E_QUOTA", "the member has used up its share for now; it is sent again by itself"},
    Row{Code::kBusy, "E_BUSY", "too much is under way; it is sent again by itself"},
    Row{Code::kStorageFull, "E_STORAGE_FULL", "the broker's disk is nearly full; it is sent again by itself"},
    Row{Code::kClock, "E_CLOCK", "the sender's clock is ahead of the broker's"},
    Row{Code::kClockBroker, "E_CLOCK_BROKER", "the broker's clock jumped; it waits for its operator"},
    Row{Code::kRosterExpired, "E_ROSTER_EXPIRED", "the roster has run out; a new one must be signed and applied"},
    Row{Code::kRange, "E_RANGE", "the log is shorter than the node remembers"},
    Row{Code::kOpen, "E_OPEN", "the sealed body does not open"},
    Row{Code::kBody, "E_BODY", "the body is not what its kind says"},
    Row{Code::kDuplicate, "E_DUPLICATE", "its number was used before by this sender"},
    Row{Code::kInput, "E_INPUT", "the input is not valid"},
    Row{Code::kConfig, "E_CONFIG", "the configuration is not valid"},
    Row{Code::kIo, "E_IO", "a file or socket operation failed"},
    Row{Code::kStore, "E_STORE", "the database failed or is damaged"},
    Row{Code::kLocked, "E_LOCKED", "another process uses this folder"},
    Row{Code::kUnknown, "E_UNKNOWN", "there is nothing of that name"},
    Row{Code::kRevision, "E_REVISION", "the record has changed since"},
    Row{Code::kNotOwner, "E_NOT_OWNER", "only the committee that owns a record changes it"},
    Row{Code::kTransition, "E_TRANSITION", "the life cycle has no such move"},
    Row{Code::kPassphrase, "E_PASSPHRASE", "the passphrase is missing or wrong"},
    Row{Code::kPermission, "E_PERMISSION", "file permissions or rights are not as they must be"},
    Row{Code::kNote, "E_NOTE", "the signed note is not well formed or not signed as it must be"},
    Row{Code::kRoster, "E_ROSTER", "the roster is not valid"},
    Row{Code::kPolicyFile, "E_POLICY_FILE", "the policy file is not valid"},
    Row{Code::kCheckpoint, "E_CHECKPOINT", "the checkpoint does not verify or does not connect"},
    Row{Code::kProof, "E_PROOF", "the proof does not hold"},
    Row{Code::kUnreachable, "E_UNREACHABLE", "nothing answers there"},
    Row{Code::kHalted, "E_HALTED", "stopped until a person acts"},
    Row{Code::kUsage, "E_USAGE", "the command line is not one this program understands"},
    Row{Code::kInternal, "E_INTERNAL", "a fault in the program"},
};

const Row& row_of(Code code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows.back();
}

}  // namespace

std::string_view code_name(Code code) { return row_of(code).name; }
std::string_view code_sentence(Code code) { return row_of(code).sentence; }

std::optional<Code> code_from_wire(std::uint16_t number) {
  for (const Row& row : kRows) {
    const auto value = static_cast<std::uint16_t>(row.code);
    if (value == number && value < 1000) return row.code;
  }
  return std::nullopt;
}

}  // namespace liaison
