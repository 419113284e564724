// SPDX-License-Identifier: Apache-2.0
// A webhook that comes in: three lines of headers, and the event. Without the key nothing is believed, whatever the headers say; what is believed of
// one body is not of another; and an event that is read has what the specification asks for.
#include <nlohmann/json.hpp>

#include "nodes/connectors/cloud_event.h"
#include "nodes/connectors/webhook_signature.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

constexpr TimeMs kWebhookNow = 1'900'000'000'000;

const WebhookKeys& webhook_keys(WebhookKeys::Use use) {
  static const auto made = [](WebhookKeys::Use what) {
    auto keys = WebhookKeys::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", what);
    CHECK(keys);
    return std::move(*keys);
  };
  static const WebhookKeys theirs = made(WebhookKeys::Use::kSign), ours = made(WebhookKeys::Use::kVerify);
  return use == WebhookKeys::Use::kSign ? theirs : ours;
}

std::string webhook_line(std::string_view& rest) {
  const std::string line(rest.substr(0, rest.find('\n')));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

void try_headers(const WebhookHeaders& headers, std::string_view body) {
  const WebhookKeys &theirs = webhook_keys(WebhookKeys::Use::kSign), &known = webhook_keys(WebhookKeys::Use::kVerify);
  (void)known.verify(headers, body, kWebhookNow);
  if (!is_webhook_id(headers.id)) return;
  const WebhookHeaders good{headers.id, std::to_string(kWebhookNow / 1000), theirs.sign(headers.id, kWebhookNow / 1000, body)};
  CHECK(known.verify(good, body, kWebhookNow));
  CHECK(!known.verify(good, std::string(body) + "x", kWebhookNow));
  CHECK(!known.verify({good.id + "x", good.timestamp, good.signature}, body, kWebhookNow));
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(webhook) {
  using namespace liaison;
  std::string_view rest = text_of({data, size});
  const WebhookHeaders headers{webhook_line(rest), webhook_line(rest), webhook_line(rest)};
  try_headers(headers, rest);
  const auto event = read_cloud_event(rest);
  if (event) CHECK(!event->id.empty() && !event->source.empty() && !event->type.empty() && event->data.is_object());
  else CHECK(event.error().code == Code::kInput && event.error().what.find('\n') == std::string::npos);
  return 0;
}
