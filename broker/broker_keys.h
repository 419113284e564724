// SPDX-License-Identifier: Apache-2.0
// The broker's own keys (FOLDER/keys) and their agreement with the roster. Read once at start.
#pragma once

#include <filesystem>

#include "schemas/result.h"
#include "security/keys.h"
#include "security/roster.h"

namespace liaison {

struct BrokerKeys {
  SigningKey sign;      // signs refusals
  SigningKey log;       // signs checkpoints
  AgreementKey curve;   // the endpoints' key
  BrokerKeys clone() const { return {sign.clone(), log.clone(), curve.clone()}; }
};

// sign.pem, log.pem and curve.key of the folder. kUnknown, kPassphrase, kPermission with the file's name.
Result<BrokerKeys> load_broker_keys(const std::filesystem::path& folder, const Secret& passphrase);
// kRoster when the roster's broker line names other keys than these.
Result<void> check_broker_keys(const BrokerKeys& keys, const Roster& roster);

}  // namespace liaison
