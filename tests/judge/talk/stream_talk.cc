#include "talk/stream_talk.h"

#include "absl/strings/str_join.h"

namespace judge {
namespace {

// Starts a call and sends its only request. Returns nullptr once the
// conversation is over.
template <class Stream, class Request>
std::unique_ptr<Stream> Open(ServerTalk& talk, const std::string& rpc,
                             const Request& request, absl::Time deadline) {
  const ServerTalk::Server& server = talk.shared();
  if (!talk.going() || server.channel == nullptr) return nullptr;
  talk.Sent(absl::StrCat(Label(server), rpc, " ", Describe(request),
                         With(server.caller.metadata)));
  auto stream = std::make_unique<Stream>(server.channel, rpc, deadline,
                                         server.caller.metadata);
  stream->Write(request);  // if this fails, the read reports why
  stream->HalfClose();
  return stream;
}

// Reads all entries of a List, and expects OK.
std::vector<kv::v1::Entry> Drain(ServerTalk& talk,
                                 const std::unique_ptr<ListStream>& list) {
  std::vector<kv::v1::Entry> entries;
  if (list == nullptr) return entries;
  while (const auto response = list->Read()) {
    for (const kv::v1::Entry& entry : response->entries()) {
      entries.push_back(entry);
    }
  }
  Ends(talk, list, grpc::StatusCode::OK);
  return entries;
}

std::string Keys(const std::vector<kv::v1::Entry>& entries) {
  constexpr std::size_t kShown = 8;
  std::vector<std::string> keys;
  for (const kv::v1::Entry& entry : entries) {
    if (keys.size() == kShown) break;
    keys.emplace_back(Quoted(entry.key()));
  }
  if (entries.size() > kShown) keys.emplace_back("...");
  return keys.empty() ? "no entry" : absl::StrJoin(keys, ", ");
}

}  // namespace

kv::v1::Entry EntryOf(const std::string& key, const std::string& value,
                      std::int64_t revision) {
  return Found(key, value, revision).entry();
}

kv::v1::ImportRequest ImportOf(const std::string& key,
                               const std::string& value) {
  kv::v1::ImportRequest request;
  request.set_key(key);
  request.set_value(value);
  return request;
}

kv::v1::ImportResponse Imported(std::int64_t count, std::int64_t revision) {
  kv::v1::ImportResponse response;
  response.set_imported_count(count);
  response.set_revision(revision);
  return response;
}

kv::v1::WatchResponse PutChange(const std::string& key,
                                const std::string& value,
                                std::int64_t revision) {
  kv::v1::WatchResponse change;
  change.set_change_type(kv::v1::WatchResponse::CHANGE_TYPE_PUT);
  *change.mutable_entry() = EntryOf(key, value, revision);
  return change;
}

kv::v1::WatchResponse DeleteChange(const std::string& key,
                                   std::int64_t revision) {
  kv::v1::WatchResponse change;
  change.set_change_type(kv::v1::WatchResponse::CHANGE_TYPE_DELETE);
  *change.mutable_entry() = EntryOf(key, "", revision);
  return change;
}

std::unique_ptr<ListStream> OpenList(ServerTalk& talk,
                                     const std::string& prefix,
                                     std::int32_t limit) {
  return Open<ListStream>(talk, "List", ListRequestOf(prefix, limit),
                          absl::InfiniteFuture());
}

std::vector<kv::v1::Entry> ListAll(ServerTalk& talk, const std::string& prefix,
                                   std::int32_t limit) {
  return Drain(talk, OpenList(talk, prefix, limit));
}

std::vector<kv::v1::Entry> ListQuietly(ServerTalk& talk,
                                       const std::string& prefix) {
  const std::shared_ptr<grpc::Channel> channel = talk.shared().channel;
  if (!talk.going()) return {};
  auto list = std::make_unique<ListStream>(channel, "List");
  list->Write(ListRequestOf(prefix));
  list->HalfClose();
  return Drain(talk, list);
}

void Lists(ServerTalk& talk, const std::string& prefix,
           const std::vector<kv::v1::Entry>& expected, std::int32_t limit) {
  const std::vector<kv::v1::Entry> got = ListAll(talk, prefix, limit);
  talk.Expect(Keys(got) == Keys(expected),
              absl::StrCat("the keys ", Keys(expected)), Keys(got));
  talk.Expect(got.size() == expected.size(),
              absl::StrCat(expected.size(), " entries"),
              absl::StrCat(got.size()));
  for (std::size_t i = 0; i < got.size() && talk.going(); ++i) {
    talk.Expect(Same(got[i], expected[i]), Describe(expected[i]),
                Describe(got[i]));
  }
}

std::unique_ptr<WatchStream> OpenWatch(
    ServerTalk& talk, const std::string& prefix,
    std::optional<std::int64_t> after_revision, absl::Time deadline) {
  return Open<WatchStream>(talk, "Watch",
                           WatchRequestOf(prefix, after_revision), deadline);
}

std::unique_ptr<WatchStream> OpenWatchOn(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
    std::optional<std::int64_t> after_revision, absl::Time deadline) {
  auto watch = std::make_unique<WatchStream>(channel, "Watch", deadline);
  watch->Write(WatchRequestOf(prefix, after_revision));
  watch->HalfClose();
  return watch;
}

void Stands(ServerTalk& talk, const std::unique_ptr<WatchStream>& watch,
            std::int64_t revision) {
  if (!talk.going()) return;
  const std::string expected = absl::StrCat(
      "initial metadata before any change, with kv-revision: ", revision);
  const std::optional<std::string> header = watch->Header(kRevisionKey);
  std::string got = header.value_or("");
  if (!header.has_value()) {
    watch->Cancel();  // has no effect on a status that has already arrived
    const auto end = watch->End();
    got = end.has_value() && end->error_code() != grpc::StatusCode::CANCELLED
              ? WhyNoMessage(talk, *watch)
              : "none with that key";
  }
  talk.Expect(got == absl::StrCat(revision), expected, got);
}

}  // namespace judge
