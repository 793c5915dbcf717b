// Writers on threads of their own, that remember what they wrote.
//
//   Writers writers(talk, 8, 100, "judge/question/");  // they run
//   ...
//   writers.Join(talk);                       // expects all writes to be OK
//   writers.changes()[revision]               // the change that it made
#ifndef JUDGE_TALK_WRITERS_H_
#define JUDGE_TALK_WRITERS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "talk/server_talk.h"

namespace judge {

/// Some writers at once, each with keys of its own: PREFIX + writer + "/" + one
/// of ten digits, one after the other, again and again. A write's value is its
/// number; each tenth is a Delete instead of a Put.
class Writers final {
 public:
  /// Starts `count` writers, each of which writes `writes` times. The talk is
  /// used only here and in Join().
  Writers(ServerTalk& talk, int count, int writes, const std::string& prefix);
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;
  /// Waits for them.
  ~Writers();

  /// Whether one of them still writes.
  bool running() const { return running_ > 0; }
  /// Waits until all have ended and expects that each write was OK.
  void Join(ServerTalk& talk);

  /// What was changed, by revision; all of it after Join().
  const std::map<std::int64_t, kv::v1::WatchResponse>& changes() const {
    return all_;
  }

 private:
  struct Writer {
    std::shared_ptr<grpc::Channel> channel;  // each comes over its own
    std::vector<kv::v1::WatchResponse> changes;
    grpc::Status status;
    std::thread thread;
  };

  void Run(Writer& writer, int writes, const std::string& prefix);

  std::atomic<int> running_ = 0;
  std::vector<Writer> writers_;
  std::map<std::int64_t, kv::v1::WatchResponse> all_;
};

}  // namespace judge

#endif  // JUDGE_TALK_WRITERS_H_
