/// Spelling suggestions by edit distance.
#include "io/spelling.hpp"

#include <algorithm>
#include <cctype>

namespace spikeloom::io {
namespace {

constexpr std::size_t longest_word = 64;  // longer words are not names that somebody mistyped

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

bool extends(std::string_view whole, std::string_view start) {
  return start.size() >= 3 && whole.size() > start.size() &&
         std::equal(start.begin(), start.end(), whole.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

std::string closest(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > longest_word) return "";
  for (const auto& name : known)  // "v" for "v_m"
    if (name.size() > word.size() && name[word.size()] == '_' && distance(word, name.substr(0, word.size())) == 0)
      return name;
  std::string best;
  std::size_t best_distance = 1 + (word.size() + 2) / 3;
  for (const auto& name : known)
    if (const auto d = distance(word, name); d < best_distance) best = name, best_distance = d;
  for (const auto& name : known)
    if (best.empty() && (extends(name, word) || extends(word, name))) best = name;
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t most_listed = 24;
  std::string text;
  if (const auto best = closest(word, known); !best.empty()) text = "did you mean '" + best + "'? ";
  if (known.empty()) return text + "none is known";
  text += "known: ";
  for (std::size_t k = 0; k < std::min(known.size(), most_listed); ++k) text += (k ? ", " : "") + known[k];
  if (known.size() > most_listed) text += ", ... (" + std::to_string(known.size()) + " in all)";
  return text;
}

std::string join_or(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k)
    text += (k == 0 ? "" : k + 1 == words.size() ? " or " : ", ") + words[k];
  return text;
}

}  // namespace spikeloom::io
