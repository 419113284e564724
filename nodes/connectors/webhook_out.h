// SPDX-License-Identifier: Apache-2.0
// A webhook that goes out: each message is one POST of a CloudEvent under a Standard Webhooks signature. The message id is the webhook's id in every
// try, so that a receiver knows a repetition.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "nodes/connectors/connector.h"

namespace liaison {

// kConfig for an address that is neither https:// nor, on loopback, http://, or has a user or a fragment; the errors of WebhookKeys::read.
// Keys of the connector: url, secret_file, and ca_file where the receiver's certificate is by an authority of the committee's own.
Result<std::unique_ptr<Carrier>> make_webhook_out(const ConnectorConfig& config, const MemberId& member);

// What an answer of the receiver means for the message. 2xx: done. 410: gone. 429 and 5xx, 408, 409, 425, and 3xx, since no redirect is followed:
// again, not before what Retry-After says. Other 4xx: refused. `head` are the headers as they came, `body` what follows them.
Handed webhook_answer(const std::string& receiver, long status, std::string_view head, std::string_view body, TimeMs now_ms);
// Of "120" or of an HTTP date, at most 24 hours; nothing for anything else.
std::optional<std::chrono::seconds> retry_after(std::string_view value, TimeMs now_ms);

}  // namespace liaison
