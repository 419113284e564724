// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "security/keys.h"

namespace liaison {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, mode 0700.
class KeyFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "key_files_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return (std::stringstream() << in.rdbuf()).str();
  }
  void write(const fs::path& file, std::string_view content, mode_t mode = 0600) const {
    std::ofstream(file, std::ios::binary) << content;
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat found{};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_mode & 07777;
  }
  // The output of plain `openssl ARGUMENTS`, with the passphrase in a file beside the key.
  std::string openssl(const std::string& arguments) const {
    write(folder_ / "pass", "correct horse\n");
    const std::string command = "openssl " + arguments + " -passin file:" + (folder_ / "pass").string() + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) out.push_back(static_cast<char>(c));
    EXPECT_EQ(pclose(pipe), 0) << out;
    return out;
  }
  template <class T>
  static Code code(const Result<T>& result) { return result ? Code::kAccepted : result.error().code; }

  fs::path folder_;
  fs::path file_() const { return folder_ / "key.pem"; }
  Secret passphrase_ = Secret::copy_of(view_of("correct horse"));
};

TEST_F(KeyFiles, ASigningKeyComesBackAsItWasSaved) {
  const SigningKey key = SigningKey::generate();
  ASSERT_TRUE(save_signing_key(file_(), key, passphrase_));
  EXPECT_EQ(load_signing_key(file_(), passphrase_).value().public_key(), key.public_key());
  EXPECT_EQ(mode_of(file_()), 0600U);
  EXPECT_EQ(text(file_()).rfind("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0), 0U);
}

TEST_F(KeyFiles, AnAgreementKeyComesBackAsItWasSaved) {
  const AgreementKey key = AgreementKey::generate();
  ASSERT_TRUE(save_agreement_key(file_(), key, passphrase_));
  const AgreementKey loaded = load_agreement_key(file_(), passphrase_).value();
  EXPECT_TRUE(equal_secret(loaded.secret().expose(), key.secret().expose()));
  EXPECT_EQ(code(load_signing_key(file_(), passphrase_)), Code::kKey);   // X25519 does not sign
}

TEST_F(KeyFiles, OpensslReadsTheSameKeyAndNamesTheScheme) {
  const SigningKey key = SigningKey::generate();
  ASSERT_TRUE(save_signing_key(file_(), key, passphrase_));
  std::string digits;
  for (const char c : openssl("pkey -noout -text_pub -in " + file_().string())) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) digits.push_back(c);
  }
  EXPECT_NE(digits.find(hex(key.public_key())), std::string::npos) << digits;
  const std::string scheme = openssl("asn1parse -in " + file_().string() + " #");
  for (const char* part : {":PBES2", ":PBKDF2", ":hmacWithSHA256", ":aes-256-cbc", ":0927C0"}) {   // 600,000
    EXPECT_NE(scheme.find(part), std::string::npos) << part << "\n" << scheme;
  }
}

TEST_F(KeyFiles, AKeyThatOpensslMadeIsRead) {
  openssl("genpkey -algorithm x25519 -aes-256-cbc -pass file:" + (folder_ / "pass").string() + " -out " + file_().string() + " #");
  EXPECT_TRUE(load_agreement_key(file_(), passphrase_));
}

TEST_F(KeyFiles, AWrongPassphraseIsSaidToBeWrong) {
  ASSERT_TRUE(save_signing_key(file_(), SigningKey::generate(), passphrase_));
  EXPECT_EQ(code(load_signing_key(file_(), Secret::copy_of(view_of("correct horsf")))), Code::kPassphrase);
  EXPECT_EQ(code(load_signing_key(file_(), Secret())), Code::kPassphrase);
}

TEST_F(KeyFiles, NoKeyRestsWithoutAPassphrase) {
  EXPECT_EQ(code(save_signing_key(file_(), SigningKey::generate(), Secret())), Code::kPassphrase);
  EXPECT_FALSE(fs::exists(file_()));
}

TEST_F(KeyFiles, SavingNeverOverwrites) {
  write(file_(), "something dear");
  EXPECT_EQ(code(save_signing_key(file_(), SigningKey::generate(), passphrase_)), Code::kInput);
  EXPECT_EQ(code(save_curve_key(file_(), AgreementKey::generate())), Code::kInput);
  EXPECT_EQ(text(file_()), "something dear");
}

TEST_F(KeyFiles, SavingMakesItsFolderForItsUserAlone) {
  const fs::path file = folder_ / "keys" / "curve.key";
  ASSERT_TRUE(save_curve_key(file, AgreementKey::generate()));
  EXPECT_EQ(mode_of(folder_ / "keys"), 0700U);
}

TEST_F(KeyFiles, AFileThatOthersMayTouchIsRefused) {
  ASSERT_TRUE(save_curve_key(file_(), AgreementKey::generate()));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    ASSERT_EQ(chmod(file_().c_str(), mode), 0);
    EXPECT_EQ(code(load_curve_key(file_())), Code::kPermission) << mode;
    EXPECT_EQ(code(load_signing_key(file_(), passphrase_)), Code::kPermission) << mode;
  }
  ASSERT_EQ(chmod(file_().c_str(), 0400), 0);
  EXPECT_EQ(code(load_curve_key(file_())), Code::kAccepted);
}

TEST_F(KeyFiles, AFolderThatOthersMayTouchIsRefused) {
  ASSERT_TRUE(save_curve_key(file_(), AgreementKey::generate()));
  ASSERT_EQ(chmod(folder_.c_str(), 0750), 0);
  EXPECT_EQ(code(load_curve_key(file_())), Code::kPermission);
  EXPECT_EQ(code(save_curve_key(folder_ / "other", AgreementKey::generate())), Code::kPermission);
}

TEST_F(KeyFiles, OnlyAPlainFileOfItsOwnIsRead) {
  ASSERT_TRUE(save_curve_key(file_(), AgreementKey::generate()));
  fs::create_symlink(file_(), folder_ / "link");
  EXPECT_EQ(code(load_curve_key(folder_ / "link")), Code::kPermission);
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code(load_curve_key(folder_ / "pipe")), Code::kPermission);
  EXPECT_EQ(code(load_curve_key(folder_ / "absent")), Code::kUnknown);
  if (geteuid() == 0) {   // only root can give a file away
    ASSERT_EQ(chown(file_().c_str(), 65534, 65534), 0);
    EXPECT_EQ(code(load_curve_key(file_())), Code::kPermission);
  }
}

TEST_F(KeyFiles, WhatIsNoEncryptedKeyIsRefused) {
  for (const char* content : {"", "hello", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                              "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                              "-----END PRIVATE KEY-----\n"}) {
    write(file_(), content);
    EXPECT_EQ(code(load_signing_key(file_(), passphrase_)), Code::kKey) << content;
  }
  write(file_(), std::string(20'000, 'x'));
  EXPECT_EQ(code(load_signing_key(file_(), passphrase_)), Code::kSize);
}

TEST_F(KeyFiles, ACurveKeyIsItsHeadingAndItsZ85Text) {
  const AgreementKey key = AgreementKey::generate();
  ASSERT_TRUE(save_curve_key(file_(), key));
  EXPECT_EQ(text(file_()), "liaison-curve-secret/v1\n" + z85(key.secret().expose()) + "\n");
  EXPECT_EQ(mode_of(file_()), 0600U);
  EXPECT_EQ(load_curve_key(file_()).value().public_key(), key.public_key());
}

TEST_F(KeyFiles, ADamagedCurveKeyIsRefused) {
  const std::string z = z85(AgreementKey::generate().secret().expose());
  for (const std::string& content : {std::string(), "liaison-curve-secret/v2\n" + z + "\n", "liaison-curve-secret/v1\n" + z,
                                     "liaison-curve-secret/v1\n" + z + "\n\n", "liaison-curve-secret/v1\n" + z.substr(5) + "\n",
                                     "liaison-curve-secret/v1\n~" + z.substr(1) + "\n"}) {
    write(file_(), content);
    EXPECT_EQ(code(load_curve_key(file_())), Code::kKey) << content;
  }
}

}  // namespace
}  // namespace liaison
