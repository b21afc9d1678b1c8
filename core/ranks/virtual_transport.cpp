/// One letter box per rank; a letter lies in it until others have passed it.
#include "core/ranks/virtual_transport.hpp"

#include <algorithm>
#include <mutex>

#include "core/errors.hpp"
#include "core/random.hpp"

namespace spikeloom {
namespace {

struct Letter {
  Message message;
  std::uint32_t rounds = 0;  // calls of receive() that still go by without it
};

struct LetterBox {
  std::mutex mutex;
  std::vector<Letter> letters;
  std::uint64_t posted = 0;
};

struct PostOffice {
  PostOffice(int count, std::uint64_t office_seed) : seed(office_seed), boxes(static_cast<std::size_t>(count)) {}
  std::uint64_t seed;
  std::vector<LetterBox> boxes;
};

class VirtualTransport final : public Transport {
 public:
  VirtualTransport(std::shared_ptr<PostOffice> office, int rank) : office_(std::move(office)), rank_(rank) {}

  int rank() const noexcept override { return rank_; }
  int count() const noexcept override { return static_cast<int>(office_->boxes.size()); }
  int count_here() const noexcept override { return count(); }
  std::string name() const override { return "virtual"; }

  std::size_t longest_message() const noexcept override {
    return std::size_t{48} << draw(office_->seed, Purpose::connect, 0, 0)[0] % 8;
  }

  void send(int to, std::vector<std::byte> bytes) override {
    if (bytes.size() > longest_message()) throw RunError("a message between ranks is too long");
    auto& box = office_->boxes[static_cast<std::size_t>(to)];
    const std::lock_guard lock(box.mutex);
    const auto random = draw(office_->seed, Purpose::connect, 1 + static_cast<std::uint32_t>(to), ++box.posted);
    const std::uint32_t rounds = random[0] % 8 == 0 ? random[1] % 20 : random[1] % 3;
    box.letters.push_back({{rank_, std::move(bytes)}, rounds});
    std::swap(box.letters.back(), box.letters[random[2] % box.letters.size()]);
  }

  std::optional<Message> receive() override {
    auto& box = office_->boxes[static_cast<std::size_t>(rank_)];
    const std::lock_guard lock(box.mutex);
    for (std::size_t k = 0; k < box.letters.size(); ++k) {
      auto& letter = box.letters[k];
      if (letter.rounds-- > 0) continue;
      auto message = std::move(letter.message);
      std::swap(letter, box.letters.back());
      box.letters.pop_back();
      return message;
    }
    return std::nullopt;
  }

  void finish() override {}
  [[noreturn]] void abort(int) noexcept override { std::terminate(); }

 private:
  std::shared_ptr<PostOffice> office_;
  int rank_;
};

}  // namespace

std::vector<std::unique_ptr<Transport>> virtual_transports(int count, std::uint64_t seed) {
  const auto office = std::make_shared<PostOffice>(count, seed);
  std::vector<std::unique_ptr<Transport>> transports;
  for (int rank = 0; rank < count; ++rank) transports.push_back(std::make_unique<VirtualTransport>(office, rank));
  return transports;
}

}  // namespace spikeloom
