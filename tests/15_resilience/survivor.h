// A client that survives what happens to the servers. What an answer leaves
// open, it finds out by itself, as far as that is possible.
#ifndef TESTS_15_RESILIENCE_SURVIVOR_H_
#define TESTS_15_RESILIENCE_SURVIVOR_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "caller.h"
#include "operation.h"

namespace survivors {

// What a client knows about a key before it writes.
struct Before {
  std::int64_t entry = 0;  // the entry's revision, 0 if it is absent
  std::int64_t store = 0;  // all changes of the key after this one are later
};

constexpr int kKeys = 20;  // few, so that clients collide
constexpr int kImportEntries = 5;

class Survivor {
 public:
  Survivor(const Setup& setup, int id)
      : caller_(setup, setup.options.timeout),
        id_(id),
        random_(static_cast<unsigned>(id)) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop) {
      const auto turn = random_() % 8;
      if (turn < 2) {
        Get(Key());
      } else if (turn < 5) {
        Replace(Key());
      } else if (turn < 6) {
        Delete(Key());
      } else if (turn < 7) {
        Import();
      } else {
        List(random_() % 2 == 0 ? "k" : "k1");
      }
    }
  }

  // Returns the revision of the write, or 0 if it failed. With `before`, it is
  // conditional.
  std::int64_t Put(const std::string& key, std::optional<Before> before);

  const std::vector<load::Operation>& operations() const { return operations_; }
  void Forget() { operations_.pop_back(); }
  // How often which operation failed, or how it was found out what became of
  // it.
  const std::map<std::string, int>& counts() const { return counts_; }
  int attempts() const { return caller_.attempts(); }

 private:
  std::string Key() { return "k" + std::to_string(random_() % kKeys); }
  std::string Value() {
    return std::to_string(id_) + "." + std::to_string(++values_);
  }

  // Returns nothing after an error.
  std::optional<Before> Get(const std::string& key);
  void Replace(const std::string& key) {
    if (const auto before = Get(key)) Put(key, before);
  }
  void Delete(const std::string& key);
  void Import();
  void List(const std::string& prefix);

  grpc::Status Read(Calls& calls, const std::string& key, kv::v1::Entry& entry);
  grpc::Status ReadAll(Calls& calls, const std::string& prefix,
                       std::vector<kv::v1::Entry>& entries);

  // Finds the first change of a key after a revision.
  grpc::Status NextChange(Calls& calls, const std::string& key,
                          std::int64_t after, kv::v1::Entry& entry);

  load::Operation Begin(const std::string& name, const std::string& key) const;
  void End(load::Operation operation, const grpc::Status& status);
  // For a write of which nobody knows whether it was done: what the client has
  // found out by a look, whose status is `looked`.
  void EndLook(load::Operation operation, const grpc::Status& status,
               const grpc::Status& looked, const std::string& found);
  void Failed(const load::Operation& operation, const grpc::Status& status);

  Caller caller_;
  const int id_;
  std::mt19937 random_;
  int values_ = 0;
  std::vector<load::Operation> operations_;
  std::map<std::string, int> counts_;
};

}  // namespace survivors

#endif  // TESTS_15_RESILIENCE_SURVIVOR_H_
