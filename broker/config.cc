// SPDX-License-Identifier: Apache-2.0
#include "broker/config.h"

#include <arpa/inet.h>

#include "security/http.h"
#include "security/settings.h"

namespace liaison {

namespace {

constexpr std::uint64_t kMany = 1'000'000'000;

bool is_address(const std::string& text) {
  in6_addr raw{};
  return ::inet_pton(AF_INET, text.c_str(), &raw) == 1 || ::inet_pton(AF_INET6, text.c_str(), &raw) == 1;
}

QuotaLimits read_quota(Settings& settings) {
  QuotaLimits quota;
  // quota.per_second, messages: what a member may publish in the long run. Default 20.
  quota.messages_per_second = settings.number("quota.per_second", quota.messages_per_second, 1, kMany);
  // quota.burst, messages: what it may publish at once after a rest. Default 100.
  quota.burst = settings.number("quota.burst", quota.burst, 1, kMany);
  // quota.per_day, messages of one kind in one UTC day. Default 10000.
  quota.messages_per_day = settings.number("quota.per_day", quota.messages_per_day, 1, kMany);
  // quota.mebibytes_per_day, MiB of whole frames of one kind in one UTC day. Default 64.
  quota.bytes_per_day = settings.number("quota.mebibytes_per_day", quota.bytes_per_day >> 20, 1, kMany) << 20;
  // quota.receipts_per_second, delivery receipts of at most 32 KiB; a larger one counts as any other message. Default 40.
  quota.receipts_per_second = settings.number("quota.receipts_per_second", quota.receipts_per_second, 1, kMany);
  // quota.receipts_burst, delivery receipts at once. Default 100.
  quota.receipts_burst = settings.number("quota.receipts_burst", quota.receipts_burst, 1, kMany);
  // quota.receipts_mebibytes_per_day, MiB of whole receipts in one UTC day. Default 1024.
  quota.receipt_bytes_per_day = settings.number("quota.receipts_mebibytes_per_day", quota.receipt_bytes_per_day >> 20, 1, kMany) << 20;
  // quota.unacknowledged, messages of one member that may wait for an answer at once, with 256 KiB of memory each. Default 32.
  quota.unacknowledged = settings.number("quota.unacknowledged", quota.unacknowledged, 1, kUnacknowledgedMax);
  return quota;
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& file) {
  Settings settings = TRY(Settings::read(file));
  Config config;
  // broker.folder, path: the broker's own folder, mode 0700. Default: the folder of this file.
  config.folder = settings.path("broker.folder", ".");
  // broker.bind, IP address: where the members' ports, which the roster names, are opened; :: is IPv4 and IPv6. Default 0.0.0.0.
  config.bind = settings.text("broker.bind", "0.0.0.0");
  if (!is_address(config.bind)) settings.wrong("broker.bind", "is \"" + config.bind + "\" and must be an IP address, such as 0.0.0.0");
  // http.listen, loopback address and port of /livez, /readyz, /metrics, /checkpoint. Default 127.0.0.1:5680.
  config.http_listen = settings.text("http.listen", "127.0.0.1:5680");
  if (!parse_loopback(config.http_listen)) settings.wrong("http.listen", "is \"" + config.http_listen + "\" and must be a loopback address and a port");
  // keys.passphrase_file, path: opens the keys; mode 0600. Default: $CREDENTIALS_DIRECTORY/passphrase, else the terminal.
  config.passphrase_file = settings.path("keys.passphrase_file", "");
  // log.format, "text" or "json". Default text.
  const std::string format = settings.choice("log.format", "text", {"text", "json"});
  // log.level, "debug", "info", "warn" or "error". Default info.
  config.log_level = settings.choice("log.level", "info", {"debug", "info", "warn", "error"});
  // storage.free_mebibytes_min, MiB: below it only delivery receipts are taken, below an eighth of it nothing. Default 256.
  config.limits.free_bytes_min = settings.number("storage.free_mebibytes_min", 256, 1, kMany) << 20;
  // storage.reserve_mebibytes, MiB: kept as a file and given back when the disk is full. 0 keeps none. Default 64.
  config.limits.reserve_bytes = settings.number("storage.reserve_mebibytes", 64, 0, kMany) << 20;
  config.limits.quota = read_quota(settings);
  TRY(settings.finish());
  config.log_format = format == "json" ? LogFormat::kJson : LogFormat::kText;
  return config;
}

}  // namespace liaison
