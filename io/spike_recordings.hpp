/// The HDF5 layout of the Spiking Heidelberg Digits and Speech Commands (Cramer et al. 2022, IEEE TNNLS 33:2744).
///
///     /spikes/times   one list of times [s] per sample      /spikes/units   one list of channels per sample
///     /labels         one class per sample                  /extra          speakers, words; not read
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "networks/training/spike_data.hpp"

namespace spikeloom::io {

/// A published set of recordings: its folder, its files, what they hold. `validation` is empty if it has none.
struct RecordingLayout {
  std::string name, train, validation, test, about;
  std::uint32_t classes = 0, channels = 700;
};
RecordingLayout heidelberg_digits();
RecordingLayout speech_commands();

/// The folder that holds all its files, looked for as `find_data_set` (io/data_sets.hpp) does. FileError if none does.
std::filesystem::path find_recordings(const RecordingLayout& layout, const std::string& data);

/// All samples of one file; neighbouring channels are joined to `inputs` groups of equal size, spikes at or after
/// `duration` [ms] are left out. FileError if the file is of another layout, damaged, its lists differ in number or
/// length, or a time, channel or label is out of range.
SpikeData read_recording(const std::filesystem::path& file, const RecordingLayout& layout, std::uint32_t inputs,
                         double duration);
/// All files of a set; the validation part is empty if it has none.
DataSplit read_recordings(const RecordingLayout& layout, const std::string& data, std::uint32_t inputs,
                          double duration);

}  // namespace spikeloom::io
