// SPDX-License-Identifier: Apache-2.0
// The node's own code for webhooks, for the tests in webhooks.mjs:
//   webhook_tool sign KEYS ID SECONDS                      the body on standard input; prints the header webhook-signature
//   webhook_tool verify KEYS ID SECONDS SIGNATURE NOW      the body on standard input; status 0, or 1 and why not
//   webhook_tool send KEYS URL                             one message of committee 1540, as a connector sends it; status 0 when it was taken
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

#include "nodes/connectors/webhook_out.h"
#include "nodes/connectors/webhook_signature.h"

namespace liaison {
namespace {

std::string body() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

int tell(const Error& error) {
  std::fprintf(stderr, "%s\n", error.what.c_str());
  return 1;
}

int sign(const std::string& file, const std::string& id, const std::string& seconds) {
  const auto keys = WebhookKeys::read(file, WebhookKeys::Use::kSign);
  if (!keys) return tell(keys.error());
  std::printf("%s\n", keys->sign(id, std::strtoull(seconds.c_str(), nullptr, 10), body()).c_str());
  return 0;
}

int verify(const std::string& file, const WebhookHeaders& headers, const std::string& now) {
  const auto keys = WebhookKeys::read(file, WebhookKeys::Use::kVerify);
  if (!keys) return tell(keys.error());
  const auto verified = keys->verify(headers, body(), std::strtoull(now.c_str(), nullptr, 10) * 1000);
  return verified ? 0 : tell(verified.error());
}

int send(const std::string& file, const std::string& url) {
  ConnectorConfig config;
  config.name = "case-files";
  config.paths["secret_file"] = file;
  config.texts["url"] = url;
  const auto carrier = make_webhook_out(config, *MemberId::parse("1540"));
  if (!carrier) return tell(carrier.error());
  Parcel parcel;
  parcel.id = std::string(64, '7');
  parcel.kind = "visit.plan";
  parcel.record = "1540-V-2027-0001";
  parcel.accepted_ms = 1'804'498'200'250;
  parcel.content = {{"record", parcel.record}, {"accepted_at", "2027-03-08T09:30:00.250Z"}, {"data", {{"title", "Une visite \xc3\xa0 Tachkent"}}}};
  const Handed handed = (*carrier)->hand_over(parcel, {});
  std::printf("%s\n", handed.words.c_str());
  return handed.how == Handed::How::kDone ? 0 : 1;
}

}  // namespace
}  // namespace liaison

int main(int count, char** given) {
  const std::vector<std::string> words(given + 1, given + count);
  if (words.size() == 4 && words[0] == "sign") return liaison::sign(words[1], words[2], words[3]);
  if (words.size() == 6 && words[0] == "verify") return liaison::verify(words[1], {words[2], words[3], words[4]}, words[5]);
  if (words.size() == 3 && words[0] == "send") return liaison::send(words[1], words[2]);
  std::fprintf(stderr, "webhook_tool sign|verify|send: see its source\n");
  return 64;
}
