/// Merging of trees.
#include "io/yaml/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <system_error>

#include "io/spelling.hpp"
#include "io/yaml/parse.hpp"
#include "io/yaml/path.hpp"

namespace spikeloom::io::yaml {
namespace {

constexpr int deepest_include = 8;
constexpr std::size_t most_files = 64;

/// Maps that are merged key by key; '*' is the name of a population.
bool is_merged(std::string_view path) {
  constexpr std::array merged = {"", "experiment", "run", "run.checkpoint", "module", "module.params", "populations"};
  if (std::find(merged.begin(), merged.end(), path) != merged.end()) return true;
  if (!path.starts_with("populations.")) return false;
  const auto inside = path.substr(12);
  const auto dot = inside.find('.');
  return dot == std::string_view::npos || inside.substr(dot) == ".params" || inside.substr(dot) == ".initial";
}

bool is_joined(std::string_view path) { return path == "projections" || path == "record"; }

void merge(Node& over, const Node& below, const std::string& path) {
  for (std::size_t k = 0; k < below.keys.size(); ++k) {
    const auto& key = below.keys[k];
    const auto inside = path.empty() ? key.text : path + "." + key.text;
    auto* mine = over.find(key.text);
    if (!mine) {
      over.keys.push_back(key);
      over.values.push_back(below.values[k]);
    } else if (mine->is(Node::Kind::map) && below.values[k].is(Node::Kind::map) && is_merged(inside)) {
      merge(*mine, below.values[k], inside);
    } else if (mine->is(Node::Kind::list) && below.values[k].is(Node::Kind::list) && is_joined(inside)) {
      mine->values.insert(mine->values.begin(), below.values[k].values.begin(), below.values[k].values.end());
    }
  }
}

void remove(Node& map, std::string_view key) {
  for (std::size_t k = 0; k < map.keys.size(); ++k)
    if (map.keys[k].text == key) {
      map.keys.erase(map.keys.begin() + static_cast<std::ptrdiff_t>(k));
      map.values.erase(map.values.begin() + static_cast<std::ptrdiff_t>(k));
      return;
    }
}

std::filesystem::path real_path(const std::filesystem::path& file) {
  std::error_code failed;
  auto path = std::filesystem::weakly_canonical(file, failed);
  return failed ? file : path;
}

class Includer {
 public:
  Includer(Sources& sources, Problems& problems) : sources_(sources), problems_(problems) {}

  void resolve(Node& root, const std::string& path) {
    if (!root.is(Node::Kind::map)) return;
    const auto* found = root.find("include");
    if (!found) return;
    const auto includes = *found;
    remove(root, "include");
    if (includes.is(Node::Kind::list))
      for (const auto& one : includes.values) include(root, one, path);
    else
      include(root, includes, path);
  }

  void enter(const std::filesystem::path& file) { open_.push_back(real_path(file)); }

 private:
  void include(Node& root, const Node& name, const std::string& path) {
    if (!name.is(Node::Kind::scalar) || name.text.empty())
      return problems_.add(name, "include", fmt::format("is {} where a file name is due", name.description()),
                           "write include: base.yaml, or a list of files");
    const auto file = sources_.folder(name) / name.text;
    std::error_code failed;
    if (!std::filesystem::is_regular_file(file, failed))
      return problems_.add(name, "include", fmt::format("there is no file {}", name.description()),
                           fmt::format("paths start at the folder of the including file, {}",
                                       std::filesystem::absolute(sources_.folder(name), failed).string()));
    const auto real = real_path(file);
    if (std::find(open_.begin(), open_.end(), real) != open_.end())
      return problems_.add(name, "include",
                           fmt::format("{} includes itself, directly or through others", name.description()),
                           "take one of the includes out");
    if (static_cast<int>(open_.size()) > deepest_include)
      return problems_.add(name, "include", fmt::format("includes are nested deeper than {} levels", deepest_include),
                           "include the files directly");
    if (++files_ > most_files)
      return problems_.add(name, "include", fmt::format("more than {} files are included", most_files),
                           "join some of them");
    read_below(root, name, file, path);
  }

  void read_below(Node& root, const Node& name, const std::filesystem::path& file, const std::string& path) {
    try {
      const int index = sources_.add(file.string(), read_text_file(file), file.parent_path());
      auto below = parse(sources_, index, problems_);
      if (below.is(Node::Kind::null)) return;
      if (!below.is(Node::Kind::map))
        return problems_.add(below, "", "an included file must be a map like the experiment itself",
                             "begin with keys such as 'populations:'");
      open_.push_back(real_path(file));
      resolve(below, path);
      open_.pop_back();
      merge(root, below, path);
    } catch (const FileError& error) {
      problems_.add(name, "include", error.what(), "");
    }
  }

  Sources& sources_;
  Problems& problems_;
  std::vector<std::filesystem::path> open_;
  std::size_t files_ = 0;
};

/// Fills in keys that `map` lacks; `params` and `initial` key by key.
void fill(Node& map, const Node& defaults) {
  for (std::size_t k = 0; k < defaults.keys.size(); ++k) {
    const auto& key = defaults.keys[k];
    auto* mine = map.find(key.text);
    if (!mine) {
      map.keys.push_back(key);
      map.values.push_back(defaults.values[k]);
    } else if ((key.text == "params" || key.text == "initial") && mine->is(Node::Kind::map) &&
               defaults.values[k].is(Node::Kind::map)) {
      fill(*mine, defaults.values[k]);
    }
  }
}

bool fits(const Node& population, const Node& defaults) {
  const auto* due = defaults.find("model");
  const auto* mine = population.find("model");
  return !due || !mine || mine->text == due->text;
}

/// One map of defaults, or several as a list.
std::vector<Node> default_maps(const Node& defaults, std::string_view key, Problems& problems) {
  const auto* found = defaults.find(key);
  if (!found) return {};
  auto maps = found->is(Node::Kind::list) ? found->values : std::vector{*found};
  std::erase_if(maps, [&](const Node& one) {
    if (one.is(Node::Kind::map)) return false;
    problems.add(one, fmt::format("defaults.{}", key), fmt::format("must be a map, not {}", one.description()),
                 "write for example {model: lif_psc_exp, params: {tau_m: 20 ms}}");
    return true;
  });
  return maps;
}

void check_default_keys(const Node& defaults, Problems& problems) {
  static const std::vector<std::string> known{"population", "projection"};
  for (const auto& key : defaults.keys)
    if (std::find(known.begin(), known.end(), key.text) == known.end())
      problems.add(key, "defaults." + key.text.substr(0, 64), fmt::format("unknown key {}", key.description()),
                   suggestion(key.text, known));
}

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    throw FileError(fmt::format("{} is a folder\n    name the YAML file inside it", file.string()));
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw FileError(fmt::format("{} cannot be opened\n    check the path and its permissions", file.string()));
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad() || text.bad()) throw FileError(fmt::format("{} cannot be read", file.string()));
  return std::move(text).str();
}

void include_files(Node& root, Sources& sources, Problems& problems) {
  Includer includer(sources, problems);
  includer.enter(sources.name(0));
  includer.resolve(root, "");
}

void apply_overrides(Node& root, const std::vector<std::string>& overrides, Sources& sources, Problems& problems) {
  for (const auto& text : overrides) {
    const auto equals = text.find('=');
    const int file =
        sources.add("--set " + text.substr(0, 200), equals == std::string::npos ? "" : text.substr(equals + 1),
                    std::filesystem::current_path());
    Node at;
    at.file = file;
    if (equals == std::string::npos || equals == 0) {
      problems.add(at, "", "is not of the form path=value",
                   "write for example --set populations.exc.params.tau_m='15 ms'");
      continue;
    }
    const auto before = problems.size();
    auto value = parse_value(sources, file, problems);
    if (problems.size() == before) set(root, text.substr(0, equals), std::move(value), at, problems);
  }
}

void apply_defaults(Node& root, Problems& problems) {
  const auto* found = root.find("defaults");
  if (!found) return;
  const auto defaults = *found;
  remove(root, "defaults");
  if (!defaults.is(Node::Kind::map)) {
    problems.add(defaults, "defaults", fmt::format("must be a map, not {}", defaults.description()),
                 "write {population: {...}, projection: {...}}");
    return;
  }
  check_default_keys(defaults, problems);
  if (auto* populations = root.find("populations"); populations && populations->is(Node::Kind::map))
    for (const auto& one : default_maps(defaults, "population", problems))
      for (auto& population : populations->values)
        if (population.is(Node::Kind::map) && fits(population, one)) fill(population, one);
  if (auto* projections = root.find("projections"); projections && projections->is(Node::Kind::list))
    for (const auto& one : default_maps(defaults, "projection", problems))
      for (auto& projection : projections->values)
        if (projection.is(Node::Kind::map)) fill(projection, one);
}

}  // namespace spikeloom::io::yaml
