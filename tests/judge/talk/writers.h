// Concurrent writers that record what they write.
//
//   Writers writers(talk, 8, 100, "judge/question/");  // starts them
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

/// Several writers, each on its own thread and with its own ten keys: PREFIX +
/// writer + "/" + digit. A writer goes through its keys again and again. The
/// value of a write is its number; every tenth write is a Delete, not a Put.
class Writers final {
 public:
  /// Starts `count` writers, each of which writes `writes` times. Only the
  /// constructor and Join() use `talk`.
  Writers(ServerTalk& talk, int count, int writes, const std::string& prefix);
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;
  /// Waits for the writers.
  ~Writers();

  /// Whether a writer still writes.
  bool running() const { return running_ > 0; }
  /// Waits until all have ended and expects that each write was OK.
  void Join(ServerTalk& talk);

  /// The changes by revision. Call it after Join().
  const std::map<std::int64_t, kv::v1::WatchResponse>& changes() const {
    return all_;
  }

 private:
  struct Writer {
    std::shared_ptr<grpc::Channel> channel;  // not shared with other writers
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
