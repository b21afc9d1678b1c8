/// Counts are added, spikes merged, frames put side by side.
#include "core/leg_part.hpp"

#include <algorithm>

#include "core/spike_order.hpp"

namespace spikeloom {

Bytes encoded(const LegPart& part) {
  ByteWriter writer;
  writer.put(part.events);
  writer.put_list(part.spike_counts);
  writer.put_list(part.spikes);
  writer.put(static_cast<std::uint64_t>(part.frames.size()));
  for (const auto& frames : part.frames) {
    writer.put(frames.probe);
    writer.put(frames.column);
    writer.put(frames.width);
    writer.put_list(frames.values);
  }
  return writer.take();
}

LegPart decoded_part(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  LegPart part;
  part.events = reader.take<std::uint64_t>();
  part.spike_counts = reader.take_list<std::uint64_t>();
  part.spikes = reader.take_list<Spike>();
  part.frames.resize(reader.take<std::uint64_t>());
  for (auto& frames : part.frames) {
    frames.probe = reader.take<std::uint64_t>();
    frames.column = reader.take<std::uint64_t>();
    frames.width = reader.take<std::uint64_t>();
    frames.values = reader.take_list<float>();
  }
  return part;
}

void join(std::vector<LegPart> parts, std::span<const Probe> probes, Stretch& stretch) {
  stretch.spike_counts.resize(parts.front().spike_counts.size());
  std::vector<const std::vector<Spike>*> lists;
  for (const auto& part : parts) {
    for (std::size_t p = 0; p < part.spike_counts.size(); ++p) stretch.spike_counts[p] += part.spike_counts[p];
    lists.push_back(&part.spikes);
  }
  if (parts.size() == 1) {
    stretch.spikes = std::move(parts.front().spikes);
  } else {
    std::vector<Spike> spare;
    merge_sorted(lists, stretch.spikes, spare);
  }
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const auto& probe = probes[p];
    ProbeFrames frames;
    frames.probe = p;
    frames.first_frame = (stretch.begin + probe.every - 1) / probe.every;
    frames.frames = static_cast<std::size_t>((stretch.end + probe.every - 1) / probe.every - frames.first_frame);
    const std::size_t width = probe.neurons.size();
    frames.values.resize(frames.frames * width);
    for (const auto& part : parts)
      for (const auto& piece : part.frames) {
        if (piece.probe != p) continue;
        for (std::size_t f = 0; f < frames.frames; ++f)
          std::copy_n(piece.values.begin() + static_cast<std::ptrdiff_t>(f * piece.width), piece.width,
                      frames.values.begin() + static_cast<std::ptrdiff_t>(f * width + piece.column));
      }
    if (frames.frames > 0) stretch.frames.push_back(std::move(frames));
  }
}

}  // namespace spikeloom
