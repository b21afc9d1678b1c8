/// Deterministic HDF5 writing over the C API; every return value is checked.
#include "io/hdf5/writer.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include "core/errors.hpp"

namespace spikeloom::io::hdf5 {
namespace {

constexpr std::size_t memory_increment = 1 << 20;

[[noreturn]] void fail_at(const std::string& where, const std::string& doing, const std::string& cause = error_text()) {
  const auto text = where + ": cannot " + doing + (cause.empty() ? "" : ": " + cause) + "\n    ";
  for (const int full : {ENOSPC, EDQUOT})
    if (cause == std::strerror(full))
      throw FullDisk(text + "free space on this file system, or write elsewhere with --out");
  throw RunError(text + "check the free space and the permissions of the results directory");
}

Handle untimed(hid_t cls) {
  Handle list(H5Pcreate(cls), H5Pclose);
  if (!list.valid() || H5Pset_obj_track_times(list.id(), false) < 0) fail_at("HDF5", "create a property list");
  return list;
}

Handle access_list() {
  Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (!list.valid()) fail_at("HDF5", "create a property list");
  H5Pset_file_locking(list.id(), false, true);  // the file has a name of its own until it is whole
  return list;
}

/// The rows [first, first + count) of a data set, as file and memory spaces.
struct Selection {
  Handle file, memory;
};

Selection select_rows(hid_t dataset, bool is_matrix, std::uint64_t first, std::uint64_t rows, std::uint64_t width) {
  const std::array<hsize_t, 2> start{first, 0}, count{rows, width};
  const int rank = is_matrix ? 2 : 1;
  Selection selection{Handle(H5Dget_space(dataset), H5Sclose),
                      Handle(H5Screate_simple(rank, count.data(), nullptr), H5Sclose)};
  if (selection.file.valid())
    H5Sselect_hyperslab(selection.file.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  return selection;
}

}  // namespace

void RowWriter::write(const void* values, std::size_t count, hid_t type) {
  const Lock lock;
  if (count == 0) return;
  const auto rows = count / width_;
  const auto selection = select_rows(dataset_.id(), matrix_, rows_, rows, width_);
  if (H5Dwrite(dataset_.id(), type, selection.memory.id(), selection.file.id(), H5P_DEFAULT, values) < 0)
    fail_at(where_, "write");
  rows_ += rows;
}

void RowWriter::read(std::uint64_t first_row, void* values, std::size_t count, hid_t type) const {
  const Lock lock;
  if (count == 0) return;
  const auto selection = select_rows(dataset_.id(), matrix_, first_row, count / width_, width_);
  if (H5Dread(dataset_.id(), type, selection.memory.id(), selection.file.id(), H5P_DEFAULT, values) < 0)
    fail_at(where_, "read back");
}

Writer Writer::on_disk(const std::filesystem::path& file) {
  const Lock lock;
  const auto access = access_list();
  Handle handle(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!handle.valid()) fail_at(file.string(), "create the file");
  return Writer(std::move(handle), file.string());
}

Writer Writer::in_memory(const std::string& name) {
  const Lock lock;
  const auto access = access_list();
  H5Pset_fapl_core(access.id(), memory_increment, false);
  Handle handle(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!handle.valid()) fail_at(name, "create an image in memory");
  return Writer(std::move(handle), name);
}

void Writer::fail(const std::string& path, const std::string& doing) const { fail_at(name_ + ": " + path, doing); }

hid_t Writer::need(hid_t id, const std::string& path, const std::string& doing) const {
  if (id < 0) fail(path, doing);
  return id;
}

void Writer::group(const std::string& path) {
  const Lock lock;
  const auto list = untimed(H5P_GROUP_CREATE);
  const Handle group(
      need(H5Gcreate2(file_.id(), path.c_str(), H5P_DEFAULT, list.id(), H5P_DEFAULT), path, "create the group"),
      H5Gclose);
}

RowWriter Writer::create(const std::string& path, const std::vector<hsize_t>& extent, const std::vector<hsize_t>& chunk,
                         hid_t type, const std::string& unit) {
  const Lock lock;
  const auto list = untimed(H5P_DATASET_CREATE);
  bool empty = false;
  for (const auto length : extent) empty = empty || length == 0;
  if (!chunk.empty() && !empty) H5Pset_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data());
  // Space in order of creation, whatever order it is written in; what is never written would be read back as zeros.
  H5Pset_alloc_time(list.id(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(list.id(), H5D_FILL_TIME_NEVER);
  const Handle space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
  RowWriter rows;
  rows.dataset_ =
      Handle(need(H5Dcreate2(file_.id(), path.c_str(), type, space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT), path,
                  "create the data set"),
             H5Dclose);
  rows.where_ = name_ + ": " + path;
  rows.matrix_ = extent.size() == 2;
  rows.width_ = rows.matrix_ ? extent[1] : 1;
  if (!unit.empty()) attribute(path, "units", unit);
  return rows;
}

void Writer::write_scalar(const std::string& path, const void* value, hid_t in_memory, hid_t in_file,
                          const std::string& unit) {
  const Lock lock;
  const auto list = untimed(H5P_DATASET_CREATE);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle dataset(
      need(H5Dcreate2(file_.id(), path.c_str(), in_file, space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT), path,
           "create the data set"),
      H5Dclose);
  if (H5Dwrite(dataset.id(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0) fail(path, "write");
  if (!unit.empty()) attribute(path, "units", unit);
}

void Writer::write_array(const std::string& path, const std::vector<std::uint64_t>& shape, const void* values,
                         hid_t in_memory, hid_t in_file) {
  const Lock lock;
  const auto list = untimed(H5P_DATASET_CREATE);
  const std::vector<hsize_t> extent(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
  const Handle dataset(
      need(H5Dcreate2(file_.id(), path.c_str(), in_file, space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT), path,
           "create the data set"),
      H5Dclose);
  bool empty = false;
  for (const auto length : extent) empty = empty || length == 0;
  if (!empty && H5Dwrite(dataset.id(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail(path, "write");
}

void Writer::text(const std::string& path, const std::string& value) {
  const Lock lock;
  const auto type = text_type();
  const char* const pointer = value.c_str();
  write_scalar(path, &pointer, type.id(), type.id(), "");
}

void Writer::texts(const std::string& path, const std::vector<std::string>& values) {
  const Lock lock;
  const auto type = text_type();
  const auto list = untimed(H5P_DATASET_CREATE);
  const hsize_t count = values.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle dataset(
      need(H5Dcreate2(file_.id(), path.c_str(), type.id(), space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT), path,
           "create the data set"),
      H5Dclose);
  std::vector<const char*> pointers;
  for (const auto& value : values) pointers.push_back(value.c_str());
  if (!values.empty() && H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0)
    fail(path, "write");
}

void Writer::write_attribute(const std::string& path, const std::string& name, const void* values, std::size_t count,
                             hid_t in_memory, hid_t in_file) {
  const Lock lock;
  const auto where = path + "@" + name;
  const hsize_t extent = count;
  const Handle object(need(H5Oopen(file_.id(), path.c_str(), H5P_DEFAULT), where, "open"), H5Oclose);
  const Handle space(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr), H5Sclose);
  const Handle attribute(
      need(H5Acreate2(object.id(), name.c_str(), in_file, space.id(), H5P_DEFAULT, H5P_DEFAULT), where, "create"),
      H5Aclose);
  if (H5Awrite(attribute.id(), in_memory, values) < 0) fail(where, "write");
}

void Writer::attribute(const std::string& path, const std::string& name, const std::string& value) {
  const Lock lock;
  const auto type = text_type();
  const char* const pointer = value.c_str();
  write_attribute(path, name, &pointer, 0, type.id(), type.id());
}

void Writer::sorted_by_time(const std::string& path) {
  const Lock lock;
  const Handle type(need(H5Tenum_create(H5T_STD_U8LE), path, "create the type of 'sorting'"), H5Tclose);
  constexpr std::array<const char*, 3> names{"none", "by_id", "by_time"};
  for (std::uint8_t value = 0; value < names.size(); ++value)
    if (H5Tenum_insert(type.id(), names[value], &value) < 0) fail(path, "create the type of 'sorting'");
  const std::uint8_t by_time = 2;
  write_attribute(path, "sorting", &by_time, 0, type.id(), type.id());
}

std::vector<std::byte> Writer::image() {
  const Lock lock;
  if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0) fail("/", "flush");
  const auto size = H5Fget_file_image(file_.id(), nullptr, 0);
  if (size < 0) fail("/", "take the image");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file_.id(), bytes.data(), bytes.size()) != size) fail("/", "take the image");
  return bytes;
}

std::span<const std::byte> Writer::view() {
  const Lock lock;
  if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0) fail("/", "flush");
  const auto size = H5Fget_file_image(file_.id(), nullptr, 0);
  void* memory = nullptr;  // the address of HDF5's pointer
  if (size < 0 || H5Fget_vfd_handle(file_.id(), H5P_DEFAULT, &memory) < 0) fail("/", "take the image");
  return {*static_cast<const std::byte* const*>(memory), static_cast<std::size_t>(size)};
}

void Writer::close() {
  const Lock lock;
  if (H5Fflush(file_.id(), H5F_SCOPE_LOCAL) < 0) fail("/", "finish the file");
  if (!file_.close()) fail_at(name_, "finish the file", last_failed_closing());
  if (failed_closings() != failed_before_)
    fail_at(name_, "write what was kept back of a data set", last_failed_closing());
}

}  // namespace spikeloom::io::hdf5
