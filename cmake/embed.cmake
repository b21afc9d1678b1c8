# Turns files into a C++ source that holds their bytes:
#   cmake -D OUT=page_files.cpp -D FILES=name=path|name=path|... -P embed.cmake
string(REPLACE "|" ";" entries "${FILES}")
set(arrays "")
set(rows "")
set(count 0)
foreach(entry IN LISTS entries)
  string(FIND "${entry}" "=" at)
  string(SUBSTRING "${entry}" 0 ${at} name)
  math(EXPR after "${at} + 1")
  string(SUBSTRING "${entry}" ${after} -1 path)
  file(READ "${path}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "const unsigned char bytes_${count}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", text(bytes_${count}, sizeof bytes_${count} - 1)},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUT}" "/// Made by cmake/embed.cmake from the files of the report page.
#include \"io/report/page.hpp\"

namespace spikeloom::io::report {
namespace {
${arrays}
std::string_view text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
}  // namespace

const std::vector<PageFile>& page_files() {
  static const std::vector<PageFile> files{
${rows}  };
  return files;
}

}  // namespace spikeloom::io::report
")
