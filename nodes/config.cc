// SPDX-License-Identifier: Apache-2.0
#include "nodes/config.h"

#include <algorithm>

#include "nodes/domain/working_days.h"
#include "schemas/message.h"

namespace liaison {

namespace {

constexpr std::uint64_t kMany = 1'000'000'000;

NodeLimits take_limits(Settings& settings) {
  // The same numbers as in the broker's [quota]: the node gives out a sequence only when the broker will take it.
  NodeLimits limits;
  // quota.per_second, messages: in the long run. Default 20.
  limits.per_second = static_cast<double>(settings.number("quota.per_second", 20, 1, kMany));
  // quota.burst, messages: at once after a rest. Default 100.
  limits.burst = static_cast<double>(settings.number("quota.burst", 100, 1, kMany));
  // quota.per_day, messages of one kind in one UTC day. Default 10000.
  limits.messages_per_day = settings.number("quota.per_day", limits.messages_per_day, 1, kMany);
  // quota.mebibytes_per_day, MiB of whole messages of one kind in one UTC day. Default 64.
  limits.bytes_per_day = settings.number("quota.mebibytes_per_day", 64, 1, kMany) << 20;
  // quota.receipts_per_second, delivery receipts. Default 40.
  limits.receipts_per_second = static_cast<double>(settings.number("quota.receipts_per_second", 40, 1, kMany));
  // quota.receipts_burst, delivery receipts at once. Default 100.
  limits.receipts_burst = static_cast<double>(settings.number("quota.receipts_burst", 100, 1, kMany));
  // quota.receipt_pause_ms, milliseconds between two receipts to one member, so that one covers many messages. Default 200.
  limits.receipt_pause_ms = settings.number("quota.receipt_pause_ms", limits.receipt_pause_ms, 0, 60'000);
  // More than the broker's own number is refused there with E_BUSY and sent again:
  // quota.unacknowledged, messages that may wait for the broker's answer at once. Default 32.
  limits.unacknowledged = settings.number("quota.unacknowledged", limits.unacknowledged, 1, kUnacknowledgedMax);
  return limits;
}

// Letters, digits, dots, dashes and the colons of an IPv6 address; a name with one colon has a port behind it.
bool is_host(const std::string& text) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), good) && std::count(text.begin(), text.end(), ':') != 1;
}

ReleaseRules take_release(Settings& settings) {
  ReleaseRules rules;
  // release.four_eyes, a list of kinds of message, such as ["visit.plan"], or ["*"] for all: they leave only as drafts that a second officer
  // releases. Default: none.
  rules.four_eyes = settings.texts("release.four_eyes");
  for (const std::string& kind : rules.four_eyes) {
    const bool known = schema_id_of(kind).has_value() && !is_service_kind(kind);
    if (kind != "*" && !known)
      settings.wrong("release.four_eyes", "has \"" + kind + "\", which is no kind of message that officers send; liaison schemas lists them");
  }
  return rules;
}

Result<Holidays> read_holidays(const std::filesystem::path& folder) {
  auto holidays = Holidays::with(folder);
  if (!holidays) return fail(Code::kConfig, "node.holidays: " + holidays.error().what, holidays.error().hint);
  return holidays;
}

}  // namespace

Result<NodeConfig> take_node_settings(Settings& settings) {
  NodeConfig config;
  // node.member, the committee's id in the roster, e.g. "1540". Required.
  const std::string member = settings.text_required("node.member");
  // node.folder, path: node.db, keys/ and trust/. Default: the folder of this file.
  config.folder = settings.path("node.folder", ".");
  // node.contact, text: the office that other committees call; stands in this committee's records. Default: "<member> secretariat".
  config.settings.contact = settings.text("node.contact", member + " secretariat");
  // node.window_days, days: how near two committees' visits to one State may come before it is a finding. Default 90.
  config.settings.window_days = static_cast<std::uint32_t>(settings.number("node.window_days", 90, 0, 3650));
  // node.gap_years, years: how long nobody may have gone to a State before the next visit there is a finding. Default 5.
  config.settings.gap_years = static_cast<std::uint32_t>(settings.number("node.gap_years", 5, 1, 100));
  // node.holidays, path: a folder of STATION-YEAR.csv, which win over the built-in ones. Default: none.
  const std::filesystem::path holidays = settings.path("node.holidays", "");
  // node.station, duty station whose holidays and clocks count for this committee's periods, e.g. "new_york". Default new_york.
  config.settings.station = settings.text("node.station", std::string(kHeadquarters));
  // node.closing_hour, local time at which a working day ends there, e.g. "17:00". Default 17:00.
  config.settings.closing_hour = settings.text("node.closing_hour", "17:00");
  // node.silence_days, full working days that a proposal gives before silence adopts it. Default 5.
  config.settings.silence_days = static_cast<std::uint32_t>(settings.number("node.silence_days", 5, 1, 366));
  // node.wait_days, working days that each side of a match has for its answer, and a request for its acknowledgement. Default 5.
  config.settings.wait_days = static_cast<std::uint32_t>(settings.number("node.wait_days", 5, 1, 366));
  // node.hold_months, months that a committee may hold such a proposal. Default 6.
  config.settings.hold_months = static_cast<std::uint32_t>(settings.number("node.hold_months", 6, 1, 120));
  // node.hold_extension_months, months by which this committee may make holds of its own proposals longer, once; 0: never. Default 3.
  config.settings.hold_extension_months = static_cast<std::uint32_t>(settings.number("node.hold_extension_months", 3, 0, 120));
  // broker.host, name or address of the broker's machine; the port is the roster's. Default 127.0.0.1.
  config.broker_host = settings.text("broker.host", "127.0.0.1");
  // api.socket, path: the local API's Unix socket, mode 0660; whoever may open it acts for the committee. Default <member>.sock.
  config.api_socket = settings.path("api.socket", member + ".sock");
  // keys.passphrase_file, path: opens the keys; mode 0600. Default: $CREDENTIALS_DIRECTORY/passphrase, else the terminal.
  config.passphrase_file = settings.path("keys.passphrase_file", "");
  // log.format, "text" or "json". Default text.
  const std::string format = settings.choice("log.format", "text", {"text", "json"});
  // log.level, "debug", "info", "warn" or "error". Default info.
  config.log_level = settings.choice("log.level", "info", {"debug", "info", "warn", "error"});
  config.settings.limits = take_limits(settings);
  config.settings.release = take_release(settings);
  config.connectors = take_connectors(settings);
  const auto id = MemberId::parse(member);
  if (!id && !member.empty()) settings.wrong("node.member", "is \"" + member + "\" and must be the committee's id in the roster, such as \"1540\"");
  if (const auto station = parse_station(config.settings.station); !station) settings.wrong("node.station", "is wrong: " + station.error().what);
  if (const auto hour = parse_closing_hour(config.settings.closing_hour, "node.closing_hour"); !hour)
    settings.wrong("node.closing_hour", "is \"" + config.settings.closing_hour + "\" and must be an hour such as \"17:00\"");
  if (!is_host(config.broker_host)) settings.wrong("broker.host", "is \"" + config.broker_host + "\" and must be a name or an address, without a port");
  TRY(settings.finish());
  if (!id) return fail(Code::kConfig, "node.member is empty", "use the committee's id in the roster, such as \"1540\"");
  config.member = *id;
  if (!holidays.empty()) config.settings.holidays = TRY(read_holidays(holidays));
  config.log_format = format == "json" ? LogFormat::kJson : LogFormat::kText;
  return config;
}

Result<NodeConfig> read_node_config(const std::filesystem::path& file) {
  Settings settings = TRY(Settings::read(file));
  return take_node_settings(settings);
}

}  // namespace liaison
