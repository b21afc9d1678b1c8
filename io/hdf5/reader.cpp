/// Hardened HDF5 reading over the C API (each check answers a file that misled a reader).
#include "io/hdf5/reader.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include "core/errors.hpp"

namespace spikeloom::io::hdf5 {
namespace {

constexpr std::uint64_t deflate_limit = 1032;     // deflate cannot shrink by more
constexpr std::uint64_t storage_slack = 1 << 16;  // bytes that a data set without any storage may stand for
constexpr std::size_t text_limit = 64 << 20;      // bytes of one text
constexpr std::size_t image_limit = 1 << 12;      // file names in messages of the library

herr_t refuse_external_link(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) { return -1; }

Handle hardened_access() {
  Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(list.id(), false, true);
  H5Pset_elink_cb(list.id(), refuse_external_link, nullptr);
  return list;
}

bool is_allowed_filter(H5Z_filter_t filter) {
  return filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32;
}

/// Every way to spell a path is made "a/b/c"; the root is "".
std::string plain(const std::string& path) {
  std::string text;
  for (std::size_t at = 0; at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    if (slash > at) text += (text.empty() ? "" : "/") + path.substr(at, slash - at);
    at = slash + 1;
  }
  return text;
}

/// Collects the names of hard links; other links make the group unreadable.
struct Links {
  std::vector<std::string> names;
  std::string foreign;
};

herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* collected) {
  auto& links = *static_cast<Links*>(collected);
  if (info->type != H5L_TYPE_HARD) links.foreign = name;
  links.names.emplace_back(name);
  return 0;
}

/// Fixed-length text ends at its first NUL, or is padded by spaces.
std::string trimmed(std::string text, H5T_str_t padding) {
  text.resize(std::min(text.find('\0'), text.size()));
  if (padding == H5T_STR_SPACEPAD) text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

/// Texts of any kind from a data set or attribute: `read` is H5Dread or H5Aread bound to it.
template <class Read>
bool read_texts(hid_t type, std::size_t count, Read read, std::vector<std::string>& texts) {
  if (H5Tis_variable_str(type) > 0) {
    Handle memory = text_type();
    H5Tset_cset(memory.id(), H5Tget_cset(type));
    std::vector<char*> pointers(count, nullptr);
    const bool done = read(memory.id(), pointers.data());
    for (auto* pointer : pointers) texts.emplace_back(done && pointer ? pointer : "");
    for (auto* pointer : pointers) H5free_memory(pointer);
    return done;
  }
  const auto width = H5Tget_size(type);
  if (width == 0 || width > text_limit / std::max<std::size_t>(count, 1)) return false;
  std::vector<char> bytes(width * count);
  if (!read(type, bytes.data())) return false;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(trimmed(std::string(bytes.data() + i * width, width), H5Tget_strpad(type)));
  return true;
}

/// The library takes images of one name for one file, and refuses names that exist on disk.
std::string image_name() {
  static std::uint64_t images = 0;  // under the lock
  return "/dev/null/image_" + std::to_string(++images);
}

}  // namespace

Reader Reader::open(const std::filesystem::path& file) {
  const Lock lock;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) throw FileError(file.string() + ": no such file\n    check the path");
  if (!std::filesystem::is_regular_file(file, error))
    throw FileError(file.string() + ": is not a regular file\n    give the path of an HDF5 file");
  const auto access = hardened_access();
  Handle handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!handle.valid()) {
    const auto cause = error_text();
    throw FileError(file.string() + ": cannot be opened as HDF5" + (cause.empty() ? "" : ": " + cause) +
                    "\n    the file is damaged, cut short or of another kind");
  }
  return Reader(std::move(handle), file.string(), std::filesystem::file_size(file));
}

Reader Reader::from_image(std::span<const std::byte> bytes, const std::string& name) {
  const Lock lock;
  const auto access = hardened_access();
  H5Pset_fapl_core(access.id(), image_limit, false);
  // The library copies the image and never writes to it.
  H5Pset_file_image(access.id(), const_cast<std::byte*>(bytes.data()), bytes.size());
  Handle handle(H5Fopen(image_name().c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!handle.valid()) {
    const auto cause = error_text();
    throw FileError(name + ": cannot be opened as HDF5" + (cause.empty() ? "" : ": " + cause) +
                    "\n    the file is damaged, cut short or of another kind");
  }
  return Reader(std::move(handle), name, bytes.size());
}

void Reader::fail(const std::string& path, const std::string& what, const std::string& remedy) const {
  const Lock lock;
  H5Eclear2(H5E_DEFAULT);
  throw FileError(name_ + ": /" + plain(path) + ": " + what + "\n    " + remedy);
}

Reader::Kind Reader::kind(const std::string& path) const {
  const Lock lock;
  const auto whole = plain(path);
  for (std::size_t end = 0; end < whole.size();) {
    end = std::min(whole.find('/', end + 1), whole.size());
    const auto part = whole.substr(0, end);
    if (H5Lexists(file_.id(), part.c_str(), H5P_DEFAULT) <= 0) return Kind::none;
    H5L_info_t info;
    if (H5Lget_info(file_.id(), part.c_str(), &info, H5P_DEFAULT) < 0)
      fail(part, "cannot be looked up", "the file is damaged");
    if (info.type != H5L_TYPE_HARD) fail(part, "is a link to somewhere else", "copy the data into the file itself");
    const Handle object(H5Oopen(file_.id(), part.c_str(), H5P_DEFAULT), H5Oclose);
    const auto type = object.valid() ? H5Iget_type(object.id()) : H5I_BADID;
    if (type == H5I_DATASET) return end == whole.size() ? Kind::dataset : Kind::none;
    if (type != H5I_GROUP) {
      if (!object.valid()) fail(part, "cannot be opened: " + error_text(), "the file is damaged");
      return Kind::none;
    }
  }
  return Kind::group;
}

bool Reader::has_group(const std::string& path) const { return kind(path) == Kind::group; }
bool Reader::has_dataset(const std::string& path) const { return kind(path) == Kind::dataset; }

std::vector<std::string> Reader::members(const std::string& group) const {
  const Lock lock;
  if (!has_group(group)) fail(group, "there is no such group");
  Links links;
  const auto path = "/" + plain(group);
  const Handle object(H5Gopen2(file_.id(), path.c_str(), H5P_DEFAULT), H5Gclose);
  if (H5Literate(object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &links) < 0)
    fail(group, "cannot be listed: " + error_text(), "the file is damaged");
  if (!links.foreign.empty())
    fail(path + "/" + links.foreign, "is a link to somewhere else", "copy the data into the file itself");
  std::sort(links.names.begin(), links.names.end());
  return links.names;
}

std::vector<std::string> Reader::datasets_below(const std::string& group, std::size_t limit) const {
  constexpr std::size_t deepest = 16;  // hard links may form circles
  std::vector<std::string> found, open{plain(group)};
  while (!open.empty() && found.size() < limit) {
    const auto here = open.back();
    open.pop_back();
    if (std::count(here.begin(), here.end(), '/') >= static_cast<std::ptrdiff_t>(deepest)) continue;
    for (const auto& name : members(here)) {
      const auto path = here.empty() ? name : here + "/" + name;
      if (const auto what = kind(path); what == Kind::dataset)
        found.push_back(path);
      else if (what == Kind::group)
        open.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Handle Reader::open_dataset(const std::string& path) const {
  if (!has_dataset(path)) fail(path, "there is no such data set");
  const auto full = "/" + plain(path);
  Handle dataset(H5Dopen2(file_.id(), full.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) fail(path, "cannot be opened: " + error_text(), "the file is damaged");
  return dataset;
}

std::vector<std::uint64_t> Reader::extent(const std::string& path) const {
  const Lock lock;
  const auto dataset = open_dataset(path);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 0 || H5Sget_simple_extent_type(space.id()) == H5S_NULL) fail(path, "has no data");
  std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), lengths.data(), nullptr);
  return {lengths.begin(), lengths.end()};
}

std::uint64_t Reader::length(const std::string& path) const {
  const auto lengths = extent(path);
  if (lengths.size() != 1) fail(path, "has " + std::to_string(lengths.size()) + " dimensions where one is due");
  return lengths.front();
}

void Reader::check_storage(hid_t dataset, const std::string& path) const {
  const Handle list(H5Dget_create_plist(dataset), H5Pclose);
  if (!list.valid()) fail(path, "cannot be opened: " + error_text(), "the file is damaged");
  if (H5Pget_external_count(list.id()) != 0)
    fail(path, "keeps its data in another file", "copy the data into the file itself");
  if (H5Pget_layout(list.id()) == H5D_VIRTUAL)
    fail(path, "is a virtual data set", "copy the data into the file itself");
  for (int i = 0; i < H5Pget_nfilters(list.id()); ++i) {
    std::size_t parameters = 0;
    unsigned flags = 0;
    const auto filter =
        H5Pget_filter2(list.id(), static_cast<unsigned>(i), &flags, &parameters, nullptr, 0, nullptr, nullptr);
    if (!is_allowed_filter(filter))
      fail(path, "is packed with filter " + std::to_string(filter),
           "repack the file: h5repack -f GZIP=4 old.h5 new.h5");
  }
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const auto points = H5Sget_simple_extent_npoints(space.id());
  const std::uint64_t width = H5Tget_size(type.id()), stored = H5Dget_storage_size(dataset);
  if (points < 0 || width == 0) fail(path, "has no size", "the file is damaged");
  if (stored > file_size_)
    fail(path, "is larger than the file that holds it", "the file is cut short; get a whole copy");
  if (static_cast<std::uint64_t>(points) > (deflate_limit * stored + storage_slack) / width)
    fail(path, "claims " + std::to_string(points) + " numbers but stores " + std::to_string(stored) + " bytes",
         "the file is damaged or was never completely written");
}

void Reader::check_class(hid_t dataset, const std::string& path, bool integers) const {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const auto kind = H5Tget_class(type.id());
  if (kind != H5T_INTEGER && (integers || kind != H5T_FLOAT))
    fail(path, integers ? "does not hold whole numbers" : "does not hold numbers");
  if (H5Tget_size(type.id()) > 16) fail(path, "holds numbers of more than 16 bytes");
}

/// The library turns negative integers into 0 on the way to an unsigned type: look before.
void Reader::check_sign(hid_t dataset, const std::string& path, std::uint64_t count) const {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tget_class(type.id()) != H5T_INTEGER || H5Tget_sign(type.id()) == H5T_SGN_NONE) return;
  std::vector<std::int64_t> values(count);
  read_all(path, values.data(), values.size(), H5T_NATIVE_INT64);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0)
      fail(path,
           "entry " + std::to_string(i) + " is " + std::to_string(values[i]) + " where no negative number may be");
}

std::size_t Reader::count_checked(const std::string& path, bool integers, bool is_unsigned, std::size_t width) const {
  const Lock lock;
  const auto dataset = open_dataset(path);
  check_storage(dataset.id(), path);
  check_class(dataset.id(), path, integers);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  const auto count = static_cast<std::uint64_t>(H5Sget_simple_extent_npoints(space.id()));
  if (count > std::numeric_limits<std::ptrdiff_t>::max() / width) fail(path, "is too large for this machine");
  if (is_unsigned) check_sign(dataset.id(), path, count);
  return count;
}

std::size_t Reader::rows_checked(const std::string& path, bool integers, std::uint64_t first,
                                 std::uint64_t rows) const {
  const Lock lock;
  const auto dataset = open_dataset(path);
  check_storage(dataset.id(), path);
  check_class(dataset.id(), path, integers);
  const auto lengths = extent(path);
  if (lengths.empty() || first > lengths[0] || rows > lengths[0] - first)
    fail(path, "has no rows " + std::to_string(first) + " to " + std::to_string(first + rows));
  std::uint64_t count = rows;
  for (std::size_t i = 1; i < lengths.size(); ++i) count *= lengths[i];
  return count;
}

void Reader::read_all(const std::string& path, void* values, std::size_t count, hid_t type) const {
  const Lock lock;
  if (count == 0) return;
  const auto dataset = open_dataset(path);
  if (H5Dread(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    fail(path, "cannot be read: " + error_text(), "the file is damaged");
}

void Reader::read_some(const std::string& path, std::uint64_t first, std::uint64_t rows, void* values,
                       hid_t type) const {
  const Lock lock;
  const auto lengths = extent(path);
  std::vector<hsize_t> start(lengths.size(), 0), count(lengths.begin(), lengths.end());
  start.front() = first;
  count.front() = rows;
  if (std::find(count.begin(), count.end(), 0u) != count.end()) return;
  const auto dataset = open_dataset(path);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(dataset.id(), type, memory.id(), space.id(), H5P_DEFAULT, values) < 0)
    fail(path, "cannot be read: " + error_text(), "the file is damaged");
}

/// Row by row: a damaged length costs the memory of one list. Negative integers become 0 on the way to an unsigned
/// type.
void Reader::for_each_list(const std::string& path, bool integers, hid_t type,
                           const std::function<void(const void* values, std::size_t count)>& take) const {
  const Lock lock;
  const auto dataset = open_dataset(path);
  check_storage(dataset.id(), path);
  const Handle stored(H5Dget_type(dataset.id()), H5Tclose), list(H5Tvlen_create(type), H5Tclose);
  const bool lists = H5Tget_class(stored.id()) == H5T_VLEN;
  const Handle base(lists ? H5Tget_super(stored.id()) : H5Tcopy(stored.id()), H5Tclose);
  const auto kind = H5Tget_class(base.id());
  if (!lists || (kind != H5T_INTEGER && (integers || kind != H5T_FLOAT)))
    fail(path, integers ? "does not hold lists of whole numbers" : "does not hold lists of numbers");
  const auto rows = length(path);
  const hsize_t one = 1;
  const Handle space(H5Dget_space(dataset.id()), H5Sclose), memory(H5Screate_simple(1, &one, nullptr), H5Sclose);
  for (hsize_t row = 0; row < rows; ++row) {
    hvl_t values{};
    if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &row, nullptr, &one, nullptr) < 0 ||
        H5Dread(dataset.id(), list.id(), memory.id(), space.id(), H5P_DEFAULT, &values) < 0)
      fail(path, "cannot be read: " + error_text(), "the file is damaged");
    take(values.p, values.len);
    H5Dvlen_reclaim(list.id(), memory.id(), H5P_DEFAULT, &values);
  }
}

std::vector<std::string> Reader::texts(const std::string& path) const {
  const Lock lock;
  const auto dataset = open_dataset(path);
  check_storage(dataset.id(), path);
  const Handle type(H5Dget_type(dataset.id()), H5Tclose), space(H5Dget_space(dataset.id()), H5Sclose);
  if (H5Tget_class(type.id()) != H5T_STRING) fail(path, "does not hold text");
  std::vector<std::string> texts;
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id()));
  const auto read = [&](hid_t memory, void* values) {
    return count == 0 || H5Dread(dataset.id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  };
  if (!read_texts(type.id(), count, read, texts)) fail(path, "cannot be read: " + error_text(), "the file is damaged");
  return texts;
}

Handle Reader::open_attribute(const std::string& path, const std::string& name) const {
  if (kind(path) == Kind::none) fail(path, "there is no such object");
  const auto full = "/" + plain(path);
  if (H5Aexists_by_name(file_.id(), full.c_str(), name.c_str(), H5P_DEFAULT) <= 0) return {};
  return Handle(H5Aopen_by_name(file_.id(), full.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
}

std::optional<std::string> Reader::text_attribute(const std::string& path, const std::string& name) const {
  const Lock lock;
  const auto attribute = open_attribute(path, name);
  if (!attribute.valid()) return {};
  const Handle type(H5Aget_type(attribute.id()), H5Tclose), space(H5Aget_space(attribute.id()), H5Sclose);
  const auto where = path + "@" + name;
  if (H5Sget_simple_extent_npoints(space.id()) != 1) fail(where, "is not a single text");
  if (H5Tget_class(type.id()) == H5T_ENUM) {
    std::array<std::byte, 16> value{};
    std::array<char, 256> word{};
    if (H5Tget_size(type.id()) > value.size() || H5Aread(attribute.id(), type.id(), value.data()) < 0 ||
        H5Tenum_nameof(type.id(), value.data(), word.data(), word.size()) < 0)
      fail(where, "is not one of its own words", "the file is damaged");
    return std::string(word.data());
  }
  if (H5Tget_class(type.id()) != H5T_STRING) fail(where, "is not a text");
  std::vector<std::string> texts;
  const auto read = [&](hid_t memory, void* values) { return H5Aread(attribute.id(), memory, values) >= 0; };
  if (!read_texts(type.id(), 1, read, texts)) fail(where, "cannot be read: " + error_text(), "the file is damaged");
  return texts.front();
}

template <class T>
std::optional<T> Reader::numeric_attribute(const std::string& path, const std::string& name) const {
  const Lock lock;
  const auto attribute = open_attribute(path, name);
  if (!attribute.valid()) return {};
  const Handle type(H5Aget_type(attribute.id()), H5Tclose), space(H5Aget_space(attribute.id()), H5Sclose);
  const auto where = path + "@" + name;
  const auto kind = H5Tget_class(type.id());
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Sget_simple_extent_npoints(space.id()) != 1)
    fail(where, "is not a single number");
  T value{};
  if (H5Aread(attribute.id(), NumberType<T>::in_memory(), &value) < 0)
    fail(where, "cannot be read: " + error_text(), "the file is damaged");
  return value;
}

std::optional<double> Reader::number_attribute(const std::string& path, const std::string& name) const {
  return numeric_attribute<double>(path, name);
}
std::optional<std::int64_t> Reader::integer_attribute(const std::string& path, const std::string& name) const {
  return numeric_attribute<std::int64_t>(path, name);
}
std::optional<std::uint64_t> Reader::unsigned_attribute(const std::string& path, const std::string& name) const {
  return numeric_attribute<std::uint64_t>(path, name);
}

}  // namespace spikeloom::io::hdf5
