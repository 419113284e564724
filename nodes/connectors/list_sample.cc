// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_sample.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "schemas/result.h"

namespace liaison {

namespace {

struct SampleRegime {
  std::string_view prefix, list_type;
};
constexpr std::array<SampleRegime, 4> kSampleRegimes{{{"QD", "Al-Qaida"}, {"TA", "Taliban"}, {"KP", "DPRK"}, {"LY", "Libya"}}};

std::string sample_element(const std::string& name, const std::string& content) { return "<" + name + ">" + content + "</" + name + ">"; }

std::string three_digits(std::size_t number) {
  const std::string text = std::to_string(number);
  return std::string(3 - std::min<std::size_t>(3, text.size()), '0') + text;
}

std::string sample_values(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& one : values) out += sample_element("VALUE", one);
  return out;
}

std::string sample_individual(const InventedEntry& entry, const std::string& name) {
  std::string out = sample_element("NATIONALITY", sample_values({"Invented State " + name}));
  out += sample_element("LIST_TYPE", sample_values({"UN List"})) + sample_element("LAST_DAY_UPDATED", sample_values(entry.updated_on));
  for (const char* quality : {"Good", "Low"})
    out += sample_element("INDIVIDUAL_ALIAS", sample_element("QUALITY", quality) + sample_element("ALIAS_NAME", "INVENTED ALIAS " + name) +
                                                  "<DATE_OF_BIRTH/><CITY_OF_BIRTH/><COUNTRY_OF_BIRTH/><NOTE/>");
  out += sample_element("INDIVIDUAL_ADDRESS", "<STREET/>" + sample_element("CITY", "Invented City") + sample_element("COUNTRY", "Invented State") + "<NOTE/>");
  out += sample_element("INDIVIDUAL_DATE_OF_BIRTH", sample_element("TYPE_OF_DATE", "EXACT") + sample_element("DATE", "1900-01-01"));
  out += sample_element("INDIVIDUAL_PLACE_OF_BIRTH", sample_element("CITY", "Invented City") + sample_element("COUNTRY", "Invented State"));
  return out + sample_element("INDIVIDUAL_DOCUMENT", sample_element("TYPE_OF_DOCUMENT", "Passport") + sample_element("NUMBER", "INVENTED-" + name));
}

std::string sample_entity(const InventedEntry& entry, const std::string& name) {
  std::string out = sample_element("LIST_TYPE", sample_values({"UN List"})) + sample_element("LAST_DAY_UPDATED", sample_values(entry.updated_on));
  out += sample_element("ENTITY_ALIAS", sample_element("QUALITY", "a.k.a.") + sample_element("ALIAS_NAME", "INVENTED COMPANY " + name));
  return out + sample_element("ENTITY_ADDRESS", "<STREET/>" + sample_element("CITY", "Invented City") + "<STATE_PROVINCE/><ZIP_CODE/>" +
                                                    sample_element("COUNTRY", "Invented State") + "<NOTE/>");
}

// What follows from its reference number, so that an entry is the same wherever it stands.
std::string sample_data_id(const std::string& reference) {
  std::size_t number = 0;
  for (const char c : reference) number = number * 31 + static_cast<std::size_t>(static_cast<unsigned char>(c));
  return std::to_string(9'000'000 + number % 1'000'000);
}

std::string sample_entry(const InventedEntry& entry) {
  std::string name = entry.reference;
  std::erase_if(name, [](char c) { return c == ' ' || c == '\n'; });
  std::string out = sample_element("DATAID", sample_data_id(name)) + sample_element("VERSIONNUM", "1") +
                    sample_element("FIRST_NAME", "INVENTED " + name) + sample_element("UN_LIST_TYPE", entry.list_type) +
                    sample_element("REFERENCE_NUMBER", entry.reference) + sample_element("LISTED_ON", entry.listed_on) +
                    sample_element("COMMENTS1", entry.comments);
  out += entry.entity ? sample_entity(entry, name) : sample_individual(entry, name);
  out += sample_element("SORT_KEY", "INVENTED " + name) + sample_element("SORT_KEY_LAST_MOD", "2016-01-20T00:00:00");
  return sample_element(entry.entity ? "ENTITY" : "INDIVIDUAL", out) + "\n";
}

}  // namespace

std::vector<InventedEntry> invented_entries(std::size_t count) {
  CHECK(count < 1'000 * kSampleRegimes.size());
  std::vector<InventedEntry> out;
  for (std::size_t i = 0; i < count; ++i) {
    InventedEntry entry;
    const std::size_t place = i / kSampleRegimes.size();
    const SampleRegime& regime = kSampleRegimes[i % kSampleRegimes.size()];
    entry.entity = place % 3 == 2;
    entry.reference = std::string(regime.prefix) + (entry.entity ? "e." : "i.") + three_digits(place + 1);
    entry.list_type = regime.list_type;
    entry.updated_on = {"2016-06-01"};
    out.push_back(std::move(entry));
  }
  return out;
}

std::string invented_list(const std::vector<InventedEntry>& entries, const std::string& generated) {
  std::string individuals, entities;
  for (const InventedEntry& one : entries) (one.entity ? entities : individuals) += sample_entry(one);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CONSOLIDATED_LIST xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xsi:noNamespaceSchemaLocation=\"https://www.un.org/sc/resources/sc-sanctions.xsd\" dateGenerated=\"" +
         generated + "\">\n" + sample_element("INDIVIDUALS", individuals) + "\n" + sample_element("ENTITIES", entities) + "\n</CONSOLIDATED_LIST>\n";
}

}  // namespace liaison
