// SPDX-License-Identifier: Apache-2.0
// A consolidated list is data from outside: what stands in it, and what of it is refused.
#include "nodes/connectors/list_parser.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "nodes/connectors/list_child.h"
#include "nodes/connectors/list_difference.h"
#include "nodes/connectors/list_sample.h"
#include "security/hash.h"
#include "security/secret.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kWhen = "2017-06-20T19:04:40.335-04:00";

Result<ListVersion> parsed(const std::string& xml, const std::vector<std::string>& values = {}) { return parse_list(view_of(xml), values); }

// The sentence with which it is refused.
std::string refusal(const std::string& xml) {
  const auto list = parsed(xml);
  if (list) return "taken";
  EXPECT_FALSE(list.error().hint.empty()) << list.error().what;
  return std::string(code_name(list.error().code)) + " " + list.error().what;
}

// A list whose one entry holds this beside its reference number.
std::string list_with(const std::string& inside, const std::string& head = "") {
  return head + "<CONSOLIDATED_LIST dateGenerated=\"" + kWhen + "\"><INDIVIDUALS><INDIVIDUAL><REFERENCE_NUMBER>QDi.901</REFERENCE_NUMBER>" + inside +
         "</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>";
}

const ListField* field_of(const ListedEntry& entry, const std::string& name) {
  for (const ListField& one : entry.fields) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::vector<std::string> names_of(const ListedEntry& entry) {
  std::vector<std::string> out;
  for (const ListField& one : entry.fields) out.push_back(one.name);
  return out;
}

TEST(ListParser, TakesReferenceListDatesAndADigestOfEachField) {
  InventedEntry one{"QDi.901", "Al-Qaida", false, "Invented.", "2016-01-20", {"2016-06-01", "2017-01-05", "2016-12-31"}};
  InventedEntry two{"TAe.902", "Taliban", true, "Invented.", "2016-01-21-04:00", {}};
  const auto list = parsed(invented_list({one, two}, kWhen));
  ASSERT_TRUE(list) << list.error().what;
  EXPECT_EQ(rfc3339_millis(list->generated_ms), "2017-06-20T23:04:40.335Z");
  ASSERT_THAT(list->entries, SizeIs(2));
  const ListedEntry& individual = list->entries[0];
  EXPECT_EQ(individual.reference + individual.list_type + individual.listed_on + individual.updated_on, "QDi.901Al-Qaida2016-01-202017-01-05");
  EXPECT_FALSE(individual.entity);
  EXPECT_THAT(names_of(individual), ElementsAre("COMMENTS1", "DATAID", "FIRST_NAME", "INDIVIDUAL_ADDRESS", "INDIVIDUAL_ALIAS", "INDIVIDUAL_DATE_OF_BIRTH",
                                                "INDIVIDUAL_DOCUMENT", "INDIVIDUAL_PLACE_OF_BIRTH", "LAST_DAY_UPDATED", "LISTED_ON", "LIST_TYPE",
                                                "NATIONALITY", "REFERENCE_NUMBER", "UN_LIST_TYPE", "VERSIONNUM"));
  EXPECT_TRUE(list->entries[1].entity);
  EXPECT_EQ(list->entries[1].listed_on, "2016-01-21");
  EXPECT_EQ(list->entries[1].updated_on, "");
}

TEST(ListParser, KeepsNoTextButOfTheFieldsThatAreNamed) {
  const auto list = parsed(invented_list({{"QDi.901", "Al-Qaida", false, "Invented.", "2016-01-20", {"2016-06-01", "2017-01-05"}}}, kWhen),
                           {"LISTED_ON", "LAST_DAY_UPDATED"});
  ASSERT_TRUE(list);
  for (const ListField& field : list->entries[0].fields) {
    if (field.name == "LISTED_ON") EXPECT_EQ(field.value, "2016-01-20");
    else if (field.name == "LAST_DAY_UPDATED") EXPECT_EQ(field.value, "2016-06-01; 2017-01-05");
    else EXPECT_FALSE(field.value) << field.name;
  }
}

TEST(ListParser, AValueThatNoMessageCanHoldIsNotKept) {
  const auto value = [](const std::string& text) {
    const auto list = parsed(list_with("<NOTE>" + text + "</NOTE>"), {"NOTE"});
    EXPECT_TRUE(list);
    return field_of(list->entries[0], "NOTE")->value;
  };
  EXPECT_EQ(value("plain"), "plain");
  EXPECT_EQ(value("e\xcc\x81"), "\xc3\xa9") << "normal form";
  EXPECT_FALSE(value("left\xe2\x80\xaeright"));
  EXPECT_FALSE(value(std::string(2'049, 'x')));
}

TEST(ListParser, BlanksOrAnEmptyElementMakeNoDifference) {
  const auto fields = [](const std::string& inside) {
    const auto list = parsed(list_with(inside));
    EXPECT_TRUE(list) << list.error().what;
    return list->entries[0].fields;
  };
  const auto plain = fields("<COMMENTS1>Two words</COMMENTS1><NATIONALITY><VALUE>Invented</VALUE></NATIONALITY>");
  EXPECT_EQ(plain, fields("<COMMENTS1>\n  Two \t words\xc2\xa0</COMMENTS1>\n<NATIONALITY> <VALUE> Invented </VALUE><VALUE/></NATIONALITY><TITLE/>"));
  EXPECT_EQ(plain, fields("<NATIONALITY><VALUE>Inv<!-- a comment -->ented</VALUE></NATIONALITY><COMMENTS1>Two<![CDATA[ ]]>words</COMMENTS1>"));
  EXPECT_NE(plain, fields("<COMMENTS1>Twowords</COMMENTS1><NATIONALITY><VALUE>Invented</VALUE></NATIONALITY>"));
  EXPECT_NE(plain, fields("<COMMENTS1>Two words</COMMENTS1><NATIONALITY><OTHER>Invented</OTHER></NATIONALITY>"));
  EXPECT_EQ(parsed(list_with("<SORT_KEY>a</SORT_KEY><SORT_KEY_LAST_MOD>b</SORT_KEY_LAST_MOD>"))->entries[0].fields, fields(""));
}

TEST(ListParser, TheSameWordsAtAnotherPlaceAreAnotherContent) {
  const auto alias = [](const std::string& inside) { return *field_of(parsed(list_with(inside))->entries[0], "INDIVIDUAL_ALIAS"); };
  const auto together = alias("<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><NOTE>x</NOTE></INDIVIDUAL_ALIAS>");
  EXPECT_NE(together.digest, alias("<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY></INDIVIDUAL_ALIAS><INDIVIDUAL_ALIAS><NOTE>x</NOTE></INDIVIDUAL_ALIAS>").digest);
  EXPECT_NE(together.digest, alias("<INDIVIDUAL_ALIAS><NOTE>x</NOTE><QUALITY>Low</QUALITY></INDIVIDUAL_ALIAS>").digest);
  EXPECT_EQ(together.digest, alias("<INDIVIDUAL_ALIAS/><INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><NOTE>x</NOTE></INDIVIDUAL_ALIAS>").digest);
}

TEST(ListParser, TheOrderOfRepeatedElementsAndTheNormalFormMakeNoDifference) {
  const auto fields = [](const std::string& inside) {
    const auto list = parsed(list_with(inside));
    EXPECT_TRUE(list) << list.error().what;
    return list->entries[0].fields;
  };
  const std::string one = "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><NOTE>x</NOTE></INDIVIDUAL_ALIAS>";
  const std::string other = "<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY></INDIVIDUAL_ALIAS>";
  EXPECT_EQ(fields(one + other), fields(other + one));
  EXPECT_EQ(fields(one + "<COMMENTS1>x</COMMENTS1>" + other), fields("<COMMENTS1>x</COMMENTS1>" + other + one));
  EXPECT_NE(fields(one + other), fields(one + other + other)) << "how often it stands there is what the list says";
  EXPECT_EQ(fields("<NATIONALITY><VALUE>A</VALUE><VALUE>B</VALUE></NATIONALITY>"), fields("<NATIONALITY><VALUE>B</VALUE><VALUE>A</VALUE></NATIONALITY>"));
  EXPECT_NE(fields("<NATIONALITY><VALUE>A</VALUE><VALUE>B</VALUE></NATIONALITY>"),
            fields("<NATIONALITY><VALUE>A</VALUE></NATIONALITY><NATIONALITY><VALUE>B</VALUE></NATIONALITY>"));
  EXPECT_EQ(fields("<COMMENTS1>caf\xc3\xa9</COMMENTS1>"), fields("<COMMENTS1>cafe\xcc\x81</COMMENTS1>"));
  EXPECT_EQ(fields("<TITLE><VALUE>\xc3\xa9</VALUE><VALUE>f</VALUE></TITLE>"), fields("<TITLE><VALUE>f</VALUE><VALUE>e\xcc\x81</VALUE></TITLE>"));
  EXPECT_NE(fields("<COMMENTS1>caf\xc3\xa9</COMMENTS1>"), fields("<COMMENTS1>cafe</COMMENTS1>"));
}

TEST(ListParser, ReadsTheTimeOfAList) {
  const auto time = [](const char* text) { return list_time(text) ? rfc3339_millis(*list_time(text)) : "none"; };
  EXPECT_EQ(time("2017-06-20T19:04:40.335-04:00"), "2017-06-20T23:04:40.335Z");
  EXPECT_EQ(time("2017-06-20T19:04:40Z"), "2017-06-20T19:04:40.000Z");
  EXPECT_EQ(time("2017-06-20T19:04:40.1234567+05:30"), "2017-06-20T13:34:40.123Z");
  for (const char* wrong : {"", "2017-06-20", "2017-06-20T19:04:40", "2017-06-20T19:04:40.Z", "2017-06-31T19:04:40Z", "2017-06-20T19:04:40-0400",
                            "2017-06-20T19:04:40+15:00", "2017-06-20T19:04:40.0000000001Z", "1970-01-01T00:00:00+14:00", "2017-06-20T19:04:40Zx"})
    EXPECT_EQ(time(wrong), "none") << wrong;
}

// --- what is refused, each in one sentence

// Made when it is tried: each process of a test program would make all of them at its start.
struct Hostile {
  const char* name;
  std::function<std::string()> xml;
  const char* sentence;
};
std::ostream& operator<<(std::ostream& out, const Hostile& one) { return out << one.name; }

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::vector<Hostile> hostile() {
  const std::string bombs = "<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
  std::string attributes;
  for (int i = 0; i < 65; ++i) attributes += " a" + std::to_string(i) + "=\"\"";
  std::string utf16;
  for (const char c : list_with("")) utf16 += std::string{c, '\0'};
  return {
      {"nothing", [=] { return std::string(""); }, "no element found"},
      {"no_xml", [=] { return std::string("reference,list\nQDi.901,Al-Qaida\n"); }, "not well-formed"},
      {"cut_off", [=] { return std::string(list_with("<COMMENTS1>Invented</COMMENTS1>").substr(0, 170)); }, "not well-formed"},
      {"two_lists", [=] { return std::string(list_with("") + list_with("")); }, "junk after document element"},
      {"crossed_tags", [=] { return std::string(list_with("<TITLE><VALUE></TITLE></VALUE>")); }, "mismatched tag"},
      {"document_type", [=] { return std::string(list_with("", "<!DOCTYPE CONSOLIDATED_LIST>")); }, "document type"},
      {"entities", [=] { return std::string(list_with("<COMMENTS1>&b;</COMMENTS1>", bombs)); }, "document type"},
      {"outside_entity", [=] { return std::string(list_with("<COMMENTS1>&x;</COMMENTS1>", "<!DOCTYPE x [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>")); },
       "document type"},
      {"undefined_entity", [=] { return std::string(list_with("<COMMENTS1>&x;</COMMENTS1>")); }, "undefined entity"},
      {"deep_33", [=] { return std::string(list_with(repeated("<A>", 30) + repeated("</A>", 30))); }, "more than 32 deep"},
      {"deep_100000", [=] { return list_with(repeated("<A>", 100'000) + repeated("</A>", 100'000)); }, "more than 32 deep"},
      {"long_text", [=] { return std::string(list_with("<COMMENTS1>" + std::string(64 * 1024 + 1, 'x') + "</COMMENTS1>")); },
       "a text is longer than 64 KiB"},
      {"long_text_in_pieces", [=] { return std::string(list_with("<COMMENTS1>" + repeated("<![CDATA[xxxxxxxxxx]]>", 7'000) + "</COMMENTS1>")); },
       "a text is longer than 64 KiB"},
      {"long_attribute", [=] { return std::string(list_with("<COMMENTS1 a=\"" + std::string(64 * 1024 + 1, 'x') + "\"/>")); }, "longer than 64 KiB"},
      {"endless_attribute", [=] { return std::string(list_with("<COMMENTS1 a=\"" + std::string(8 << 20, 'x') + "\"/>")); },
       "one tag or comment is longer than 192 KiB"},
      {"endless_name", [=] { return std::string(list_with("<" + std::string(8 << 20, 'X') + "/>")); }, "one tag or comment is longer than 192 KiB"},
      {"endless_comment", [=] { return std::string(list_with("<!--" + std::string(8 << 20, 'x') + "-->")); }, "one tag or comment is longer than 192 KiB"},
      {"attribute_that_never_ends", [=] { return std::string("<CONSOLIDATED_LIST dateGenerated=\"" + std::string(60 << 20, '1')); },
       "one tag or comment is longer than 192 KiB"},
      {"many_attributes", [=] { return std::string(list_with("<COMMENTS1" + attributes + "/>")); }, "more than 64 attributes"},
      {"attribute_twice", [=] { return std::string(list_with("<COMMENTS1 a=\"\" a=\"\"/>")); }, "duplicate attribute"},
      {"other_encoding", [=] { return std::string(list_with("", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>")); }, "another encoding than UTF-8"},
      {"utf16", [=] { return std::string("\xff\xfe" + utf16); }, "not well-formed XML in UTF-8"},
      {"no_utf8", [=] { return std::string(list_with("<COMMENTS1>caf\xe9</COMMENTS1>")); }, "not well-formed XML in UTF-8"},
      {"overlong_utf8", [=] { return std::string(list_with("<COMMENTS1>\xc0\xaf</COMMENTS1>")); }, "not well-formed XML in UTF-8"},
      {"nul", [=] { return std::string(list_with(std::string("<COMMENTS1>a\0b</COMMENTS1>", 26))); }, "not well-formed XML in UTF-8"},
      {"control", [=] { return std::string(list_with("<COMMENTS1>a\x1f</COMMENTS1>")); }, "not well-formed XML in UTF-8"},
      {"control_as_reference", [=] { return std::string(list_with("<COMMENTS1>&#x1f;</COMMENTS1>")); }, "reference to invalid character number"},
      {"another_root", [=] { return std::string("<HTML><INDIVIDUALS/></HTML>"); }, "does not begin with CONSOLIDATED_LIST"},
      {"another_group", [=] { return std::string("<CONSOLIDATED_LIST dateGenerated=\"2017-06-20T19:04:40Z\"><VESSELS/></CONSOLIDATED_LIST>"); },
       "neither INDIVIDUALS nor ENTITIES"},
      {"entity_among_individuals", [=] { return std::string("<CONSOLIDATED_LIST><INDIVIDUALS><ENTITY/></INDIVIDUALS></CONSOLIDATED_LIST>"); },
       "in INDIVIDUALS is no entry"},
      {"name_of_an_element", [=] { return std::string(list_with("<x:y/>")); }, "a name that is none of a list"},
      {"long_name_of_an_element", [=] { return std::string(list_with("<" + std::string(65, 'A') + "/>")); }, "a name that is none of a list"},
      {"text_outside", [=] { return std::string("<CONSOLIDATED_LIST>INVENTED</CONSOLIDATED_LIST>"); }, "outside of the fields"},
      {"many_fields",
       [=] {
         return std::string(list_with([] {
           std::string out;
           for (int i = 0; i < 64; ++i) out += "<A" + std::to_string(i) + ">x</A" + std::to_string(i) + ">";
           return out;
         }()));
       },
       "more than 64 fields"},
      {"many_entries",
       [=] { return std::string("<CONSOLIDATED_LIST><INDIVIDUALS>" + repeated("<INDIVIDUAL/>", 20'001) + "</INDIVIDUALS></CONSOLIDATED_LIST>"); },
       "more than 20000 entries"},
      {"long_entry", [=] { return std::string(list_with(repeated("<COMMENTS1>" + std::string(60 * 1024, 'x') + "</COMMENTS1>", 5))); },
       "an entry is longer than 256 KiB"},
      {"no_time", [=] { return std::string("<CONSOLIDATED_LIST><INDIVIDUALS/></CONSOLIDATED_LIST>"); }, "dateGenerated: is missing or is no time"},
      {"wrong_time", [=] { return std::string("<CONSOLIDATED_LIST dateGenerated=\"yesterday\"/>"); }, "dateGenerated: is missing or is no time"},
      {"too_long", [=] { return std::string(std::string(kListBytesMax + 1, ' ')); }, "longer than 64 MiB"},
  };
}

class HostileLists : public testing::TestWithParam<Hostile> {};

TEST_P(HostileLists, AreRefusedInOneSentence) {
  EXPECT_THAT(refusal(GetParam().xml()), AllOf(HasSubstr("E_INPUT"), HasSubstr(GetParam().sentence), Not(HasSubstr("\n")), Not(HasSubstr("Invented"))));
}

INSTANTIATE_TEST_SUITE_P(Lists, HostileLists, testing::ValuesIn(hostile()), [](const auto& tested) { return std::string(tested.param.name); });

TEST(ListParser, TakesWhatIsJustWithinTheLimits) {
  EXPECT_EQ(refusal(list_with(repeated("<A>", 29) + "x" + repeated("</A>", 29))), "taken");
  EXPECT_EQ(refusal(list_with("<COMMENTS1 a=\"" + std::string(64 * 1024, 'x') + "\">" + std::string(64 * 1024, 'x') + "</COMMENTS1>")), "taken");
  EXPECT_EQ(refusal(list_with("<COMMENTS1>caf\xc3\xa9 &lt;&amp;&#233;</COMMENTS1>", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>")), "taken");
  EXPECT_EQ(refusal(list_with("<!-- " + std::string(60 * 1024, 'x') + " -->")), "taken");
}

TEST(ListParser, StopsWhenItIsAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  const auto list = parse_list(view_of(list_with("")), {}, stop.get_token());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kHalted);
}

// --- the child

TEST(ListChild, AnswersWithWhatTheFunctionReturns) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{100'000}, std::size_t{5'000'000}}) {
    const auto answer = in_child([&] { return std::string(size, 'x'); }, {64 << 20, 8 << 20, 30}, {});
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(*answer, std::string(size, 'x'));
  }
}

TEST(ListChild, AnAnswerThatIsTooLongIsNone) {
  const auto answer = in_child([] { return std::string(1'000, 'x'); }, {64 << 20, 999, 30}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kSize);
}

TEST(ListChild, OneThatDiesOrThrowsHasNoAnswer) {
  const std::function<std::string()> functions[] = {[]() -> std::string { ::_exit(0); }, []() -> std::string { throw 1; }, []() -> std::string { ::abort(); }};
  for (const auto& function : functions) EXPECT_FALSE(in_child(function, {64 << 20, 1 << 20, 30}, {}));
}

TEST(ListChild, OneThatComputesForEverIsEnded) {
  const auto answer = in_child([]() -> std::string { for (std::atomic<int> i = 0;; ++i) {} }, {64 << 20, 1 << 20, 1}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kSize) << "it will compute as long again";
  EXPECT_THAT(answer.error().what, HasSubstr("more memory or time"));
}

TEST(ListChild, OneThatIsNotDoneInTimeMayBeNextTime) {
  const auto answer = in_child([]() -> std::string { for (std::atomic<int> i = 0;; ++i) {} }, {64 << 20, 1 << 20, 30, 1}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kIo);
  EXPECT_EQ(answer.error().what, "the list was not read within 1 seconds");
}

TEST(ListChild, OneThatASignalEndedMayAnswerNextTime) {
  const auto answer = in_child([]() -> std::string { __builtin_trap(); }, {64 << 20, 1 << 20, 30}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kIo);
  EXPECT_THAT(answer.error().what, HasSubstr("was ended by signal "));
}

TEST(ListChild, ReachesNoFileAndNoNetwork) {
  TempFolder folder;
  const std::string file = (folder.path() / "file").string();
  std::ofstream(file) << "words";
  const auto answer = in_child([&] {
    std::string out;
    out += ::open(file.c_str(), O_RDONLY) < 0 ? "no file, " : "a file, ";
    out += ::open((file + "2").c_str(), O_WRONLY | O_CREAT, 0600) < 0 ? "no new file, " : "a new file, ";
    out += ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? "no socket, " : "a socket, ";
    out += ::write(2, "", 0) < 0 ? "no standard error" : "standard error";
    return out;
  }, {64 << 20, 1 << 20, 30}, {});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, "no file, no new file, no socket, no standard error");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ListChild, HasSoMuchMemoryAndNoMore) {
  const auto fill = [](std::size_t bytes) { return [bytes] { return std::to_string(std::string(bytes, 'x').size()); }; };
  EXPECT_TRUE(in_child(fill(32 << 20), {64 << 20, 1 << 20, 30}, {}));
  const auto answer = in_child(fill(256 << 20), {64 << 20, 1 << 20, 30}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kSize);
}

TEST(ListChild, HoldsNoKeyOfThisProcess) {
  const Secret key = Secret::copy_of(view_of("a key of the node"));
  EXPECT_FALSE(in_child([&] { return std::string(text_of(key.expose())); }, {64 << 20, 1 << 20, 30}, {}));
  EXPECT_EQ(text_of(key.expose()), "a key of the node");
}

TEST(ListChild, CallsForNothingButMemoryAreRefused) {
  const auto answer = in_child([] { return std::string(::fork() < 0 ? "no process" : "a process"); }, {64 << 20, 1 << 20, 30}, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, "no process");
}

TEST(ListChild, SignalsNobodyReadsNothingAndRunsNothingNew) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::getpid();
  const auto answer = in_child([&] {
    std::string out;
    out += ::syscall(SYS_tgkill, parent, parent, 0) < 0 ? "no signal, " : "a signal, ";
    char byte = 0;
    out += ::read(ends[0], &byte, 0) < 0 && errno == EPERM ? "no read, " : "a read, ";
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    out += page == MAP_FAILED ? "no memory, " : "memory, ";
    out += ::mprotect(page, 4096, PROT_READ) != 0 ? "no other, " : "other, ";
    out += ::mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? "no program, " : "a program, ";
    out += ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? "nor another" : "another program";
    return out;
  }, {64 << 20, 1 << 20, 30}, {});
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, "no signal, no read, memory, other, no program, nor another");
}

// What the kernel does not give: this call, when this argument has this value, or always.
struct Missing {
  const char* name;
  int call, error;
  std::uint32_t argument, value;
  bool always;
};
std::ostream& operator<<(std::ostream& out, const Missing& one) { return out << one.name; }

class KernelsThatLack : public testing::TestWithParam<Missing> {};

// In a process of its own, which from then on lacks it.
TEST_P(KernelsThatLack, WhatShutsTheChildInReadNothing) {
  const Missing& missing = GetParam();
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t process = ::fork();
  ASSERT_GE(process, 0);
  if (process == 0) {
    const std::uint32_t argument = offsetof(seccomp_data, args) + missing.argument * 8;
    sock_filter program[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                             {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, static_cast<std::uint32_t>(missing.call)},
                             {BPF_LD | BPF_W | BPF_ABS, 0, 0, argument},
                             {BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(missing.always ? 0 : 1), missing.value},
                             {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(missing.error)},
                             {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    const sock_fprog filter{std::size(program), program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) ::_exit(1);
    const auto answer = in_child([] { return std::string("read"); }, {64 << 20, 1 << 20, 30}, {});
    const std::string said = answer ? *answer : std::string(code_name(answer.error().code)) + " " + answer.error().what;
    ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 2);
  }
  ::close(ends[1]);
  std::string said(500, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], said.data(), said.size()))));
  ::close(ends[0]);
  int status = -1;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(said, "E_IO the list cannot be read safely on this machine: the process that reads it cannot be shut in");
}

// A read of 64 KiB is the one of /proc/self/smaps; that of the answer fails too, which is too late to matter.
INSTANTIATE_TEST_SUITE_P(ListChild, KernelsThatLack,
                         testing::Values(Missing{"close_range_of_the_low_ones", SYS_close_range, ENOSYS, 0, 0, false},
                                         Missing{"close_range", SYS_close_range, ENOSYS, 0, 0, true},
                                         Missing{"filters", SYS_prctl, EINVAL, 0, PR_SET_SECCOMP, false},
                                         Missing{"what_memory_is", SYS_read, EIO, 2, 64 * 1024, false}),
                         [](const auto& tested) { return std::string(tested.param.name); });
#endif

}  // namespace
}  // namespace liaison
