"""The forward pass of the published package, plain and in float64, to compare ours with.

Written from its description: names of weights as its state dicts have them, levels counted from the
coarsest, signals (batch, vertex, feature), the weights of a convolution read feature by feature.
"""

import numpy as np
import torch

FEATURES = ("weight", "bias", "running_mean", "running_var")


def layers(widths, decoder_widths, stem, in_features, out_features):
    """Yield name, features in and out, and whether a normalisation follows, of each layer."""
    depth = len(decoder_widths)
    yield f"encoder.enc_l{depth}.spherical_cheb_bn_1", in_features, stem, True
    yield f"encoder.enc_l{depth}.spherical_cheb_bn_2", stem, widths[0], True
    for i in range(1, depth):
        yield f"encoder.enc_l{depth - i}.spherical_cheb_bn", widths[i - 1], widths[i], True
    yield "encoder.enc_l0.spherical_cheb", widths[-2], widths[-1], False
    below = widths[-1]
    for i in reversed(range(depth)):
        name, wide = f"decoder.dec_l{depth - i}", decoder_widths[i]
        yield f"{name}.spherical_cheb_bn_pool.spherical_cheb_bn", below, wide, True
        if i > 0:
            yield f"{name}.spherical_cheb_bn", wide + widths[i], wide, True
        else:
            yield f"{name}.spherical_cheb", wide, out_features, False
        below = wide


def random_state(
    widths,
    decoder_widths,
    stem,
    in_features=16,
    out_features=3,
    kernel_size=3,
    lstm_values=0,
    seed=0,
):
    """Return a state dict of float64 whose parts all have an effect."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    state = {}
    for name, n_in, n_out, normalised in layers(
        widths, decoder_widths, stem, in_features, out_features
    ):
        conv = f"{name}.spherical_cheb" if normalised else name
        scale = (2 / (n_in * kernel_size)) ** 0.5
        state[f"{conv}.chebconv.weight"] = scale * random(kernel_size, n_in, n_out)
        state[f"{conv}.chebconv.bias"] = random(n_out) / 2
        if normalised:
            for part in FEATURES:
                around = part in ("weight", "running_var")  # so that no layer is silent
                state[f"{name}.batchnorm.{part}"] = around + random(n_out).clamp(-2, 2) / 3
            state[f"{name}.batchnorm.num_batches_tracked"] = torch.tensor(7)
    if lstm_values:
        for gate in ("ih", "hh"):
            state[f"lstm_l0.weight_{gate}_l0"] = random(4 * lstm_values, lstm_values) / 5
            state[f"lstm_l0.bias_{gate}_l0"] = random(4 * lstm_values)
    return state


def forward(state, laplacians, x, variant):
    """Return logits (batch, vertex, class) of x (batch, vertex, feature), or of windows by an LSTM.

    Parameters
    ----------
    state
    laplacians
        scipy CSR, finest first.
    x : ndarray
        With an LSTM (batch, step, vertex, feature).
    variant
        Sampling.
    """
    numbers = {name: value.numpy() for name, value in state.items()}
    depth = len(laplacians) - 1
    pool, unpool = POOLINGS[variant]

    def conv(name, level, x):
        weight, bias = numbers[f"{name}.chebconv.weight"], numbers[f"{name}.chebconv.bias"]
        k, n_in, n_out = weight.shape

        def laplacian(x):
            flat = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
            return np.moveaxis((laplacians[level] @ flat).reshape(x.shape[1], len(x), -1), 0, 1)

        terms = [x, laplacian(x)]
        for _ in range(2, k):
            terms.append(2 * laplacian(terms[-1]) - terms[-2])
        columns = np.stack(terms, axis=-1).reshape(*x.shape[:2], n_in * k)
        return columns @ weight.reshape(n_in * k, n_out) + bias

    def block(name, level, x):
        y = conv(f"{name}.spherical_cheb", level, x)
        weight, bias, mean, var = (numbers[f"{name}.batchnorm.{part}"] for part in FEATURES)
        return np.maximum((y - mean) / np.sqrt(var + 1e-5) * weight + bias, 0)

    def encode(x):
        x = block(f"encoder.enc_l{depth}.spherical_cheb_bn_1", 0, x)
        skips = [block(f"encoder.enc_l{depth}.spherical_cheb_bn_2", 0, x)]
        for i in range(1, depth):
            name = f"encoder.enc_l{depth - i}.spherical_cheb_bn"
            skips.append(block(name, i, pool(skips[-1])))
        return conv("encoder.enc_l0.spherical_cheb", depth, pool(skips[-1])), skips

    if any(name.startswith("lstm") for name in state):
        encoded = [encode(step) for step in np.moveaxis(x, 1, 0)]
        bottlenecks = np.stack([each.reshape(len(each), -1) for each, _ in encoded], axis=1)
        shape, skips = encoded[-1][0].shape, encoded[-1][1]
        x = lstm(numbers, bottlenecks).reshape(shape)
    else:
        x, skips = encode(x)
    for i in reversed(range(depth)):
        name = f"decoder.dec_l{depth - i}"
        x = block(f"{name}.spherical_cheb_bn_pool.spherical_cheb_bn", i, unpool(x, skips[i]))
        if i > 0:
            x = block(f"{name}.spherical_cheb_bn", i, np.concatenate([x, skips[i]], axis=2))
    return conv(f"decoder.dec_l{depth}.spherical_cheb", 0, x)


def lstm(numbers, x):
    """Return the last hidden state (batch, value) of x (batch, step, value); gates i, f, g, o."""
    w, r = (numbers[f"lstm_l0.weight_{name}_l0"] for name in ("ih", "hh"))
    bias = sum(numbers[f"lstm_l0.bias_{name}_l0"] for name in ("ih", "hh"))
    h = c = np.zeros_like(x[:, 0])
    for step in np.moveaxis(x, 1, 0):
        i, f, g, o = np.split(step @ w.T + h @ r.T + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def first_vertices(x):
    return x[:, : (x.shape[1] - 2) // 4 + 2]


def filled_with_ones(x, like):
    rest = np.ones((len(x), like.shape[1] - x.shape[1], x.shape[2]))
    return np.concatenate([x, rest], axis=1)


def means_of_four(x):
    return x.reshape(len(x), -1, 4, x.shape[2]).mean(axis=2)


def four_of_each(x, like):
    return np.repeat(x, 4, axis=1)


POOLINGS = {
    "icosahedral": (first_vertices, filled_with_ones),
    "healpix": (means_of_four, four_of_each),
}
