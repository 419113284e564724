// SPDX-License-Identifier: Apache-2.0
#include "broker/broker_keys.h"

#include <string>

namespace liaison {

Result<BrokerKeys> load_broker_keys(const std::filesystem::path& folder, const Secret& passphrase) {
  SigningKey sign = TRY(load_signing_key(folder / "sign.pem", passphrase));
  SigningKey log = TRY(load_signing_key(folder / "log.pem", passphrase));
  AgreementKey curve = TRY(load_curve_key(folder / "curve.key"));
  return BrokerKeys{std::move(sign), std::move(log), std::move(curve)};
}

Result<void> check_broker_keys(const BrokerKeys& keys, const Roster& roster) {
  const auto differs = [&](std::string_view which) {
    return fail(Code::kRoster, "the roster's broker line for " + roster.broker.id + " names another " + std::string(which) +
                                   " key than this broker holds", "use the roster that was made from this folder's broker.request");
  };
  if (roster.broker.sign != keys.sign.public_key()) return differs("sign");
  if (roster.broker.log.key != keys.log.public_key()) return differs("log");
  if (roster.broker.curve != keys.curve.public_key()) return differs("curve");
  return {};
}

}  // namespace liaison
