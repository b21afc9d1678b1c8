/// Spelling suggestions: what a mistyped name was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// The known name closest to `word` (case ignored, transpositions count once); "" if none is close enough.
std::string closest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean 'izhikevich'? known: adex, izhikevich, ..." or "known: ..." if nothing is close.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

/// "a, b or c".
std::string join_or(const std::vector<std::string>& words);

}  // namespace spikeloom::io
