// SPDX-License-Identifier: Apache-2.0
// A digest by mail: the messages of one run in one letter, as the rule's text or its fields let them through, by SMTP. Beyond this machine only under
// TLS. The letter's Message-ID derives from the ids of its messages, so that a repeated one can be known.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nodes/connectors/connector.h"

namespace liaison {

// What stands at the top of a letter, checked: plain addresses and lines without line ends.
struct MailHead {
  std::string from;
  std::vector<std::string> to;
  std::string subject;
};
inline constexpr std::size_t kMailRecipientsMax = 32;

// kConfig for what is no such head.
Result<void> check_mail_head(const MailHead& head);
// The whole letter, RFC 5322 and MIME: its lines end with CR LF, are ASCII and at most 78 long; the text is UTF-8 in base64, without controls.
std::string mail_text(const MailHead& head, const std::string& message_id, const std::string& body, TimeMs now_ms);
// "<HASH@domain of from>", of the parcels' ids in any order.
std::string mail_message_id(const std::string& from, std::span<const Parcel> parcels);

class MailDigest final : public Carrier {
 public:
  // kConfig; kKey for a login file that is not one line user:password, kUnknown, kPermission and so on for the login's file. Keys of the connector:
  // server, from, to, login_file, subject.
  static Result<std::unique_ptr<MailDigest>> make(const ConnectorConfig& config, const MemberId& member);
  ~MailDigest() override;

  // All of them in one letter: what became of it became of each.
  Handed mail_digest(std::span<const Parcel> parcels, std::stop_token stop);
  Handed hand_over_all(std::span<const Parcel> parcels, std::stop_token stop) override { return mail_digest(parcels, std::move(stop)); }
  std::size_t takes_together() const override;
  Handed hand_over(const Parcel& parcel, std::stop_token stop) override { return mail_digest({&parcel, 1}, std::move(stop)); }
  // Sends a letter that says it is a test.
  Result<std::string> test(std::stop_token stop) override;

 private:
  struct Parts;
  explicit MailDigest(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace liaison
