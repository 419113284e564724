// SPDX-License-Identifier: Apache-2.0
// A host on loopback that speaks https under a certificate of its own for "localhost", and answers each request as the test says. One thread; ended
// when it goes.
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "schemas/result.h"

namespace liaison {

class TlsHost {
 public:
  // Writes to the other side; false when it is gone.
  using Write = std::function<bool(const std::string&)>;
  // What is written for a request, its head as it came.
  using Answer = std::function<void(const std::string&, const Write&)>;

  // Its certificate is written to `file`.
  TlsHost(const std::filesystem::path& file, Answer answer) : answer_(std::move(answer)) {
    make_certificate(file);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(socket_, 8) == 0);
    CHECK(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  TlsHost(const TlsHost&) = delete;
  TlsHost& operator=(const TlsHost&) = delete;
  ~TlsHost() {
    over_ = true;
    thread_.join();
    ::close(socket_);
  }
  std::string url(const std::string& path) const { return "https://localhost:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }

 private:
  void make_certificate(const std::filesystem::path& file) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    CHECK(key && certificate && X509_set_version(certificate.get(), 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key.get());
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> also(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"),
                                                                               &X509_EXTENSION_free);
    CHECK(also && X509_add_ext(certificate.get(), also.get(), -1) == 1 && X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    context_.reset(SSL_CTX_new(TLS_server_method()));
    CHECK(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1 && SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(file.c_str(), "w"), &BIO_free);
    CHECK(out && PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  }

  void serve() {
    while (!over_) {
      pollfd waited{socket_, POLLIN, 0};
      if (::poll(&waited, 1, 20) != 1) continue;
      const int one = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (one < 0) continue;
      ++connections_;
      talk(one);
      ::close(one);
    }
  }

  void talk(int socket) {
    const timeval limit{5, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(ssl.get(), socket);
    if (SSL_accept(ssl.get()) != 1) return;
    std::string head;
    char piece[4'096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(ssl.get(), piece, sizeof piece);
      if (got <= 0) return;
      head.append(piece, static_cast<std::size_t>(got));
    }
    answer_(head, [&](const std::string& text) { return !over_ && SSL_write(ssl.get(), text.data(), static_cast<int>(text.size())) > 0; });
    SSL_shutdown(ssl.get());
  }

  Answer answer_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace liaison
