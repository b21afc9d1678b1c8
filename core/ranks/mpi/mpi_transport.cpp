/// MPI behind the seam: the only file that knows it, a module of its own that the program loads when it was started by
/// an MPI launcher. It can be built again for another MPI without the program.
#include <mpi.h>

#include <algorithm>
#include <list>

#include "core/errors.hpp"
#include "core/ranks/transport.hpp"

namespace spikeloom {
namespace {

constexpr int tag = 1;
constexpr std::size_t longest = std::size_t{4} << 20;  // bytes: MPI counts in int, and long messages hold up short ones

void check(int result, const char* what) {
  if (result == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(result, text, &length);
  throw RunError(std::string("the connection between ranks failed (") + what + "): " + text +
                 "\n    go on from the last checkpoint with `spikeloom resume`");
}

class MpiTransport final : public Transport {
 public:
  MpiTransport(int* argc, char*** argv) {
    int level = 0;
    MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &level);
    if (level < MPI_THREAD_SERIALIZED)
      throw RunError("this MPI cannot be called by one thread at a time\n    use one with MPI_THREAD_SERIALIZED");
    MPI_Comm_dup(MPI_COMM_WORLD, &ranks_);
    MPI_Comm_set_errhandler(ranks_, MPI_ERRORS_RETURN);
    MPI_Comm_rank(ranks_, &rank_);
    MPI_Comm_size(ranks_, &count_);
    MPI_Comm here;
    MPI_Comm_split_type(ranks_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &count_here_);
    MPI_Comm_free(&here);
  }

  int rank() const noexcept override { return rank_; }
  int count() const noexcept override { return count_; }
  int count_here() const noexcept override { return count_here_; }
  std::string name() const override {
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
    int length = 0;
    MPI_Get_library_version(text, &length);
    const std::string all(text, static_cast<std::size_t>(std::max(length, 0)));
    return all.substr(0, all.find_first_of(",\n"));
  }

  std::size_t longest_message() const noexcept override { return longest; }

  void send(int to, std::vector<std::byte> bytes) override {
    forget_sent();
    auto& letter = leaving_.emplace_back(Letter{std::move(bytes), MPI_REQUEST_NULL});
    check(MPI_Isend(letter.bytes.data(), static_cast<int>(letter.bytes.size()), MPI_BYTE, to, tag, ranks_,
                    &letter.request),
          "sending");
  }

  std::optional<Message> receive() override {
    forget_sent();
    int found = 0;
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status;
    check(MPI_Improbe(MPI_ANY_SOURCE, tag, ranks_, &found, &handle, &status), "looking for messages");
    if (!found) return std::nullopt;
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    Message message{status.MPI_SOURCE, std::vector<std::byte>(static_cast<std::size_t>(size))};
    check(MPI_Mrecv(message.bytes.data(), size, MPI_BYTE, &handle, &status), "receiving");
    return message;
  }

  void finish() override {
    for (auto& letter : leaving_) MPI_Wait(&letter.request, MPI_STATUS_IGNORE);
    leaving_.clear();
    MPI_Comm_free(&ranks_);
    MPI_Finalize();
  }

  [[noreturn]] void abort(int exit_code) noexcept override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::abort();
  }

 private:
  struct Letter {
    std::vector<std::byte> bytes;
    MPI_Request request;
  };

  /// Memory of messages that have left is free again.
  void forget_sent() {
    leaving_.remove_if([](Letter& letter) {
      int has_left = 0;
      check(MPI_Test(&letter.request, &has_left, MPI_STATUS_IGNORE), "sending");
      return has_left != 0;
    });
  }

  MPI_Comm ranks_ = MPI_COMM_NULL;
  int rank_ = 0, count_ = 1, count_here_ = 1;
  std::list<Letter> leaving_;
};

}  // namespace
}  // namespace spikeloom

/// What the program looks for in the module; the caller owns it.
extern "C" spikeloom::Transport* spikeloom_mpi_transport(int* argc, char*** argv) {
  return new spikeloom::MpiTransport(argc, argv);
}
