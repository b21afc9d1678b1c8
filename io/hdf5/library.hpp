/// The HDF5 C library made safe: one lock, move-only handles, errors as text.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <utility>

namespace spikeloom::io::hdf5 {

/// Holds the library for one thread (HDF5 is not thread-safe); may be taken again by the same thread. The first one
/// sets the library up: no clean-up at exit (it crashes after a failed write), no filter plug-ins, no printed errors.
class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

/// Owns one id of the library and closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closing) noexcept : id_(id), close_(closing) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { close(); }

  hid_t id() const noexcept { return id_; }
  bool valid() const noexcept { return id_ >= 0; }
  /// Closes now; false if the library reports an error (for a file: data that could not be written).
  bool close() noexcept;

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// How often a handle could not be closed since the program began. What the library had kept back for it is lost, and
/// nothing else says so: destructors cannot.
std::uint64_t failed_closings() noexcept;
/// Why the last one could not, as error_text() would have said.
std::string last_failed_closing();

/// The innermost message of this thread's last error ("No space left on device" if the system said so), or "".
std::string error_text();

/// Types of numbers: as they are in memory, and in files (little-endian on every machine).
template <class T>
struct NumberType;
#define SPIKELOOM_HDF5_NUMBER(type, native, stored) \
  template <>                                       \
  struct NumberType<type> {                         \
    static hid_t in_memory() { return native; }     \
    static hid_t in_file() { return stored; }       \
  };
SPIKELOOM_HDF5_NUMBER(float, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE)
SPIKELOOM_HDF5_NUMBER(double, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE)
SPIKELOOM_HDF5_NUMBER(std::int8_t, H5T_NATIVE_INT8, H5T_STD_I8LE)
SPIKELOOM_HDF5_NUMBER(std::uint8_t, H5T_NATIVE_UINT8, H5T_STD_U8LE)
SPIKELOOM_HDF5_NUMBER(std::int64_t, H5T_NATIVE_INT64, H5T_STD_I64LE)
SPIKELOOM_HDF5_NUMBER(std::uint32_t, H5T_NATIVE_UINT32, H5T_STD_U32LE)
SPIKELOOM_HDF5_NUMBER(std::uint64_t, H5T_NATIVE_UINT64, H5T_STD_U64LE)
#undef SPIKELOOM_HDF5_NUMBER

/// Text of any length, UTF-8.
Handle text_type();

}  // namespace spikeloom::io::hdf5
