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
#include "core/state_archive.hpp"

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
    State initial{};
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (i == 0 || !uniform) {
        const auto params = params_of(Model::params, request.arguments, first_ + i);
        shared_ = Model::template prepare<Real>(params, request.resolution);
        initial = Model::template initial<Real, rows>(params);
      }
      for (std::size_t k = 0; k < n_constants; ++k) constant_[k][i] = shared_.*constants[k];
      store_initial(initial, request.initial, i);
    }
  }

  int row_count() const noexcept override { return rows; }
  int row_of(int receptor) const noexcept override { return std::min(receptor, rows - 1); }

  void attach(int row, std::shared_ptr<const Drive> drive) override {
    (row < 0 ? current_drives_ : row_drives_).push_back({std::max(row, 0), std::move(drive)});
  }

  void advance(Step step, float* input, std::vector<std::uint32_t>& spiked) override {
    advance_steps(step, {&input, 1}, {&spiked, 1});
  }

  void advance_steps(Step first, std::span<float* const> inputs,
                     std::span<std::vector<std::uint32_t>> spiked) override {
    for (std::uint32_t begin = 0; begin < count_; begin += tile_size - (first_ + begin) % tile_size) {
      const auto n = std::min(tile_size - (first_ + begin) % tile_size, count_ - begin);
      for (std::size_t k = 0; k < inputs.size(); ++k)
        advance_tile(first + static_cast<Step>(k), begin, n, inputs[k], spiked[k]);
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

  void state(StateArchive& archive) override {
    for (std::size_t k = 0; k < n_state; ++k) archive.column(state_fields[k].name, std::span<Real>(state_[k]));
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

  void advance_tile(Step step, std::uint32_t begin, std::uint32_t n, float* input, std::vector<std::uint32_t>& spiked) {
    alignas(64) static constexpr float no_current[tile_size] = {};
    alignas(64) float driven[tile_size];
    alignas(64) Flag fired[tile_size];
    for (const auto& [row, drive] : row_drives_) drive->add(step, first_ + begin, {input + row * count_ + begin, n});
    if (!current_drives_.empty()) {
      std::fill_n(driven, n, 0.0f);
      for (const auto& [row, drive] : current_drives_) drive->add(step, first_ + begin, {driven, n});
    }
    if (sweep(begin, n, input + begin, current_drives_.empty() ? no_current : driven, fired,
              std::make_index_sequence<n_state>{}, std::make_index_sequence<n_constants>{},
              std::make_index_sequence<rows>{}))
      append_fired(fired, n, begin, spiked);
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

  template <std::uint32_t n>
  static bool any_of(const Flag* fired) {
    Flag any = 0;
    for (std::uint32_t k = 0; k < n; ++k) any |= fired[k];
    return any != 0;
  }

  /// Spikes are rare: groups, and parts of groups, are passed over by reductions that vectorise.
  static void append_fired(const Flag* fired, std::uint32_t n, std::uint32_t begin,
                           std::vector<std::uint32_t>& spiked) {
    constexpr std::uint32_t group = 128, part = 16;
    const auto append = [&](std::uint32_t first, std::uint32_t end) {
      for (std::uint32_t k = first; k < end; ++k)
        if (fired[k] != 0) spiked.push_back(begin + k);
    };
    std::uint32_t i = 0;
    for (; i + group <= n; i += group) {
      if (!any_of<group>(fired + i)) continue;
      for (std::uint32_t k = i; k < i + group; k += part)
        if (any_of<part>(fired + k)) append(k, k + part);
    }
    for (; i + part <= n; i += part)
      if (any_of<part>(fired + i)) append(i, i + part);
    append(i, n);
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

/// A model of two receptors whose rows can be folded into one for some parameters (equal synaptic time constants).
template <class Model>
concept FoldableModel = requires(const ModelArguments& arguments) {
  { Model::can_fold(arguments) } -> std::same_as<bool>;
};

/// Whether a layout with `rows` rows keeps every state variable that the user has set.
template <class Model, int rows>
bool keeps_initial(const ModelArguments& initial) {
  return std::ranges::all_of(initial.numbers, [](const auto& named) {
    const auto fields = Model::template state<double, rows>();
    return std::ranges::any_of(fields, [&](const auto& field) { return field.name == named.first; });
  });
}

template <class Model, class Real, int rows>
std::unique_ptr<NeuronSlice> make_model_slice(const SliceRequest& request) {
  if (is_heterogeneous(request.arguments)) return std::make_unique<ModelSlice<Model, Real, rows, false>>(request);
  return std::make_unique<ModelSlice<Model, Real, rows, true>>(request);
}

/// The slice of a model: folded where its parameters allow it, in the precision asked for.
template <class Model>
std::unique_ptr<NeuronSlice> make_grid_slice(const SliceRequest& request) {
  const bool single = request.precision == Precision::single;
  if constexpr (FoldableModel<Model>)
    if (Model::can_fold(request.arguments) && keeps_initial<Model, 1>(request.initial))
      return single ? make_model_slice<Model, float, 1>(request) : make_model_slice<Model, double, 1>(request);
  constexpr int rows = Model::row_count;
  return single ? make_model_slice<Model, float, rows>(request) : make_model_slice<Model, double, rows>(request);
}

/// The catalogue line of a grid model. Several models are the schemes of one (`Model::scheme` names each): the user
/// chooses by the parameter `scheme`, the first is the default, and all else is read from the first.
template <class Model, class... OtherSchemes>
ModelInfo grid_model() {
  ModelInfo info;
  info.name = Model::name;
  info.summary = Model::summary;
  info.equations = Model::equations;
  info.params = param_infos(Model::params);
  info.variables = Model::variables();
  info.receptors = Model::receptors();
  if constexpr (requires { Model::current_unit; }) info.current_unit = Model::current_unit;
  if constexpr (sizeof...(OtherSchemes) == 0) {
    info.check = Model::check;
    info.make_slice = make_grid_slice<Model>;
  } else {
    struct Scheme {
      std::string_view name;
      decltype(&Model::check) check;
      decltype(&make_grid_slice<Model>) make_slice;
    };
    static constexpr std::array schemes = {
        Scheme{Model::scheme, Model::check, make_grid_slice<Model>},
        Scheme{OtherSchemes::scheme, OtherSchemes::check, make_grid_slice<OtherSchemes>}...};
    const auto chosen = [](const ModelArguments& arguments) {
      const auto text = arguments.texts.find("scheme");
      const auto named = std::ranges::find_if(
          schemes, [&](const Scheme& scheme) { return text != arguments.texts.end() && text->second == scheme.name; });
      return named == schemes.end() ? schemes.front() : *named;
    };
    ParamInfo scheme{.name = "scheme", .unit = "", .doc = std::string(Model::scheme_doc), .kind = ParamKind::choice};
    scheme.default_text = Model::scheme;
    for (const auto& known : schemes) scheme.choices.emplace_back(known.name);
    scheme.per_neuron = false;
    info.params.push_back(std::move(scheme));
    info.check = [chosen](const ModelArguments& arguments, double resolution, std::vector<Problem>& problems) {
      chosen(arguments).check(arguments, resolution, problems);
    };
    info.make_slice = [chosen](const SliceRequest& request) { return chosen(request.arguments).make_slice(request); };
  }
  return info;
}

}  // namespace spikeloom
