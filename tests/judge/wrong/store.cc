#include "wrong/store.h"

#include <algorithm>
#include <cstring>

#include "wrong/data.h"
#include "wrong/mistake.h"

namespace wrong {

using kv::v1::WatchResponse;

std::int64_t Store::Write(const std::string& key, const std::string& value) {
  kv::v1::Entry& entry = entries[key];
  entry.set_key(key);
  entry.set_value(Mistake("stops_at_nul") ? value.substr(0, value.find('\0'))
                                          : value);
  revision = (Mistake("revision_per_key") ? entry.revision() : revision) +
             (Mistake("skips_revisions") ? 2 : 1);
  entry.set_revision(revision);
  WatchResponse change;
  change.set_change_type(WatchResponse::CHANGE_TYPE_PUT);
  *change.mutable_entry() = entry;
  Note(change);
  return revision;
}

bool Store::Erase(const std::string& key) {
  const auto found = entries.find(key);
  if (found == entries.end()) return false;
  WatchResponse change;
  change.set_change_type(Mistake("watch_delete_is_put")
                             ? WatchResponse::CHANGE_TYPE_PUT
                             : WatchResponse::CHANGE_TYPE_DELETE);
  change.mutable_entry()->set_key(key);
  if (Mistake("watch_delete_has_value")) {
    change.mutable_entry()->set_value(found->second.value());
  }
  entries.erase(found);
  graves.insert(key);
  if (!Mistake("delete_is_not_counted")) ++revision;
  change.mutable_entry()->set_revision(revision);
  Note(change);
  return true;
}

void Store::Apply(const WatchResponse& change) {
  const kv::v1::Entry& entry = change.entry();
  if (change.change_type() == WatchResponse::CHANGE_TYPE_PUT) {
    entries[entry.key()] = entry;
  } else {
    entries.erase(entry.key());
  }
  revision = entry.revision();
  if (!Mistake("watches_itself")) Note(change);
}

void Store::Note(const WatchResponse& change) {
  Data::Keep(change);
  if (kept != nullptr) kept->push_back(change);
  changes.push_back(change);
  Forget();
  changed.notify_all();
}

void Store::Forget() {
  if (Mistake("watch_keeps_all")) {  // for the watches that are active
    if (changes.size() <= history) return;
    const std::size_t first = changes.size() - history;
    forgotten_ = changes[first - 1].entry().revision();
    return;
  }
  while (changes.size() > history) {
    forgotten_ = changes.front().entry().revision();
    changes.pop_front();
  }
}

std::optional<WatchResponse> Store::After(std::int64_t after) const {
  const auto found =
      std::upper_bound(changes.begin(), changes.end(), after,
                       [](std::int64_t revision, const WatchResponse& change) {
                         return revision < change.entry().revision();
                       });
  if (found == changes.end()) return std::nullopt;
  return *found;
}

}  // namespace wrong
