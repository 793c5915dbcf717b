// Other versions of the contract, to show how a program built from an older or
// a carelessly edited kv.proto reads today's bytes.
//
// No classes are generated for these versions: the program parses their .proto
// text when it runs, and DynamicMessage creates messages of the parsed types.
#ifndef STAGE_VERSIONS_H_
#define STAGE_VERSIONS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <memory>

#include "absl/strings/string_view.h"

namespace kv {

// [versions]
/// An Entry from before `revision` was added.
inline constexpr absl::string_view kOldEntry =
    "message Entry { string key = 1; bytes value = 2; }";

/// An Entry with the numbers 2 and 3 swapped: the wire types no longer match.
inline constexpr absl::string_view kRenumberedEntry =
    "message Entry { string key = 1; int64 revision = 2; bytes value = 3; }";

/// An Entry with the numbers 1 and 2 swapped: both have the wire type LEN.
inline constexpr absl::string_view kSwappedEntry =
    "message Entry { bytes value = 1; string key = 2; int64 revision = 3; }";
// [versions]

/// A message type that is defined by text at run time. Not thread-safe.
class Version final {
 public:
  /// `proto3_text` is one valid proto3 message definition.
  explicit Version(absl::string_view proto3_text);

  /// Returns an empty message of that type. It must not outlive this object.
  std::unique_ptr<google::protobuf::Message> NewMessage() const;

 private:
  google::protobuf::DescriptorPool
      pool_;  // first, because the factory uses it until it is destroyed
  const google::protobuf::Descriptor* type_ = nullptr;
  mutable google::protobuf::DynamicMessageFactory factory_;
};

}  // namespace kv

#endif  // STAGE_VERSIONS_H_
