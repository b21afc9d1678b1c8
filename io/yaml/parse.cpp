/// Builds the tree from yaml-cpp's events, with limits that its own tree does not have.
#include "io/yaml/parse.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_set>

namespace spikeloom::io::yaml {
namespace {

/// Ends the parsing of a text that is hopeless; where and why.
struct Hopeless {
  Node at;
  std::string what, remedy;
};

/// Receives yaml-cpp's events and stacks up the tree.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(int file, Problems& problems, const Limits& limits) : file_(file), problems_(problems), limits_(limits) {}

  Node take() { return std::move(root_); }
  bool has_document() const { return has_document_; }

  void OnDocumentStart(const YAML::Mark&) override { has_document_ = true; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = node_at(mark, Node::Kind::null);
    move_to_key(node);
    place(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = node_at(mark, Node::Kind::scalar);
    check_tag(node, tag);
    node.quoted = tag == "!";
    node.text = value;
    place(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Hopeless{node_at(mark, Node::Kind::null), "this alias stands inside the value that it repeats",
                     "write the value out"};
    repeated_ += found->second.nodes;
    if (repeated_ > limits_.repeated)
      throw Hopeless{node_at(mark, Node::Kind::null),
                     fmt::format("aliases repeat more than {} values", limits_.repeated),
                     "write fewer aliases of aliases"};
    count(found->second.nodes, node_at(mark, Node::Kind::null));
    check_depth(found->second.depth, node_at(mark, Node::Kind::null));
    place(Node(found->second.node), 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, Node::Kind::list, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, Node::Kind::map, tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    int deepest = 0;                            // depth of what is below, relative to this node
    std::unordered_set<std::string> seen = {};  // keys of a map
    std::vector<Node> merged = {};              // values of "<<"
    bool awaits_value = false;
  };
  struct Anchored {
    Node node;
    std::size_t nodes;
    int depth;
  };

  Node node_at(const YAML::Mark& mark, Node::Kind kind) const {
    Node node;
    node.kind = kind;
    node.file = file_;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  /// A block collection or an absent value is shown at its key: that is where one looks for it.
  void move_to_key(Node& node) const {
    if (stack_.empty() || !stack_.back().awaits_value) return;
    node.line = stack_.back().node.keys.back().line;
    node.column = stack_.back().node.keys.back().column;
  }

  void count(std::size_t nodes, const Node& at) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes)
      throw Hopeless{at, fmt::format("more than {} values", limits_.nodes),
                     "put long lists of numbers into a file and name it: {file: weights.npy}"};
  }

  void check_depth(int below, const Node& at) const {
    if (static_cast<int>(stack_.size()) + below > limits_.depth)
      throw Hopeless{at, fmt::format("nested deeper than {} levels", limits_.depth),
                     "an experiment needs at most a dozen levels; close a bracket"};
  }

  void check_tag(const Node& node, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str" || tag == "tag:yaml.org,2002:float" ||
        tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq")
      return;
    problems_.add(node, "", fmt::format("the YAML tag '{}' has no meaning here", tag.substr(0, 60)),
                  "leave the tag out");
  }

  void open(const YAML::Mark& mark, Node::Kind kind, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    auto node = node_at(mark, kind);
    check_tag(node, tag);
    if (!stack_.empty() && stack_.back().node.is(Node::Kind::map) && !stack_.back().awaits_value)
      throw Hopeless{node, fmt::format("{} stands where a key is due", node.description()),
                     "keys are words; if this is a value, close its bracket and write 'key: value'"};
    if (style == YAML::EmitterStyle::Block) move_to_key(node);
    check_depth(1, node);
    const auto before = nodes_;
    count(1, node);
    stack_.push_back({.node = std::move(node), .anchor = anchor, .nodes_before = before});
  }

  void close() {
    auto open = std::move(stack_.back());
    stack_.pop_back();
    for (auto& below : open.merged) merge_below(open, below);
    if (!stack_.empty()) stack_.back().deepest = std::max(stack_.back().deepest, open.deepest + 1);
    if (open.anchor) anchors_[open.anchor] = {open.node, nodes_ - open.nodes_before, open.deepest + 1};
    attach(std::move(open.node));
  }

  void place(Node node, YAML::anchor_t anchor) {
    count(1, node);
    if (anchor) anchors_[anchor] = {node, 1, 0};
    attach(std::move(node));
  }

  void attach(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& top = stack_.back();
    if (top.node.is(Node::Kind::list))
      top.node.values.push_back(std::move(node));
    else if (top.awaits_value)
      attach_value(top, std::move(node));
    else
      attach_key(top, std::move(node));
  }

  void attach_key(Open& top, Node key) {
    if (!key.is(Node::Kind::scalar)) throw Hopeless{key, "a key is missing before ':'", "write 'key: value'"};
    if (key.text != "<<" && !top.seen.insert(key.text).second)
      problems_.add(key, "", fmt::format("the key {} appears twice", key.description()),
                    fmt::format("keep one of them (the first is on line {})", line_of(top.node, key.text)));
    top.node.keys.push_back(std::move(key));
    top.awaits_value = true;
  }

  static int line_of(const Node& map, const std::string& key) {
    for (const auto& known : map.keys)
      if (known.text == key) return known.line;
    return 0;
  }

  void attach_value(Open& top, Node value) {
    top.awaits_value = false;
    if (top.node.keys.back().text == "<<" && !top.node.keys.back().quoted) {
      top.node.keys.pop_back();
      if (value.is(Node::Kind::list))
        for (auto& item : value.values) top.merged.push_back(std::move(item));
      else
        top.merged.push_back(std::move(value));
      return;
    }
    top.node.values.push_back(std::move(value));
  }

  /// "<<: *base": keys of `below` that the map does not have itself.
  void merge_below(Open& open, Node& below) {
    if (!below.is(Node::Kind::map)) {
      problems_.add(below, "", "'<<' merges maps, and this is " + below.description(), "write '<<: *anchor_of_a_map'");
      return;
    }
    for (std::size_t k = 0; k < below.keys.size(); ++k) {
      if (!open.seen.insert(below.keys[k].text).second) continue;
      open.node.keys.push_back(std::move(below.keys[k]));
      open.node.values.push_back(std::move(below.values[k]));
    }
  }

  int file_;
  Problems& problems_;
  Limits limits_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0, repeated_ = 0;
  Node root_;
  bool has_document_ = false;
};

Node at(int file, int line, std::size_t column) {
  Node node;
  node.file = file, node.line = line, node.column = static_cast<std::int32_t>(column);
  return node;
}

/// Length of the valid UTF-8 sequence at `text[k]`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t k) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto first = byte(k);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(k + 1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    if (first == 0xE0 && byte(k + 1) < 0xA0) return 0;
    if (first == 0xED && byte(k + 1) >= 0xA0) return 0;
    return follows(k + 1) && follows(k + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    if (first == 0xF0 && byte(k + 1) < 0x90) return 0;
    if (first == 0xF4 && byte(k + 1) >= 0x90) return 0;
    return follows(k + 1) && follows(k + 2) && follows(k + 3) ? 4 : 0;
  }
  return 0;
}

/// Bytes that no YAML text holds. Returns whether the text can be handed to the parser.
bool check_bytes(const std::string& text, int file, Problems& problems) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    problems.add(at(file, 1, 1), "", "this is UTF-16 text", "save the file as UTF-8");
    return false;
  }
  if (text.starts_with("\x89HDF\r\n")) {
    problems.add(at(file, 1, 1), "", "this is an HDF5 file, not an experiment", "name the YAML file of the experiment");
    return false;
  }
  int line = 1;
  std::size_t start = 0;
  for (std::size_t k = 0; k < text.size();) {
    const auto c = static_cast<unsigned char>(text[k]);
    const auto length = utf8_length(text, k);
    if (length == 0) {
      problems.add(at(file, line, k - start + 1), "", fmt::format("byte 0x{:02x} is not UTF-8 text", c),
                   "save the file as UTF-8");
      return false;
    }
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) {
      problems.add(at(file, line, k - start + 1), "",
                   fmt::format("control character 0x{:02x}: this looks like a binary file", c),
                   "name the YAML file of the experiment, saved as plain UTF-8 text");
      return false;
    }
    k += length;
    if (c == '\n') ++line, start = k;
  }
  return true;
}

/// Tabs before the first character of a line, which YAML forbids as indentation.
void check_tabs(const std::string& text, int file, Problems& problems) {
  int line = 1;
  for (std::size_t start = 0; start < text.size(); ++line) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto first = text.find_first_not_of(" \t", start);
    const auto tab = text.find('\t', start);
    if (tab < first && first < end && text[first] != '\r' && text[first] != '#')
      problems.add(at(file, line, tab - start + 1), "", "a tab in the indentation", "indent with spaces");
    start = end + 1;
  }
}

/// What yaml-cpp says in words of its own, with what to do about it.
std::string remedy_for(const std::string& message) {
  static const std::map<std::string_view, std::string_view> remedies = {
      {"end of map not found", "check indentation: keys of one map start in the same column, values follow 'key: '"},
      {"end of map flow not found", "close the map with '}' and separate its entries with ', '"},
      {"end of sequence not found", "items of one list start with '- ' in the same column"},
      {"end of sequence flow not found", "close the list with ']' and separate its items with ', '"},
      {"illegal map value", "quote text that contains ': ', and put each 'key: value' on its own line"},
      {"illegal block entry", "put each '- item' on its own line"},
      {"illegal EOF in scalar", "close the quotation mark"},
      {"illegal document indicator in scalar", "close the quotation mark"},
      {"the referenced anchor is not defined", "define it before with '&name', or write the value out"},
      {"illegal map key", "put each 'key: value' on its own line"}};
  for (const auto& [start, remedy] : remedies)
    if (message.starts_with(start)) return std::string(remedy);
  return "check indentation, quotes and brackets around this place";
}

Node parse_documents(const std::string& text, int file, Problems& problems, const Limits& limits) {
  TreeBuilder builder(file, problems, limits);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    auto root = builder.take();
    if (TreeBuilder second(file, problems, limits); parser.HandleNextDocument(second)) {
      auto extra = second.take();
      extra.file = file;
      if (extra.line == 0) extra.line = extra.column = 1;
      problems.add(extra, "", "a second YAML document starts here",
                   "an experiment is one document: remove '---' and what follows");
    }
    return root;
  } catch (const Hopeless& hopeless) {
    problems.add(hopeless.at, "", hopeless.what, hopeless.remedy);
  } catch (const YAML::Exception& error) {
    const bool known = error.mark.line >= 0 && error.mark.column >= 0;
    problems.add(
        known ? at(file, error.mark.line + 1, static_cast<std::size_t>(error.mark.column) + 1) : at(file, 1, 1), "",
        "YAML cannot be read here: " + error.msg, remedy_for(error.msg));
  }
  return {};
}

}  // namespace

Node parse(const Sources& sources, int file, Problems& problems, const Limits& limits) {
  const auto& text = sources.text(file);
  const auto before = problems.size();
  const auto empty = [&] { return text.find_first_not_of(" \t\r\n") == std::string::npos; };
  if (text.size() > limits.bytes) {
    problems.add(at(file, 1, 1), "", fmt::format("{} MB of text are too long for an experiment", text.size() >> 20),
                 "put long lists of numbers into a file and name it: {file: weights.npy}");
    return {};
  }
  if (!check_bytes(text, file, problems)) return {};
  if (empty()) {
    problems.add(at(file, 1, 1), "", "the file is empty",
                 "start with 'experiment: {name: ..., duration: 1 s}' and 'populations:'");
    return {};
  }
  check_tabs(text, file, problems);
  if (problems.size() > before) return {};
  auto root = parse_documents(text, file, problems, limits);
  if (problems.size() > before) return {};
  if (root.is(Node::Kind::null))
    problems.add(at(file, 1, 1), "", "the file holds only comments",
                 "start with 'experiment: {name: ..., duration: 1 s}' and 'populations:'");
  return problems.size() > before ? Node{} : root;
}

namespace {
void forget_lines(Node& node) {
  node.line = node.column = 0;
  for (auto& key : node.keys) forget_lines(key);
  for (auto& value : node.values) forget_lines(value);
}
}  // namespace

Node parse_value(const Sources& sources, int file, Problems& problems) {
  const auto before = problems.size();
  if (!check_bytes(sources.text(file), file, problems)) return {};
  auto root = parse_documents(sources.text(file), file, problems, {});
  if (problems.size() > before) return {};
  forget_lines(root);
  root.file = file;
  return root;
}

}  // namespace spikeloom::io::yaml
