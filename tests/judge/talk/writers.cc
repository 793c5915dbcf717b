#include "talk/writers.h"

#include "absl/strings/str_cat.h"
#include "talk/stream_talk.h"

namespace judge {

Writers::Writers(ServerTalk& talk, int count, int writes,
                 const std::string& prefix)
    : writers_(static_cast<std::size_t>(count)) {
  const ServerTalk::Server& server = talk.shared();
  if (!talk.going()) return;
  talk.Sent(absl::StrCat(Label(server), count, " concurrent writers, ", writes,
                         " times each: Put or Delete of ", Quoted(prefix),
                         "..."));
  int number = 0;
  for (Writer& writer : writers_) {
    writer.channel = server.ReadyConnection();
    ++running_;
    const std::string own = absl::StrCat(prefix, number++, "/");
    writer.thread =
        std::thread([this, &writer, writes, own] { Run(writer, writes, own); });
  }
}

Writers::~Writers() {
  for (Writer& writer : writers_) {
    if (writer.thread.joinable()) writer.thread.join();
  }
}

void Writers::Join(ServerTalk& talk) {
  for (Writer& writer : writers_) {
    if (writer.thread.joinable()) writer.thread.join();
    talk.Expect(writer.status.ok(), "OK for each write",
                Describe(talk.Explain(writer.status)));
    for (const auto& change : writer.changes) {
      all_[change.entry().revision()] = change;
    }
  }
}

void Writers::Run(Writer& writer, int writes, const std::string& prefix) {
  constexpr int kKeys = 10;
  const auto stub = kv::v1::KeyValueService::NewStub(writer.channel);
  for (int i = 0; i < writes && writer.status.ok(); ++i) {
    // The Delete removes one of the nine keys that this writer has just put.
    if (i % kKeys == kKeys - 1) {
      const auto request =
          DeleteRequestOf(absl::StrCat(prefix, i / kKeys % (kKeys - 1)));
      kv::v1::DeleteResponse response;
      writer.status = stub->Delete(NewContext().get(), request, &response);
      writer.changes.push_back(
          DeleteChange(request.key(), response.revision()));
      continue;
    }
    auto request =
        PutRequestOf(absl::StrCat(prefix, i % kKeys), absl::StrCat(i));
    kv::v1::PutResponse response;
    writer.status = stub->Put(NewContext().get(), request, &response);
    writer.changes.push_back(
        PutChange(request.key(), request.value(), response.revision()));
  }
  --running_;
}

}  // namespace judge
