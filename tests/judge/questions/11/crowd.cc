// Stage 11: many watches on a few threads.
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/usage.h"

namespace judge {
namespace {

void WatchMany(ServerTalk& talk) {
  constexpr int kWatches = 200;
  constexpr int kConnections = 10;
  constexpr int kThreads = kWatches / 4;  // a library may start a few
  const std::string key = "judge/watch_many";
  // A server that counts watches as calls is another question's.
  talk.StartOwn({absl::StrCat("--max_watches=", kWatches),
                 absl::StrCat("--max_calls=", 2 * kWatches)});
  if (!talk.going()) return;
  const ServerTalk::Server& server = talk.shared();
  std::vector<std::shared_ptr<grpc::Channel>> connections;
  std::vector<std::unique_ptr<WatchStream>> watches;
  const auto open = [&](std::size_t connection) {
    watches.push_back(OpenWatchOn(connections[connection], key));
    Stands(talk, watches.back(), 0);
  };
  talk.Sent(
      absl::StrCat(kWatches, " times: Watch ", Describe(WatchRequestOf(key))));
  for (std::size_t i = 0; i < kConnections && talk.going(); ++i) {
    connections.push_back(server.ReadyConnection());
    open(i);
  }
  const pid_t pid = server.process->pid();
  const int before = UsageOf(pid).threads;
  while (watches.size() < kWatches && talk.going()) {
    open(watches.size() % kConnections);
  }
  const int more = UsageOf(pid).threads - before;
  talk.LookAt(
      "a watch that waits needs no thread, only a position in the change log "
      "and something that continues it at the next change",
      "derive a ServerWriteReactor instead of waiting in a sync handler");
  talk.Expect(more < kThreads,
              absl::StrCat("fewer than ", kThreads, " more threads for ",
                           kWatches - kConnections, " more watches"),
              absl::StrCat(more));
  talk.LookAt("a change wakes everyone who waits for it");
  talk.Put(key, "1").Is(Written(1));
  for (const auto& watch : watches) Next(talk, watch, PutChange(key, "1", 1));
}

}  // namespace

std::vector<ServerQuestion> CrowdQuestions() {
  return {
      {"watch_many", "hundreds of watches need no thread each", 11, WatchMany}};
}

}  // namespace judge
