/// Block and flow writing, and the question which text needs quotes.
#include "io/yaml/emit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikeloom::io::yaml {
namespace {

constexpr std::size_t line_width = 110;

bool needs_quotes(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
  for (const std::string_view word : {"null", "Null", "NULL", "~"})
    if (text == word) return true;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`<=").find(text.front()) != std::string_view::npos) {
    const bool number = text.front() == '-' && text.size() > 1 && text[1] >= '0' && text[1] <= '9';
    if (!number) return true;
  }
  return text.find_first_of(":#,[]{}\"\\") != std::string_view::npos ||
         std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string scalar(const std::string& text, bool quoted) {
  if (!quoted && !needs_quotes(text)) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

void flow(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::null: out += "null"; break;
    case Node::Kind::scalar: out += scalar(node.text, node.quoted && needs_quotes(node.text)); break;
    case Node::Kind::list:
      out += '[';
      for (std::size_t k = 0; k < node.values.size(); ++k) {
        if (k) out += ", ";
        flow(node.values[k], out);
      }
      out += ']';
      break;
    case Node::Kind::map:
      out += '{';
      for (std::size_t k = 0; k < node.keys.size(); ++k) {
        if (k) out += ", ";
        out += scalar(node.keys[k].text, false) + ": ";
        flow(node.values[k], out);
      }
      out += '}';
      break;
  }
}

/// Whether a value is written on the line of its key or dash, which ends at column `indent`.
bool fits_line(const Node& node, std::size_t indent) {
  if (!node.is(Node::Kind::list) && !node.is(Node::Kind::map)) return true;
  const bool numbers = node.is(Node::Kind::list) && std::all_of(node.values.begin(), node.values.end(),
                                                                [](const Node& n) { return n.is(Node::Kind::scalar); });
  return numbers || node.values.empty() || indent + emit_flow(node).size() <= line_width;
}

void block(const Node& node, std::size_t indent, std::string& out) {
  for (std::size_t k = 0; k < node.values.size(); ++k) {
    const auto& value = node.values[k];
    const bool in_list = node.is(Node::Kind::list);
    const auto start = out.size();
    out += std::string(indent, ' ') + (in_list ? "-" : scalar(node.keys[k].text, false) + ":");
    if (fits_line(value, indent + (in_list ? 2 : node.keys[k].text.size() + 2))) {
      out += " " + emit_flow(value) + "\n";
    } else if (in_list) {
      const auto dash = out.size();
      block(value, indent + 2, out);
      out.replace(start, dash - start + indent + 2,
                  std::string(indent, ' ') + "- ");  // the first entry moves up to the dash
    } else {
      out += "\n";
      block(value, indent + 2, out);
    }
  }
}

}  // namespace

std::string emit_flow(const Node& node) {
  std::string out;
  flow(node, out);
  return out;
}

std::string emit(const Node& root) {
  std::string out;
  if (root.values.empty()) return emit_flow(root) + "\n";
  block(root, 0, out);
  return out;
}

}  // namespace spikeloom::io::yaml
