// SPDX-License-Identifier: Apache-2.0
// Webhooks under TLS: a receiver whose certificate is not by an authority that is trusted, or is for another name, is told nothing.
#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>

#include "nodes/connectors/broken_pipe.h"
#include "nodes/connectors/webhook_out.h"
#include "security/durable.h"
#include "tests/connectors/loopback_server.h"
#include "tests/doubles/member.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using How = Handed::How;

// A receiver with a certificate of its own making, for a name.
class TlsReceiver {
 public:
  explicit TlsReceiver(const std::string& name) : context_(SSL_CTX_new(TLS_server_method())), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("receiver"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    for (const auto& [what, value] : {std::pair<int, std::string>{NID_subject_alt_name, name}, {NID_basic_constraints, "critical,CA:TRUE"}}) {
      X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_set_pubkey(certificate, key_);
    X509_sign(certificate, key_, EVP_sha256());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key_);
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out, &text);
    pem_.assign(text, static_cast<std::size_t>(length));
    BIO_free(out);
    X509_free(certificate);
    server_ = std::make_unique<LoopbackServer>([this](Talk& talk) { serve(talk); });
  }
  ~TlsReceiver() {
    server_.reset();
    EVP_PKEY_free(key_);
    SSL_CTX_free(context_);
  }
  const std::string& pem() const { return pem_; }
  std::string port() const { return server_->port(); }
  std::size_t heard() const { return heard_; }

 private:
  void serve(Talk& talk) {
    const BrokenPipeIsAnError quiet;
    SSL* const ssl = SSL_new(context_);
    SSL_set_fd(ssl, talk.fd());
    std::string request;
    char piece[4096];
    int got = SSL_accept(ssl) == 1 ? SSL_read(ssl, piece, sizeof piece) : 0;
    for (; got > 0; got = SSL_read(ssl, piece, sizeof piece)) {
      request.append(piece, static_cast<std::size_t>(got));
      heard_ += static_cast<std::size_t>(got);
      if (!request.ends_with("}")) continue;
      constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
      SSL_write(ssl, kAnswer.data(), static_cast<int>(kAnswer.size()));
      request.clear();
    }
    SSL_free(ssl);
  }

  SSL_CTX* const context_;
  EVP_PKEY* const key_;
  std::string pem_;
  std::atomic<std::size_t> heard_ = 0;
  std::unique_ptr<LoopbackServer> server_;
};

class WebhookTls : public ::testing::Test {
 protected:
  Handed hand_over(const TlsReceiver& receiver, bool trusted) {
    ConnectorConfig config;
    config.name = "case-files";
    config.texts["url"] = "https://127.0.0.1:" + receiver.port() + "/";
    config.paths["secret_file"] = folder.path() / "keys";
    EXPECT_TRUE(write_durably(config.paths["secret_file"], view_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")));
    if (trusted) {
      config.paths["ca_file"] = folder.path() / "ca.pem";
      EXPECT_TRUE(write_durably(config.paths["ca_file"], view_of(receiver.pem())));
    }
    auto carrier = make_webhook_out(config, member("1540"));
    EXPECT_TRUE(carrier) << carrier.error().what;
    Parcel parcel;
    parcel.id = std::string(64, 'a');
    parcel.kind = "visit.plan";
    parcel.content = {{"record", "1540-V-2027-0001"}};
    return (*carrier)->hand_over(parcel, {});
  }
  TempFolder folder;
};

TEST_F(WebhookTls, AnAuthorityOfTheCommitteesOwnIsTrustedWhenItIsNamed) {
  const TlsReceiver receiver("IP:127.0.0.1");
  const Handed handed = hand_over(receiver, true);
  EXPECT_EQ(handed.how, How::kDone) << handed.words;
  EXPECT_GT(receiver.heard(), 0U);
}

TEST_F(WebhookTls, AnUnknownAuthorityIsToldNothing) {
  const TlsReceiver receiver("IP:127.0.0.1");
  const Handed handed = hand_over(receiver, false);
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_THAT(handed.words, HasSubstr("certificate"));
  EXPECT_EQ(receiver.heard(), 0U);
}

TEST_F(WebhookTls, ACertificateForAnotherNameIsToldNothing) {
  const TlsReceiver receiver("DNS:case.example");
  const Handed handed = hand_over(receiver, true);
  EXPECT_EQ(handed.how, How::kAgain);
  EXPECT_EQ(receiver.heard(), 0U);
}

}  // namespace
}  // namespace liaison
