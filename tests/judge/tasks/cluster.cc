// Tasks of stage 14: reads that say how old they may be.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/etcd_talk.h"

namespace judge {
namespace {

// The next calls have this metadata.
void Say(ServerTalk& talk, const Metadata& metadata) {
  if (talk.going()) talk.shared().caller.metadata = metadata;
}

void StaleCall(ServerTalk& talk) {
  Etcd etcd(talk);
  if (talk.going()) talk.StartOwnAs("A", etcd.Flags());
  talk.Put("a", "1").Is(Written(1));
  etcd.Freeze();
  talk.LookAt("a Get with the metadata kv-stale needs no answer from etcd");
  Say(talk, {{"kv-stale", "yes"}});
  talk.Get("a").Is(Found("a", "1", 1));
  talk.LookAt("all other reads do");
  Say(talk, {});
  talk.Get("a").Fails(StatusCode::UNAVAILABLE);
  etcd.GoOn();
  talk.StopOwn();
}

void MinRevision(ServerTalk& talk) {
  constexpr int kRounds = 50;
  Etcd etcd(talk);
  std::vector<std::string> flags = etcd.Flags();
  flags.emplace_back("--stale_reads");
  for (const char* const label : {"B", "A"}) {
    if (talk.going()) talk.StartOwnAs(label, flags);
  }
  talk.LookAt(
      "a Get with kv-min-revision waits until the server knows at least so "
      "much");
  for (int round = 1; round <= kRounds && talk.going(); ++round) {
    const std::string value = absl::StrCat(round);
    talk.Use("A");
    talk.Put("a", value).Is(Written(round));
    talk.Use("B");
    Say(talk, {{"kv-min-revision", absl::StrCat(round)}});
    talk.Get("a").Is(Found("a", value, round));
  }
  etcd.Freeze();
  talk.LookAt("if the server knows so much already, it need not ask");
  talk.Get("a").Is(Found("a", absl::StrCat(kRounds), kRounds));
  talk.LookAt("if it does not, it must not answer with less");
  Say(talk, {{"kv-min-revision", absl::StrCat(kRounds + 1)}});
  talk.Get("a").Fails(StatusCode::UNAVAILABLE);
  etcd.GoOn();
  talk.StopOwn();
}

}  // namespace

std::vector<ServerQuestion> ClusterTasks() {
  return {
      {"stale_call", "a Get with kv-stale is answered without etcd", 14,
       StaleCall},
      {"min_revision", "a Get with kv-min-revision is not older than that", 14,
       MinRevision},
  };
}

}  // namespace judge
