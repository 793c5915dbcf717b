// Runs a real etcd for a question, and servers that keep their entries in it.
//
//   Etcd etcd(talk);            // skips the question if etcd is not installed
//   talk.StartOwnAs("A", etcd.Flags());
//   etcd.Freeze();
#ifndef JUDGE_TALK_ETCD_TALK_H_
#define JUDGE_TALK_ETCD_TALK_H_

#include <memory>
#include <string>
#include <vector>

#include "talk/process.h"
#include "talk/server_talk.h"

namespace judge {

/// An etcd cluster of one member, on 127.0.0.1 and without TLS. A question can
/// have one. The destructor kills it and removes its data. Use it only from the
/// main thread.
class Etcd final {
 public:
  /// Starts it and waits until it answers. When that fails, the conversation is
  /// over.
  explicit Etcd(ServerTalk& talk);
  Etcd(const Etcd&) = delete;
  Etcd& operator=(const Etcd&) = delete;
  ~Etcd();

  /// The flags of a server whose entries are in this etcd.
  std::vector<std::string> Flags() const;
  /// Stops it without closing anything: calls to it stay open, without an
  /// answer.
  void Freeze();
  /// Lets it go on after Freeze().
  void GoOn();

 private:
  bool Start(const std::string& folder);
  void Remove();

  ServerTalk& talk_;
  std::unique_ptr<Process> process_;
  std::string address_;
  std::string folder_;
};

}  // namespace judge

#endif  // JUDGE_TALK_ETCD_TALK_H_
