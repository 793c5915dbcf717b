#include "store/etcd_layout.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace kv {
namespace {

// [encode]
// put 3f9c2d1e8a7b6054.12 4 city Berlin
//
// The third word is the length of the key, which may contain anything.
std::string Encode(const Change& change, const std::string& proposal) {
  return absl::StrCat(change.deleted ? "delete " : "put ", proposal, " ",
                      change.entry->key.size(), " ", change.entry->key, " ",
                      change.entry->value);
}
// [encode]

// Takes the next word off the text.
absl::string_view Word(absl::string_view& text) {
  const std::size_t size = std::min(text.find(' '), text.size());
  const absl::string_view word = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return word;
}

absl::Status NotOurs(const std::string& key) {
  return absl::DataLossError(
      absl::StrCat("the key ", key, " in etcd is not of this store"));
}

}  // namespace

std::string EtcdLayout::ChangeKey(std::int64_t revision) const {
  return absl::StrFormat("%schanges/%020d", prefix_, revision);
}

Etcd::Range EtcdLayout::AllEntries() const {
  return {absl::StrCat(prefix_, "entries/"), absl::StrCat(prefix_, "entries0")};
}

Etcd::Range EtcdLayout::AllChanges() const {
  return {ChangeKey(1), absl::StrCat(prefix_, "changes0")};
}

Etcd::Range EtcdLayout::NextChanges(std::int64_t revision) const {
  return {ChangeKey(revision + 1), ChangeKey(revision + 1 + kBlock)};
}

absl::StatusOr<EtcdLayout::Proposed> EtcdLayout::DecodeProposed(
    const Etcd::Pair& pair) const {
  absl::string_view text = pair.value;
  const absl::string_view kind = Word(text);
  Proposed proposed;
  proposed.id = std::string(Word(text));
  std::size_t size = 0;
  Entry entry;
  if (!absl::SimpleAtoi(Word(text), &size) || size >= text.size() ||
      text[size] != ' ' || (kind != "put" && kind != "delete") ||
      !absl::SimpleAtoi(
          absl::StripPrefix(pair.key, absl::StrCat(prefix_, "changes/")),
          &entry.revision)) {
    return NotOurs(pair.key);
  }
  entry.key = std::string(text.substr(0, size));
  entry.value = std::string(text.substr(size + 1));
  proposed.change.deleted = kind == "delete";
  proposed.change.entry = std::make_shared<const Entry>(std::move(entry));
  return proposed;
}

absl::StatusOr<std::vector<Change>> EtcdLayout::DecodeChanges(
    const std::vector<Etcd::Pair>& pairs) const {
  std::vector<Change> changes;
  changes.reserve(pairs.size());
  for (const Etcd::Pair& pair : pairs) {
    auto proposed = DecodeProposed(pair);
    if (!proposed.ok()) return proposed.status();
    changes.push_back(std::move(proposed->change));
  }
  return changes;
}

// [proposal]
Etcd::Transaction EtcdLayout::Proposal(const std::vector<Change>& changes,
                                       const std::string& id) const {
  const std::int64_t last = changes.front().entry->revision - 1;
  Etcd::Transaction proposal;
  proposal.present = ChangeKey(last);
  proposal.absent = ChangeKey(last + 1);
  proposal.read = NextChanges(last);
  std::map<std::string, const Change*> entries;  // the last change of each key
  for (const Change& change : changes) {
    proposal.puts.push_back(
        {ChangeKey(change.entry->revision), Encode(change, id)});
    entries[absl::StrCat(prefix_, "entries/", change.entry->key)] = &change;
  }
  for (const auto& [key, change] : entries) {
    const Entry& entry = *change->entry;
    if (change->deleted) {
      proposal.removes.push_back(Etcd::Range::Of(key));
    } else {
      proposal.puts.push_back(
          {key, absl::StrCat(entry.revision, " ", entry.value)});
    }
  }
  return proposal;
}
// [proposal]

absl::StatusOr<Entry> EtcdLayout::DecodeEntry(const Etcd::Pair& pair) const {
  absl::string_view text = pair.value;
  Entry entry;
  if (!absl::SimpleAtoi(Word(text), &entry.revision)) return NotOurs(pair.key);
  entry.key = std::string(
      absl::StripPrefix(pair.key, absl::StrCat(prefix_, "entries/")));
  entry.value = std::string(text);
  return entry;
}

}  // namespace kv
