// SPDX-License-Identifier: Apache-2.0
// A webhook that comes in: a CloudEvent, signed as Standard Webhooks say, that becomes an act (incoming_act.h). The webhook's id is its key: the same
// event again is answered as before, and makes nothing twice. It listens on loopback only, behind the committee's own web server, which ends TLS.
//
// POST / is answered, after what it did is on stable storage: 202 {"event", "id", "kind", "state"}. Else a problem (RFC 9457): 400 for headers, an
// event or fields that are wrong; 401 E_SIGNATURE and E_CLOCK; 403 for what the policy forbids; 404; 409 for an id that was used for another event,
// and for a record that has moved on; 413; 415; 429 at the end of a quota; 503 while the node cannot. 429 and 503 carry Retry-After.
#pragma once

#include <memory>

#include "nodes/connectors/connector.h"

namespace liaison {

// kConfig for an address that is not loopback, or a kind that is none; the errors of WebhookKeys::read. An address that is taken is an error of each
// run until it is free. Keys of the connector: listen, secret_file, takes.
Result<std::unique_ptr<Connector>> make_webhook_in(const ConnectorConfig& config);

}  // namespace liaison
