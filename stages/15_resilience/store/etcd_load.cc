// Reads a whole log from etcd, or begins one.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "store/etcd_log.h"
#include "store/random_id.h"

namespace kv {
namespace {

constexpr absl::string_view kFormat = "1";
// Entries of about so many bytes are read at once.
constexpr std::size_t kPageBytes = 4 << 20;

}  // namespace

absl::StatusOr<DurableLog::Content> EtcdLog::Load() {
  for (int attempt = 1;; ++attempt) {
    auto content = LoadOnce();
    // A page may be compacted away while the pages before it are read.
    if (!absl::IsOutOfRange(content.status()) || attempt == 5) return content;
  }
}

// [begin]
// Several servers may find nothing, and one of them makes the store.
absl::Status EtcdLog::Begin(Etcd::Milliseconds timeout) {
  Etcd::Transaction first;
  first.absent = layout_.StoreKey();
  first.puts = {{first.absent, absl::StrCat(kFormat, " ", RandomId())},
                {layout_.ChangeKey(0), "begin"}};
  return etcd_->Run(first, timeout).status();
}
// [begin]

absl::StatusOr<DurableLog::Content> EtcdLog::LoadOnce() {
  retry_.Expect();
  Content content;
  const auto store = retry_.Run(
      patience_.start,
      [&](Etcd::Milliseconds timeout) -> absl::StatusOr<Etcd::Page> {
        if (absl::Status made = Begin(timeout); !made.ok()) return made;
        return etcd_->Read(Etcd::Range::Of(layout_.StoreKey()), 1, 0, timeout);
      });
  if (!store.ok()) return store.status();
  const std::pair<std::string, std::string> about =
      absl::StrSplit(store->pairs.empty() ? "" : store->pairs[0].value,
                     absl::MaxSplits(' ', 1));
  if (about.first != kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store has format ", about.first, ", and this server knows ",
        kFormat, ": use a newer server"));
  }
  content.store_id = about.second;
  std::int64_t etcd_revision = 0;
  absl::Status done = LoadEntries(content, etcd_revision);
  if (done.ok()) done = LoadChanges(content, etcd_revision);
  if (!done.ok()) return done;
  removed_ =
      content.revision - static_cast<std::int64_t>(content.changes.size());
  return content;
}

absl::StatusOr<Etcd::Page> EtcdLog::ReadPage(const Etcd::Range& range,
                                             std::int64_t limit,
                                             std::int64_t etcd_revision) {
  return retry_.Run(patience_.start, [&](Etcd::Milliseconds /*timeout*/) {
    return etcd_->Read(range, limit, etcd_revision, patience_.start);
  });
}

// The first page chooses the moment, and all others are read as of that.
absl::Status EtcdLog::LoadEntries(Content& content,
                                  std::int64_t& etcd_revision) {
  Etcd::Range range = layout_.AllEntries();
  std::int64_t limit = EtcdLayout::kBlock;
  for (bool more = true; more;) {
    const auto page = ReadPage(range, limit, etcd_revision);
    if (!page.ok()) return page.status();
    if (etcd_revision == 0) etcd_revision = page->revision;
    more = page->more;
    std::size_t bytes = 0;
    for (const Etcd::Pair& pair : page->pairs) {
      auto entry = layout_.DecodeEntry(pair);
      if (!entry.ok()) return entry.status();
      bytes += SizeOf(*entry);
      const std::string key = entry->key;
      content.entries.emplace_hint(
          content.entries.end(), key,
          std::make_shared<const Entry>(*std::move(entry)));
      range.first = pair.key + '\0';
    }
    limit =
        bytes < kPageBytes ? limit * 2 : std::max<std::int64_t>(1, limit / 2);
  }
  return absl::OkStatus();
}

absl::Status EtcdLog::LoadChanges(Content& content,
                                  std::int64_t etcd_revision) {
  // The first one that is still there. The beginning is not a change.
  const auto oldest = ReadPage(layout_.AllChanges(), 1, etcd_revision);
  if (!oldest.ok()) return oldest.status();
  auto block = layout_.DecodeChanges(oldest->pairs);
  if (!block.ok()) return block.status();
  while (!block->empty()) {
    for (Change& change : *block) {
      const std::int64_t revision = change.entry->revision;
      if (!content.changes.empty() && revision != content.revision + 1) {
        return absl::DataLossError(
            absl::StrCat("change ", content.revision + 1, " is missing"));
      }
      content.revision = revision;
      // Most changes are those of the entries, and share their memory.
      const auto now = content.entries.find(change.entry->key);
      if (now != content.entries.end() && now->second->revision == revision) {
        change.entry = now->second;
      }
      content.changes.push_back(std::move(change));
    }
    const auto page =
        ReadPage(layout_.NextChanges(content.revision), 0, etcd_revision);
    if (!page.ok()) return page.status();
    block = layout_.DecodeChanges(page->pairs);
    if (!block.ok()) return block.status();
  }
  return absl::OkStatus();
}

}  // namespace kv
