// A growing array whose elements never move: one thread appends, others read what has been published to them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/ensure.hpp"

namespace daybook::log {

// Room for ChunkSize * MaxChunks elements, allocated a chunk at a time.
template <class T, std::size_t ChunkSize, std::size_t MaxChunks>
class Chunked {
 public:
  Chunked() = default;
  Chunked(const Chunked&) = delete;
  Chunked& operator=(const Chunked&) = delete;
  ~Chunked() {
    for (std::size_t i = 0; i < chunks_; ++i) delete[] directory_[i].load(std::memory_order_relaxed);
  }

  static constexpr std::size_t capacity() { return ChunkSize * MaxChunks; }

  // For the one writer: the element at `index`, which it is about to fill; at most one past what it asked for before.
  T& grow(std::size_t index) {
    const auto chunk = index / ChunkSize;
    if (chunk == chunks_) {
      ENSURE(chunk < MaxChunks);
      directory_[chunk].store(new T[ChunkSize], std::memory_order_release);
      ++chunks_;
    }
    return directory_[chunk].load(std::memory_order_relaxed)[index % ChunkSize];
  }
  // For any thread that has been told of the element.
  const T& operator[](std::size_t index) const {
    return directory_[index / ChunkSize].load(std::memory_order_acquire)[index % ChunkSize];
  }
  T& at(std::size_t index) { return directory_[index / ChunkSize].load(std::memory_order_relaxed)[index % ChunkSize]; }
  // For the writer.
  std::size_t bytes() const { return chunks_ * ChunkSize * sizeof(T); }

 private:
  std::array<std::atomic<T*>, MaxChunks> directory_{};
  std::size_t chunks_ = 0;
};

}  // namespace daybook::log
