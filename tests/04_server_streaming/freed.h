// Sees large memory freed, and whether the store is locked meanwhile. Replaces
// operator delete of the whole program, so one file of a test includes it.
#ifndef TESTS_FREED_H_
#define TESTS_FREED_H_

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <new>
#include <string>
#include <vector>

#include "store.h"

namespace {

constexpr std::size_t kLarge = 1 << 20;

// The store that a test looks at; null: at none.
std::atomic<kv::Store*> watched = nullptr;
int freed = 0;         // how often something large was
int freed_locked = 0;  // and how often the store was locked meanwhile

// Whether the store answers within a second. Keeps the one who asks, who may
// still be waiting.
bool Answers(kv::Store& store) {
  static std::vector<std::future<void>> asking;
  asking.push_back(std::async(
      std::launch::async, [&store] { EXPECT_FALSE(store.Get("none").ok()); }));
  return asking.back().wait_for(std::chrono::seconds(1)) ==
         std::future_status::ready;
}

void Free(void* memory) {
  if (watched != nullptr && malloc_usable_size(memory) >= kLarge) {
    kv::Store& store = *watched.exchange(nullptr);  // what follows frees, too
    ++freed;
    if (!Answers(store)) ++freed_locked;
    watched = &store;
  }
  std::free(memory);
}

}  // namespace

// Of the whole program.
void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  Free(memory);
}

namespace {

class Freed : public testing::Test {
 protected:
  Freed() {
    freed = freed_locked = 0;
    watched = &store;
  }
  ~Freed() override { watched = nullptr; }

  kv::Store store{/*history=*/1};
  const std::string large = std::string(kLarge, 'v');
};

}  // namespace

#endif  // TESTS_FREED_H_
