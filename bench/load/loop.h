// A closed loop: on each connection so many calls are in flight all the time.
//
// Not thread-safe. What goes wrong is told in one line on stderr.
#ifndef BENCH_LOAD_LOOP_H_
#define BENCH_LOAD_LOOP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "kinds.h"
#include "measure.h"
#include "transport.h"

namespace load {

class Loop final {
 public:
  // @param tls null: without TLS; else it must outlive the loop
  Loop(Kind kind, SSL_CTX* tls);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // Opens connections and begins the calls. False when that fails.
  bool Connect(const std::string& address, int connections, int calls);

  // Until `done` says so; it is asked each time that something has arrived.
  // False when a reply was wrong, or a connection ended.
  bool Go(const std::function<bool()>& done);
  bool GoSeconds(double seconds);

  // From now on calls are counted there.
  void CountInto(Measure* measure) { measure_ = measure; }

  // Begins no further call.
  void Stop() { going_ = false; }

  int ended() const { return ended_; }
  int headers() const { return headers_; }  // of calls, that have arrived

 private:
  void Ended(Connection& connection, const Reply& reply);

  const Kind kind_;
  SSL_CTX* const tls_;
  const int epoll_;
  std::vector<std::unique_ptr<Connection>> open_;
  Measure* measure_ = nullptr;
  bool going_ = true;
  int ended_ = 0;
  int headers_ = 0;
  std::string wrong_;
};

}  // namespace load

#endif  // BENCH_LOAD_LOOP_H_
