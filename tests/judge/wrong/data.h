// How the wrong server keeps its changes: one after the other, in a file.
#ifndef WRONG_DATA_H_
#define WRONG_DATA_H_

#include <string>

#include "kv/v1/kv.pb.h"
#include "wrong/store.h"

namespace wrong {

/// The folder of --data. Without that flag it does nothing.
class Data final {
 public:
  /// Reads the file into the store, and keeps the lock until the process ends.
  explicit Data(Store& store);

  /// Why the folder can't be used; empty if it can.
  const std::string& trouble() const { return trouble_; }

  /// Adds a change to the file.
  static void Keep(const kv::v1::WatchResponse& change);

  /// The name of the store.
  static std::string Name();

 private:
  std::string trouble_;
};

}  // namespace wrong

#endif  // WRONG_DATA_H_
