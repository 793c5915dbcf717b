// What the clients and watchers of a load have seen: how it ends, and how it is
// written for history.py.
#ifndef TESTS_SUPPORT_HISTORY_H_
#define TESTS_SUPPORT_HISTORY_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.pb.h"
#include "operation.h"
#include "servers.h"

namespace load {

constexpr char kLastKey[] = "last";  // written when the clients have ended
constexpr std::chrono::seconds kMostWait(90);  // at the end, for the servers

// The changes that one watcher has seen. Only revision() is for any thread.
class Seen {
 public:
  void Add(const kv::v1::WatchResponse& response) {
    changes_.push_back(response);
    revision_ = response.entry().revision();
  }

  // The revision of the latest change.
  std::int64_t revision() const { return revision_; }

  // Writes the changes up to a revision.
  void Write(std::ostream& out, std::int64_t last) const {
    const char* comma = "";
    for (const auto& change : changes_) {
      const kv::v1::Entry& entry = change.entry();
      if (entry.revision() > last) break;
      out << comma << "[" << entry.revision() << R"(,")" << entry.key()
          << R"(",)";
      if (change.change_type() == kv::v1::WatchResponse::CHANGE_TYPE_DELETE) {
        out << "null]";
      } else {
        out << '"' << entry.value() << R"("])";
      }
      comma = ",";
    }
  }

 private:
  std::vector<kv::v1::WatchResponse> changes_;
  std::atomic<std::int64_t> revision_ = 0;
};

using Watchers = std::vector<const Seen*>;
using Contents =
    std::map<std::string, std::vector<kv::v1::Entry>>;  // by address

// Lists all servers as they are after the last change, and returns that
// change's revision, or 0 if the servers could not be reached in time. `put`
// writes the last key, and returns the revision, or 0 if that failed.
//
// A write whose client gave up may still come after the last key. So the last
// key is written once more after the lists. If its revision is the next one,
// the lists have all changes before it. The history ends before that write.
inline std::int64_t Finish(const Servers& servers,
                           const std::function<std::int64_t()>& put,
                           const Watchers& watchers, Contents& contents) {
  const std::int64_t until =
      Now() + std::chrono::nanoseconds(kMostWait).count();
  const auto write = [&] {
    std::int64_t revision = 0;
    while (revision == 0 && Now() < until) revision = put();
    return revision;
  };
  std::int64_t last = write();
  while (last != 0 && Now() < until) {
    for (const Seen* watcher : watchers) {
      while (watcher->revision() < last && Now() < until) {
        std::this_thread::sleep_for(kPause);
      }
    }
    for (const std::string& address : servers.addresses) {
      contents[address] = ListAll(servers, address, until);
    }
    const std::int64_t next = put();
    if (next == last + 1) return last;
    last = next != 0 ? next : write();
  }
  return 0;
}

// Writes what all have seen, up to the last revision of Finish().
inline void Write(const std::vector<Operation>& operations,
                  const Watchers& watchers, std::int64_t last,
                  const Contents& contents) {
  for (const Operation& operation : operations) std::cout << operation;
  for (std::size_t i = 0; i < watchers.size(); ++i) {
    std::cout << R"({"watcher":)" << i << R"(,"changes":[)";
    watchers[i]->Write(std::cout, last != 0 ? last : INT64_MAX);
    std::cout << "]}\n";
  }
  for (const auto& [address, entries] : contents) {
    std::cout << R"({"final":")" << address << R"(","entries":)";
    WriteEntries(std::cout, entries, true);
    std::cout << "}\n";
  }
  std::cout << std::flush;
  if (last == 0) std::cerr << "load: not all servers could be reached\n";
}

// Prints how often each result came, and which operation took longest.
inline void Summarize(const std::vector<Operation>& operations) {
  std::map<std::string, int> results;
  const Operation* longest = nullptr;
  const auto time = [](const Operation& one) { return one.end - one.start; };
  for (const Operation& operation : operations) {
    ++results[operation.name + " " + operation.result];
    if (longest == nullptr || time(operation) > time(*longest)) {
      longest = &operation;
    }
  }
  std::cerr << "load: " << operations.size() << " operations\n";
  for (const auto& [result, count] : results) {
    std::cerr << "load: " << result << ": " << count << "\n";
  }
  if (longest != nullptr) {
    std::cerr << "load: the longest took " << time(*longest) / 1'000'000
              << " ms: " << *longest;
  }
}

}  // namespace load

#endif  // TESTS_SUPPORT_HISTORY_H_
