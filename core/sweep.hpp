/// From a model (what one neuron does in one step) to a slice (all neurons of a partition, over columns).
///
/// A neuron model on the grid is a struct like core/models/lif_psc_exp.hpp; `ModelSlice` below turns it into loops over
/// structure-of-arrays columns that the compiler vectorises. Nothing here knows any model.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/model.hpp"

namespace spikeloom {

/// Neurons are advanced in tiles that stay in the L1 cache with all their temporaries.
inline constexpr std::uint32_t tile_size = 512;

/// Tells the compiler that iterations touch different neurons (columns never overlap).
#if defined(__clang__)
#define SPIKELOOM_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define SPIKELOOM_INDEPENDENT _Pragma("GCC ivdep")
#endif

/// What a grid model must have: a name, parameter fields, receptors, and for Real in {float, double} and `rows` input
/// rows a State (all Real, with a field table), a Propagator (all Real, with `members()`) and `advance`.
template <class Model, class Real, int rows>
concept GridModel = requires(const typename Model::Params& params, typename Model::template State<Real, rows>& state,
                             const typename Model::template Propagator<Real>& propagator,
                             const std::array<Real, rows>& input) {
  { Model::template prepare<Real>(params, 0.1) } -> std::same_as<typename Model::template Propagator<Real>>;
  { Model::template initial<Real, rows>(params) } -> std::same_as<typename Model::template State<Real, rows>>;
  { Model::template advance<Real, rows>(propagator, state, input, Real{}) } -> std::same_as<bool>;
  Model::template Propagator<Real>::members();
};

/// The slice of a grid model. `uniform`: all neurons share one Propagator (constants, no columns).
template <class Model, class Real, int rows, bool uniform>
  requires GridModel<Model, Real, rows>
class ModelSlice final : public NeuronSlice {
  using Params = typename Model::Params;
  using State = typename Model::template State<Real, rows>;
  using Propagator = typename Model::template Propagator<Real>;
  using Flag = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  static constexpr auto state_fields = Model::template state<Real, rows>();
  static constexpr std::size_t n_state = std::size(state_fields);
  static constexpr auto constants = Propagator::members();
  static constexpr std::size_t n_constants = uniform ? 0 : std::size(constants);

 public:
  explicit ModelSlice(const SliceRequest& request) : first_(request.first), count_(request.count) {
    for (auto& column : state_) column.resize(count_);
    for (auto& column : constant_) column.resize(count_);
    for (std::uint32_t i = 0; i < count_; ++i) {
      const auto params = params_of(Model::params, request.arguments, first_ + i);
      const auto propagator = Model::template prepare<Real>(params, request.resolution);
      if (uniform && i == 0) shared_ = propagator;
      for (std::size_t k = 0; k < n_constants; ++k) constant_[k][i] = propagator.*constants[k];
      store_initial(Model::template initial<Real, rows>(params), request.initial, i);
    }
  }

  int row_count() const noexcept override { return rows; }
  int row_of(int receptor) const noexcept override { return std::min(receptor, rows - 1); }

  void attach(int row, std::shared_ptr<const Drive> drive) override {
    (row < 0 ? current_drives_ : row_drives_).push_back({std::max(row, 0), std::move(drive)});
  }

  void advance(Step step, float* input, std::vector<std::uint32_t>& spiked) override {
    alignas(64) float current[tile_size] = {};
    alignas(64) Flag fired[tile_size];
    for (std::uint32_t begin = 0; begin < count_; begin += tile_size - (first_ + begin) % tile_size) {
      const auto n = std::min(tile_size - (first_ + begin) % tile_size, count_ - begin);
      for (const auto& [row, drive] : row_drives_) drive->add(step, first_ + begin, {input + row * count_ + begin, n});
      if (!current_drives_.empty()) {
        std::fill_n(current, n, 0.0f);
        for (const auto& [row, drive] : current_drives_) drive->add(step, first_ + begin, {current, n});
      }
      if (sweep(begin, n, input + begin, current, fired, std::make_index_sequence<n_state>{},
                std::make_index_sequence<n_constants>{}, std::make_index_sequence<rows>{}))
        append_fired(fired, n, begin, spiked);
    }
  }

  bool read(int variable, std::span<const std::uint32_t> neurons, std::span<float> out) const override {
    const auto wanted = Model::variables().at(static_cast<std::size_t>(variable)).name;
    for (std::size_t k = 0; k < n_state; ++k)
      if (state_fields[k].name == wanted) {
        for (std::size_t i = 0; i < neurons.size(); ++i) out[i] = static_cast<float>(state_[k][neurons[i]]);
        return true;
      }
    return false;
  }

  std::vector<StateColumn> state_columns() override {
    std::vector<StateColumn> columns;
    for (std::size_t k = 0; k < n_state; ++k)
      columns.push_back({state_fields[k].name, std::as_writable_bytes(std::span(state_[k]))});
    return columns;
  }

 private:
  void store_initial(State state, const ModelArguments& initial, std::uint32_t i) {
    for (std::size_t k = 0; k < n_state; ++k) {
      if (const auto found = initial.numbers.find(state_fields[k].name); found != initial.numbers.end())
        state.*state_fields[k].member =
            static_cast<Real>(found->second.size() == 1 ? found->second.front() : found->second.at(first_ + i));
      state_[k][i] = state.*state_fields[k].member;
    }
  }

  /// The loop everything is about: n neurons from `begin`; loads and stores are unrolled at compile time. Returns
  /// whether anyone fired; `fired` is 0 or 1 per neuron, as wide as the state so that the loop keeps one vector width.
  template <std::size_t... s, std::size_t... c, std::size_t... r>
  bool sweep(std::uint32_t begin, std::uint32_t n, float* first_input, const float* current, Flag* fired,
             std::index_sequence<s...>, std::index_sequence<c...>, std::index_sequence<r...>) {
    const std::array<Real*, n_state> state{(state_[s].data() + begin)...};
    [[maybe_unused]] const std::array<const Real*, n_constants> constant{(constant_[c].data() + begin)...};
    const std::array<float*, rows> input{(first_input + r * count_)...};
    Propagator propagator = shared_;
    Flag any = 0;
    SPIKELOOM_INDEPENDENT
    for (std::uint32_t i = 0; i < n; ++i) {
      State one;
      ((one.*std::get<s>(state_fields).member = state[s][i]), ...);
      if constexpr (!uniform) ((propagator.*constants[c] = constant[c][i]), ...);
      const std::array<Real, rows> in{static_cast<Real>(input[r][i])...};
      ((input[r][i] = 0), ...);
      const bool spiked = Model::template advance<Real, rows>(propagator, one, in, static_cast<Real>(current[i]));
      fired[i] = spiked ? Flag{1} : Flag{0};
      any |= fired[i];
      ((state[s][i] = one.*std::get<s>(state_fields).member), ...);
    }
    return any != 0;
  }

  static void append_fired(const Flag* fired, std::uint32_t n, std::uint32_t begin,
                           std::vector<std::uint32_t>& spiked) {
    for (std::uint32_t i = 0; i < n; ++i)
      if (fired[i] != 0) spiked.push_back(begin + i);
  }

  struct Attached {
    int row;
    std::shared_ptr<const Drive> drive;
  };
  std::uint32_t first_, count_;
  Propagator shared_{};
  std::array<aligned_vector<Real>, n_state> state_;
  std::array<aligned_vector<Real>, n_constants> constant_;
  std::vector<Attached> row_drives_, current_drives_;
};

/// The catalogue line of a grid model.
template <class Model>
ModelInfo grid_model() {
  ModelInfo info;
  info.name = Model::name;
  info.summary = Model::summary;
  info.equations = Model::equations;
  info.params = param_infos(Model::params);
  info.variables = Model::variables();
  info.receptors = Model::receptors();
  info.check = Model::check;
  info.make_slice = [](const SliceRequest& request) -> std::unique_ptr<NeuronSlice> {
    const auto build = [&]<class Real, int rows>() -> std::unique_ptr<NeuronSlice> {
      if (is_heterogeneous(request.arguments)) return std::make_unique<ModelSlice<Model, Real, rows, false>>(request);
      return std::make_unique<ModelSlice<Model, Real, rows, true>>(request);
    };
    constexpr int most = Model::receptor_count;
    const bool folded = most == 2 && Model::can_fold(request.arguments);
    const bool single = request.precision == Precision::single;
    if (folded) return single ? build.template operator()<float, 1>() : build.template operator()<double, 1>();
    return single ? build.template operator()<float, most>() : build.template operator()<double, most>();
  };
  return info;
}

}  // namespace spikeloom
