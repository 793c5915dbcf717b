#include "freed.h"

#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <new>
#include <vector>

namespace {

// The store that the test observes, or null.
std::atomic<kv::Store*> watched = nullptr;
int times = 0;
int times_locked = 0;

// Whether the store answers within a second. Keeps the asking thread, which may
// still be waiting.
bool ResponseQueue(kv::Store& store) {
  static std::vector<std::future<void>> asking;
  asking.push_back(std::async(
      std::launch::async, [&store] { EXPECT_FALSE(store.Get("none").ok()); }));
  return asking.back().wait_for(std::chrono::seconds(1)) ==
         std::future_status::ready;
}

void Free(void* memory) {
  constexpr std::size_t kLarge = 1 << 20;
  if (watched != nullptr && malloc_usable_size(memory) >= kLarge) {
    kv::Store& store = *watched.exchange(nullptr);  // what follows frees, too
    ++times;
    if (!ResponseQueue(store)) ++times_locked;
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

Freed::Freed() {
  times = 0;
  times_locked = 0;
  watched = &store;
}

Freed::~Freed() { watched = nullptr; }

int Freed::Times() { return times; }

int Freed::TimesLocked() { return times_locked; }
