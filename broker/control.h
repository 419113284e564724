// SPDX-License-Identifier: Apache-2.0
// The operator's door: HTTP on FOLDER/control.sock (mode 0600, the broker's own user). POST /apply takes a roster note, a
// policy file or both as {"roster": TEXT, "policy": TEXT}; POST /clock/confirm; GET /status. Errors are RFC 9457 bodies
// with the stable code. Runs on the loop's thread between two steps.
#pragma once

#include "broker/gateway.h"
#include "broker/status.h"
#include "security/http.h"

namespace liaison {

// `gateway` is the one that `source` shows. After an answer with a 5xx status ask gateway.must_end().
HttpResponse control_page(const HttpRequest& request, Gateway& gateway, const StatusSource& source);

}  // namespace liaison
