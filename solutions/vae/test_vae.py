"""Checks of `vae`, in the order of the page: contract, shape, value, invariance or gradient, step, behaviour.

A model with layers of its own cannot be rebuilt here, so it is judged by what goes in and what comes out. Probes put
inputs through student code where TensorFlow is; what should come out is computed on this side, by NumPy. All
sizes differ (images 8×12, 3 channels, 5 images, 2 or 3 latent dimensions), lest a wrong axis fits by chance.

Statistical bounds: S = mean(noise²) of n standard normal numbers times n follows χ² with n degrees of freedom, their
mean is normal with variance 1/n. Each bound is passed by an honest solution with a probability of at least 1 - 1e-7.
"""

import math
from typing import NamedTuple

import numpy as np
import pytest

from autograder.checks import assert_close, assert_shape

LOSSES = ("loss", "reconstruction_loss", "kl_loss")
FLOAT32 = {"rtol": 1e-5, "atol": 1e-6}  # one operation of TensorFlow
STEP = {"rtol": 1e-4, "atol": 1e-5}  # weights after a step


def scalar(value, name):
    """A number, whether it comes as a float or as an array of one element."""
    assert_shape(value, (), name, "of a scalar")
    return float(np.asarray(value, dtype=float))


def on_tensors(function, *arrays):
    """A function's value for float32 tensors. Runs beside student code."""
    import tensorflow as tf

    return function(*(tf.constant(array, tf.float32) for array in arrays))


def sample(Sampling, z_mean, z_log_var, times=1):
    """Samples of a new layer, inside one tf.function. Runs beside student code."""
    import tensorflow as tf

    layer = Sampling()
    draw = tf.function(lambda mean, log_var: layer([mean, log_var]))
    mean, log_var = tf.constant(z_mean, tf.float32), tf.constant(z_log_var, tf.float32)
    return [draw(mean, log_var) for _ in range(times)]


def sample_with_gradients(Sampling, z_mean, z_log_var):
    """A sample and the derivatives of its sum. Runs beside student code."""
    import tensorflow as tf

    mean, log_var = tf.Variable(z_mean, dtype=tf.float32), tf.Variable(z_log_var, dtype=tf.float32)
    with tf.GradientTape() as tape:
        z = Sampling()([tf.identity(mean), tf.identity(log_var)])
    return z, *tape.gradient(z, [mean, log_var], unconnected_gradients=tf.UnconnectedGradients.ZERO)


def encode(build_encoder, input_shape, latent_dim, images):
    """The outputs of a new encoder and the shapes of its weights. Runs beside student code."""
    import tensorflow as tf

    encoder = build_encoder(input_shape, latent_dim)
    outputs = encoder(tf.constant(images, tf.float32))
    return list(outputs), [tuple(weight.shape) for weight in encoder.get_weights()]


def decode(build_decoder, latent_dim, output_shape, codes):
    """The images of a new decoder. Runs beside student code."""
    import tensorflow as tf

    return build_decoder(latent_dim, output_shape)(tf.constant(codes, tf.float32))


def fit_given_networks(VAE, networks, noise, images, options, plan):
    """Train a VAE around two given networks whose noise is given, too, by plain gradient descent.

    Runs beside student code. Returns what fit reports for each epoch, and all weights.
    """
    import keras

    layers = {name: keras.layers.Dense(len(bias)) for name, (_, bias) in networks.items()}
    layers["pixels"].activation = keras.activations.sigmoid
    inputs = keras.Input(images.shape[1:])
    pixels = keras.layers.Reshape((-1,))(inputs)
    mean, log_var = layers["z_mean"](pixels), layers["z_log_var"](pixels)
    encoder = keras.Model(inputs, [mean, log_var, mean + keras.ops.exp(0.5 * log_var) * noise])
    codes = keras.Input((len(networks["z_mean"][1]),))
    decoder = keras.Model(codes, keras.layers.Reshape(images.shape[1:])(layers["pixels"](codes)))
    for name, values in networks.items():
        layers[name].set_weights(list(values))
    vae = VAE(encoder, decoder, **options)
    vae.compile(optimizer=keras.optimizers.SGD(plan["rate"]), run_eagerly=plan.get("eager", True))
    history = vae.fit(
        images, batch_size=plan["batch_size"], epochs=plan.get("epochs", 1), shuffle=False, verbose=0
    ).history
    weights = {name: layer.get_weights() for name, layer in layers.items()}
    return {name: list(values) for name, values in history.items()}, weights


class Case(NamedTuple):
    """Two small networks without hidden layers, the noise that the encoder adds, and images for them."""

    networks: dict
    noise: np.ndarray
    images: np.ndarray


class Pass(NamedTuple):
    """A forward pass: parameters, images as rows, mean and log-variance, the code, the logits of the pixels."""

    networks: dict
    x: np.ndarray
    mean: np.ndarray
    log_var: np.ndarray
    z: np.ndarray
    logits: np.ndarray


def draw(rng, m=5):
    """Images of 4×6 pixels and one channel, two latent dimensions; biases too, lest forgetting them goes unseen.

    No logit is beyond ±2.5: where a pixel is 1e-4, an ε of 1e-7 in its logarithm would be seen in the gradient.
    """
    images = rng.uniform(0, 1, size=(m, 4, 6, 1)).astype("float32")
    shapes = {"z_mean": (24, 2), "z_log_var": (24, 2), "pixels": (2, 24)}
    networks = {
        name: (
            (rng.normal(size=shape) / math.sqrt(shape[0])).astype("float32"),
            rng.normal(scale=0.5, size=shape[1]).astype("float32"),
        )
        for name, shape in shapes.items()
    }
    noise = (rng.uniform(0.8, 1.6, size=(1, 2)) * rng.choice([-1, 1], size=(1, 2))).astype("float32")
    case = Case(networks, noise, images)
    scale = np.float32(min(1.0, 2.5 / np.abs(forward(case).logits).max()))
    networks["pixels"] = (networks["pixels"][0] * scale, networks["pixels"][1] * scale)
    return case


def train(student, case, options, plan):
    """What the student's VAE reports of training the case's networks, and their weights then."""
    history, weights = student.probe(
        fit_given_networks, student.VAE, case.networks, case.noise, case.images, options, plan
    )
    assert isinstance(history, dict), "fit should report losses by name"
    return history, weights


def reported(history, name, epochs=1):
    """A loss as fit reports it, one number for each epoch."""
    assert name in history, f"train_step does not report {name}"
    assert_shape(history[name], (epochs,), f"the history of {name}", "(epochs,)")
    return np.asarray(history[name], dtype=float)


def forward(case):
    """The forward pass in float64: the networks' parameters, and what each layer gives, a row for an image."""
    networks = {name: [np.asarray(value, dtype=float) for value in pair] for name, pair in case.networks.items()}
    x = np.asarray(case.images, dtype=float).reshape(len(case.images), -1)
    (Wm, bm), (Wl, bl), (Wp, bp) = networks["z_mean"], networks["z_log_var"], networks["pixels"]
    mean, log_var = x @ Wm + bm, x @ Wl + bl
    z = mean + np.exp(log_var / 2) * case.noise
    return Pass(networks, x, mean, log_var, z, z @ Wp + bp)


def step_by_hand(case, beta, rate):
    """Forward pass, back-propagation and one step of gradient descent in float64: losses, and the next case."""
    networks, x, mean, log_var, z, logits = forward(case)
    m = len(x)
    losses = {
        "reconstruction_loss": np.sum(np.logaddexp(0, logits) - x * logits) / m,
        "kl_loss": 0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var) / m,
    }
    losses["loss"] = losses["reconstruction_loss"] + beta * losses["kl_loss"]
    d_logits = (1 / (1 + np.exp(-logits)) - x) / m
    d_z = d_logits @ networks["pixels"][0].T
    d_mean = d_z + beta * mean / m
    d_log_var = d_z * (z - mean) / 2 + beta * (np.exp(log_var) - 1) / (2 * m)
    slopes = {"z_mean": (x, d_mean), "z_log_var": (x, d_log_var), "pixels": (z, d_logits)}
    after = {
        name: (networks[name][0] - rate * layer.T @ d, networks[name][1] - rate * d.sum(axis=0))
        for name, (layer, d) in slopes.items()
    }
    return losses, case._replace(networks=after)


# 1. sampling


@pytest.mark.exercise("sampling")
@pytest.mark.points(0.5)
@pytest.mark.hint("z = mean + standard deviation * noise, and the standard deviation is exp(z_log_var / 2)")
@pytest.mark.public
def test_sample_without_variance_is_the_mean(student):
    """Where the variance is almost 0, the sample is the mean."""
    mean = np.linspace(-2, 2, 15).reshape(5, 3)
    (z,) = student.probe(sample, student.Sampling, mean, np.full((5, 3), -100.0))
    assert_close(z, mean, "the sample", symbols="(m, d)", **FLOAT32)


@pytest.mark.exercise("sampling")
@pytest.mark.points(1.5)
@pytest.mark.hint("z_log_var is the logarithm of the variance: the standard deviation is exp(z_log_var / 2)")
@pytest.mark.parametrize("moment", ["mean", "variance"])
def test_samples_have_the_right_moments(student, moment):
    """Samples have the mean and the variance that they are asked for.

    The variance is 4 and the mean 3 (log_var = 0 would hide what is done with it); n = 200,000.
    P(|mean - 3| / 2 > 0.01192) = 1e-7, P(S outside [0.98324, 1.01694]) = 1e-7.
    """
    shape = (50_000, 4)
    (z,) = student.probe(sample, student.Sampling, np.full(shape, 3.0), np.full(shape, math.log(4)))
    assert_shape(z, shape, "the sample", "(m, d)")
    noise = (np.asarray(z, dtype=float) - 3) / 2
    if moment == "mean":
        assert abs(noise.mean()) < 0.01192, "the mean of the samples is not z_mean"
    else:
        assert 0.98324 < np.mean(noise**2) < 1.01694, "the variance of the samples is not exp(z_log_var)"


@pytest.mark.exercise("sampling")
@pytest.mark.points(1)
@pytest.mark.hint("draw the noise in call with a TensorFlow function: NumPy's numbers are drawn once, when fit traces")
def test_noise_is_fresh_in_every_call(student):
    """Each call draws new noise, inside a tf.function as well."""
    first, second = student.probe(sample, student.Sampling, np.zeros((5, 3)), np.zeros((5, 3)), 2)
    for z in (first, second):
        assert_shape(z, (5, 3), "the sample", "(m, d)")
    # P(two normal numbers closer than 1e-9) = 6e-10, for all 15 pairs at once 0
    assert np.abs(np.asarray(first) - np.asarray(second)).max() > 1e-9, "two calls draw the same noise"


@pytest.mark.exercise("sampling")
@pytest.mark.points(1)
@pytest.mark.hint("noise of the shape of z_mean, (m, d): every image and every dimension gets its own")
@pytest.mark.parametrize("axis", ["images", "dimensions"])
def test_noise_is_independent(student, axis):
    """The noise differs from image to image and from dimension to dimension, and shows no correlation.

    n = 20,000 for each of 4; six correlations: P(one of them above 0.0398) < 1.1e-7 / 6 each, 1e-7 for all.
    """
    shape = (4, 20_000) if axis == "images" else (20_000, 4)
    (z,) = student.probe(sample, student.Sampling, np.zeros(shape), np.zeros(shape))
    assert_shape(z, shape, "the sample", "(m, d)")
    noise = np.asarray(z, dtype=float) if axis == "images" else np.asarray(z, dtype=float).T
    assert noise.std(axis=1).min() > 0.5, f"the noise is shared by what should be independent of the {axis}"
    correlations = np.corrcoef(noise)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 0.0398, f"the noise of two {axis} is correlated"


@pytest.mark.exercise("sampling")
@pytest.mark.points(1)
@pytest.mark.hint("shift and stretch the noise with TensorFlow, and let gradients through: no stop_gradient")
@pytest.mark.parametrize("name", ["z_mean", "z_log_var"])
def test_gradients_reach_the_distribution(student, rng, name):
    """The sample's derivative by z_mean is 1, and by z_log_var half of what the noise adds."""
    mean, log_var = rng.normal(size=(5, 3)), rng.uniform(-1, 1, size=(5, 3))
    z, by_mean, by_log_var = student.probe(sample_with_gradients, student.Sampling, mean, log_var)
    assert_shape(z, (5, 3), "the sample", "(m, d)")
    if name == "z_mean":
        assert_close(by_mean, np.ones((5, 3)), "the derivative by z_mean", symbols="(m, d)", **FLOAT32)
    else:
        expected = (np.asarray(z, dtype=float) - mean) / 2
        assert np.abs(expected).max() > 1e-3, "the sample holds no noise"
        assert_close(by_log_var, expected, "the derivative by z_log_var", rtol=1e-5, atol=1e-5, symbols="(m, d)")


# 2. kl_divergence


@pytest.mark.exercise("kl_divergence")
@pytest.mark.points(1)
@pytest.mark.hint("at mean 0 and variance 1 the terms 1 + 0 - 0 - 1 cancel; one dimension at mean 1 costs 0.5")
@pytest.mark.public
@pytest.mark.parametrize(("mean", "cost"), [(0.0, 0.0), (1.0, 0.5)], ids=["mean-0", "mean-1"])
def test_kl_of_unit_variance(student, mean, cost):
    """At variance 1 the KL divergence is 0 for mean 0, and 0.5 a dimension for mean 1."""
    value = student.probe(on_tensors, student.kl_divergence, np.full((5, 3), mean), np.zeros((5, 3)))
    assert_close(scalar(value, "the KL divergence"), 3 * cost, "the KL divergence", **FLOAT32)


@pytest.mark.exercise("kl_divergence")
@pytest.mark.points(1)
@pytest.mark.hint("z_log_var is the logarithm of the variance, so the variance itself is exp(z_log_var)")
@pytest.mark.parametrize(("variance", "cost"), [(4, 0.806853), (0.25, 0.318147)], ids=["wide", "narrow"])
def test_kl_of_other_variances(student, variance, cost):
    """At mean 0 the KL divergence has its value for a wide and for a narrow distribution."""
    log_var = np.full((5, 3), math.log(variance))
    value = student.probe(on_tensors, student.kl_divergence, np.zeros((5, 3)), log_var)
    assert_close(scalar(value, "the KL divergence"), 3 * cost, "the KL divergence", rtol=1e-5)


@pytest.mark.exercise("kl_divergence")
@pytest.mark.points(1)
@pytest.mark.hint("compute the formula of section 2 entry by entry, then sum over axis -1 and average over the batch")
def test_kl_of_a_batch(student, rng):
    """The KL divergence of a batch of different distributions has the right value."""
    mean, log_var = rng.normal(size=(5, 3)), rng.uniform(-2, 2, size=(5, 3))
    expected = 0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var) / 5
    value = student.probe(on_tensors, student.kl_divergence, mean, log_var)
    assert_close(scalar(value, "the KL divergence"), expected, "the KL divergence", **FLOAT32)


@pytest.mark.exercise("kl_divergence")
@pytest.mark.points(1)
@pytest.mark.hint("average over the batch, sum over the latent dimensions: one mean, one sum, in this order of axes")
@pytest.mark.parametrize(("axis", "factor"), [(0, 1), (1, 2)], ids=["batch", "latent"])
def test_kl_is_a_mean_of_sums(student, rng, axis, factor):
    """Twice the batch leaves the KL divergence as it is, twice the latent dimensions double it."""
    mean, log_var = rng.normal(size=(5, 3)), rng.uniform(-2, 2, size=(5, 3))
    once = scalar(student.probe(on_tensors, student.kl_divergence, mean, log_var), "the KL divergence")
    assert abs(once) > 1e-3, "the KL divergence does not depend on the distribution"
    doubled = (np.concatenate([array, array], axis=axis) for array in (mean, log_var))
    twice = scalar(student.probe(on_tensors, student.kl_divergence, *doubled), "the KL divergence")
    assert_close(twice, factor * once, "the KL divergence of the doubled batch", **FLOAT32)


# 3. reconstruction_loss


@pytest.mark.exercise("reconstruction_loss")
@pytest.mark.points(1)
@pytest.mark.hint("sum over all pixels of an image, then average over the batch: a pixel answered by 0.5 costs ln 2")
@pytest.mark.public
def test_reconstruction_loss_of_undecided_pixels(student):
    """An image of 96 pixels answered by 0.5 everywhere costs 96 ln 2."""
    x = np.tile([0.0, 1.0], (5, 8, 6))[..., np.newaxis]
    value = student.probe(on_tensors, student.reconstruction_loss, x, np.full(x.shape, 0.5))
    assert_close(scalar(value, "the reconstruction loss"), 96 * math.log(2), "the reconstruction loss", rtol=1e-5)


@pytest.mark.exercise("reconstruction_loss")
@pytest.mark.points(2)
@pytest.mark.hint("the original comes first; sum over channels too, where keras.losses.binary_crossentropy averages")
@pytest.mark.parametrize("channels", [1, 3])
def test_reconstruction_loss_of_a_batch(student, rng, channels):
    """The reconstruction loss of gray and of colour images has the right value."""
    x, x_hat = rng.uniform(0, 1, size=(2, 5, 8, 12, channels))
    x_hat = 0.05 + 0.9 * x_hat  # far from where clipping begins
    expected = -np.sum(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)) / 5
    value = student.probe(on_tensors, student.reconstruction_loss, x, x_hat)
    assert_close(scalar(value, "the reconstruction loss"), expected, "the reconstruction loss", rtol=1e-5)


@pytest.mark.exercise("reconstruction_loss")
@pytest.mark.points(0.5)
@pytest.mark.hint("log(0) is minus infinity: keep the answer away from 0 and 1, by 1e-7, before you take logarithms")
def test_reconstruction_loss_is_finite(student):
    """The reconstruction loss stays finite where pixels are exactly 0 and 1, right and wrong."""
    x = np.tile([0.0, 1.0], (5, 8, 6))[..., np.newaxis]
    right = scalar(student.probe(on_tensors, student.reconstruction_loss, x, x), "the reconstruction loss")
    wrong = scalar(student.probe(on_tensors, student.reconstruction_loss, x, 1 - x), "the reconstruction loss")
    assert math.isfinite(right + wrong), "the reconstruction loss is not finite"
    assert abs(right) < 1e-2, "a perfect reconstruction of black and white should cost nothing"
    assert wrong > 96 * 9, "a reconstruction wrong in every pixel should cost much"  # a hair of 1e-4: 9.2 a pixel


@pytest.mark.exercise("reconstruction_loss")
@pytest.mark.points(0.5)
@pytest.mark.hint("divide by the number of images that came in, not by a batch size known beforehand")
def test_reconstruction_loss_is_an_average(student, rng):
    """Every image twice leaves the reconstruction loss as it is."""
    x, x_hat = rng.uniform(0.1, 0.9, size=(2, 5, 8, 12, 1))
    once = scalar(student.probe(on_tensors, student.reconstruction_loss, x, x_hat), "the reconstruction loss")
    assert abs(once) > 1e-3, "the reconstruction loss does not depend on the images"
    doubled = (np.concatenate([array, array]) for array in (x, x_hat))
    twice = scalar(student.probe(on_tensors, student.reconstruction_loss, *doubled), "the reconstruction loss")
    assert_close(twice, once, "the reconstruction loss of the doubled batch", rtol=1e-5)


# 4. encoder


@pytest.mark.exercise("encoder")
@pytest.mark.points(1)
@pytest.mark.hint("return keras.Model(inputs, [z_mean, z_log_var, z]): three outputs, each of latent_dim columns")
@pytest.mark.public
@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 12, 3)], ids=["digits", "colour"])
def test_encoder_gives_three_codes(student, shape):
    """The encoder gives z_mean, z_log_var and z, one row for each image."""
    outputs, _ = student.probe(encode, student.build_encoder, shape, 2, np.full((5, *shape), 0.5))
    assert_shape([0] * len(outputs), (3,), "the list of the encoder's outputs", "(3,)")
    for name, value in zip(("z_mean", "z_log_var", "z"), outputs, strict=True):
        assert_shape(value, (5, 2), name, "(m, d)")


@pytest.mark.exercise("encoder")
@pytest.mark.points(1)
@pytest.mark.hint("compare with the table of section 4: filters, kernels, stride, 100 units, two heads side by side")
def test_encoder_has_the_layers_of_the_page(student):
    """The encoder's weights are those of two convolutions, a dense layer and two heads."""
    _, shapes = student.probe(encode, student.build_encoder, (8, 12, 3), 2, np.full((1, 8, 12, 3), 0.5))
    kernels = [(3, 3, 3, 32), (3, 3, 32, 64), (2 * 3 * 64, 100), (100, 2), (100, 2)]
    expected = sorted(kernels + [(kernel[-1],) for kernel in kernels])
    assert sorted(shapes) == expected, "the encoder's weights do not have the shapes of the page's layers"


@pytest.mark.exercise("encoder")
@pytest.mark.points(1.5)
@pytest.mark.hint("the order is [z_mean, z_log_var, z], and z is Sampling()([z_mean, z_log_var])")
def test_code_is_drawn_from_mean_and_variance(student, rng):
    """The third output is drawn from the normal distribution that the first two describe.

    n = 500 · 40 = 20,000: P(|mean| > 0.03767) = 1e-7, P(S outside [0.94764, 1.05418]) = 1e-7.
    """
    images = 5 * rng.uniform(0, 1, size=(500, 8, 12, 3))  # bright: means and logarithms far from 0
    outputs, _ = student.probe(encode, student.build_encoder, (8, 12, 3), 40, images)
    for value in outputs:
        assert_shape(value, (500, 40), "an output of the encoder", "(m, d)")
    mean, log_var, z = (np.asarray(value, dtype=float) for value in outputs)
    noise = (z - mean) / np.exp(log_var / 2)
    assert abs(noise.mean()) < 0.03767, "z is not centred at z_mean"
    assert 0.94764 < np.mean(noise**2) < 1.05418, "z does not have the variance exp(z_log_var)"


@pytest.mark.exercise("encoder")
@pytest.mark.points(1)
@pytest.mark.hint("no activation in the heads: the logarithm of a variance is negative where the variance is below 1")
@pytest.mark.parametrize("name", ["z_mean", "z_log_var"])
def test_heads_are_linear(student, rng, name):
    """Both heads take values below -1 and above 1.

    Of the 40 dimensions of an untrained head each is positive or negative by chance: P(all alike) = 2e-12.
    """
    images = 1000 * rng.uniform(0, 1, size=(5, 8, 12, 3))
    outputs, _ = student.probe(encode, student.build_encoder, (8, 12, 3), 40, images)
    value = outputs[("z_mean", "z_log_var").index(name)]
    assert_shape(value, (5, 40), name, "(m, d)")
    assert np.min(value) < -1, f"{name} should take values below -1"
    assert np.max(value) > 1, f"{name} should take values above 1"


# 5. decoder


@pytest.mark.exercise("decoder")
@pytest.mark.points(1)
@pytest.mark.hint("compute the first dense layer's size from output_shape, and give the last layer c filters")
@pytest.mark.public
@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 12, 3)], ids=["digits", "colour"])
def test_decoder_gives_images(student, shape):
    """The decoder gives an image of the shape asked for to each code."""
    value = student.probe(decode, student.build_decoder, 2, shape, np.zeros((5, 2)))
    assert_shape(value, (5, *shape), "the decoder's output", "(m, h, w, c)")


@pytest.mark.exercise("decoder")
@pytest.mark.points(1)
@pytest.mark.hint("the last layer's activation is the sigmoid")
def test_pixels_are_probabilities(student, rng):
    """Pixels lie between 0 and 1, and come close to both."""
    value = student.probe(decode, student.build_decoder, 20, (8, 12, 3), 1000 * rng.normal(size=(50, 20)))
    assert_shape(value, (50, 8, 12, 3), "the decoder's output", "(m, h, w, c)")
    assert 0 <= np.min(value) < 0.1, "the darkest pixel should be close to 0, and not below"
    assert 0.9 < np.max(value) <= 1, "the brightest pixel should be close to 1, and not above"


@pytest.mark.exercise("decoder")
@pytest.mark.points(0.5)
@pytest.mark.hint("the first layer takes the whole code")
def test_every_dimension_changes_the_image(student, rng):
    """Each latent dimension changes the image."""
    codes = rng.normal(size=(1, 3)) + np.vstack([np.zeros((1, 3)), 3 * np.eye(3)])
    value = student.probe(decode, student.build_decoder, 3, (8, 12, 3), codes)
    assert_shape(value, (4, 8, 12, 3), "the decoder's output", "(m, h, w, c)")
    changes = np.abs(np.asarray(value)[1:] - np.asarray(value)[0]).reshape(3, -1).max(axis=1)
    assert changes.min() > 1e-4, "a latent dimension has no effect on the image"


# 6. train_step


@pytest.mark.exercise("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("return a dictionary with the result of each tracker; the loss is reconstruction + beta * KL")
@pytest.mark.public
@pytest.mark.parametrize("options", [{}, {"beta": 2.5}], ids=["default", "beta"])
def test_reported_losses_add_up(student, options):
    """fit reports loss, reconstruction_loss and kl_loss, and the first is the sum of the others, KL times beta."""
    history, _ = train(student, draw(np.random.default_rng(3)), options, {"rate": 0.1, "batch_size": 5})
    loss, reconstruction, kl = (reported(history, name) for name in LOSSES)
    assert_shape(kl, (1,), "kl_loss")
    assert kl[0] > 0.01, "kl_loss should be positive here"
    assert_close(loss, reconstruction + options.get("beta", 1.0) * kl, "loss", rtol=1e-5)


@pytest.mark.exercise("train_step")
@pytest.mark.points(1.5)
@pytest.mark.hint("encode the batch, decode the sampled z (not the mean), and use your two losses of sections 2 and 3")
def test_one_step_reports_the_right_losses(student, rng, subtests):
    """One step reports the three losses of its batch."""
    case = draw(rng)
    history, _ = train(student, case, {"beta": 2.5}, {"rate": 0.5, "batch_size": 5})
    losses, _ = step_by_hand(case, 2.5, 0.5)
    for name in LOSSES:
        with subtests.test(name):
            assert_close(reported(history, name), [losses[name]], name, rtol=1e-4)


@pytest.mark.exercise("train_step")
@pytest.mark.points(3)
@pytest.mark.hint("gradients of the total loss, for all of self.trainable_weights, and apply them once")
def test_one_step_moves_every_weight(student, rng, subtests):
    """One step of gradient descent moves all weights of encoder and decoder to the right place."""
    case = draw(rng)
    _, weights = train(student, case, {"beta": 2.5}, {"rate": 0.5, "batch_size": 5})
    _, after = step_by_hand(case, 2.5, 0.5)
    for name, pair in after.networks.items():
        with subtests.test(name):
            for value, expected in zip(weights[name], pair, strict=True):
                assert_close(value, expected, f"the weights behind {name}", **STEP)


@pytest.mark.exercise("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("list the trackers in the property metrics, and update each of them once in a step")
def test_trackers_start_again_with_each_epoch(student, rng):
    """The losses of the second epoch are its own, not averages with the first.

    This one runs as fit does by default, the step traced into a graph.
    """
    case, plan = draw(rng), {"rate": 0.02, "batch_size": 5, "epochs": 2, "eager": False}
    history, _ = train(student, case, {}, plan)
    first, after = step_by_hand(case, 1.0, 0.02)
    second, _ = step_by_hand(after, 1.0, 0.02)
    for name in LOSSES:
        assert_close(reported(history, name, 2), [first[name], second[name]], f"the history of {name}", rtol=1e-4)


@pytest.mark.exercise("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("return what the trackers have averaged over the epoch, not the loss of the batch at hand")
def test_losses_are_averages_over_the_batches(student, rng):
    """The losses of an epoch are averages over its batches, also when the last batch is smaller.

    Learning rate 0. Both averages are right: every batch alike, as Mean does it, or by number of images.
    """
    case = draw(rng, m=7)
    history, _ = train(student, case, {}, {"rate": 0.0, "batch_size": 4})
    big, _ = step_by_hand(case._replace(images=case.images[:4]), 1.0, 0.0)
    small, _ = step_by_hand(case._replace(images=case.images[4:]), 1.0, 0.0)
    for name in LOSSES:
        value = reported(history, name)
        averages = (big[name] + small[name]) / 2, (4 * big[name] + 3 * small[name]) / 7
        nearest = min(averages, key=lambda average: abs(average - value[0]))
        assert_close(value, [nearest], f"{name} over two batches", rtol=1e-5)


def learn_halves(build_encoder, build_decoder, VAE, images, seed):
    """Reconstructions, from the means of the codes, by a VAE trained for 48 steps. Runs beside student code."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    encoder, decoder = build_encoder(images.shape[1:], 2), build_decoder(2, images.shape[1:])
    decoder(encoder(tf.constant(images[:1]))[2])  # layers that are built late are built now
    vae = VAE(encoder, decoder, beta=0.5)
    vae.compile(optimizer=keras.optimizers.Adam(0.01), jit_compile=False)
    vae.optimizer.build(vae.trainable_variables)  # or fit would trace the step twice, for 1.5 s more
    vae.fit(images, batch_size=32, epochs=6, verbose=0)
    return decoder(encoder(tf.constant(images))[0])


def halves(rng, n):
    """Noisy images of 8×8 pixels, half of them bright on the left, half on the right."""
    images = rng.uniform(0, 0.2, size=(n, 8, 8, 1))
    images[: n // 2, :, :4] += 0.8
    images[n // 2 :, :, 4:] += 0.8
    return rng.permutation(images).astype("float32")


@pytest.mark.exercise("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("the checks above help to find the error: begin with the first that fails")
def test_two_kinds_of_images_are_told_apart(student, rng):
    """Two latent dimensions learn to tell two kinds of images apart.

    The squared error of reconstructions, as a share of the mean image's, is 0.04 in the worst of 15 honest runs (the
    reference and two alternatives) and 1 where the code says nothing. Best of two seeds.
    """
    images = halves(rng, 256)
    baseline = np.mean((images - images.mean(axis=0)) ** 2)
    for seed in (1, 2):
        value = student.probe(
            learn_halves, student.build_encoder, student.build_decoder, student.VAE, images.copy(), seed
        )
        assert_shape(value, images.shape, "the reconstruction", "(m, h, w, c)")
        if np.mean((images - np.asarray(value, dtype=float)) ** 2) < 0.5 * baseline:
            return
    raise AssertionError("the model reconstructs hardly better than the mean image")


# 7. generate


def generate_with(generate, latent_dim, shape, n, seeds):
    """Images by a decoder that only gives the codes another shape. Runs beside student code."""
    import keras
    import numpy as np

    decoder = keras.Sequential([keras.Input([latent_dim]), keras.layers.Reshape(shape)])
    return [np.asarray(generate(decoder, n, seed)) for seed in seeds]


@pytest.mark.exercise("generate")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw n codes of decoder.input_shape[-1] numbers each, and decode them")
@pytest.mark.public
def test_generate_gives_n_images(student):
    """generate gives n images of the decoder's shape, each another."""
    (value,) = student.probe(generate_with, student.generate, 12, (2, 3, 2), 5, [0])
    assert_shape(value, (5, 2, 3, 2), "generate(decoder, 5, 0)", "(n, h, w, c)")
    assert len(np.unique(np.reshape(value, (5, 12)), axis=0)) == 5, "generate repeats an image"


@pytest.mark.exercise("generate")
@pytest.mark.points(1)
@pytest.mark.hint("draw from a generator made with the seed: np.random.default_rng(seed).normal(size=(n, d))")
def test_generate_follows_its_seed(student):
    """The same seed gives the same images, another seed others."""
    first, other, again = student.probe(generate_with, student.generate, 12, (2, 3, 2), 5, [3, 4, 3])
    assert_shape(first, (5, 2, 3, 2), "generate(decoder, 5, 3)", "(n, h, w, c)")
    assert_close(again, first, "the images of the same seed", **FLOAT32)
    assert np.abs(np.asarray(other) - np.asarray(first)).max() > 1e-3, "another seed gives the same images"


@pytest.mark.exercise("generate")
@pytest.mark.points(1)
@pytest.mark.hint("codes come from the standard normal distribution, the one that the KL divergence pulls to")
def test_generated_codes_are_standard_normal(student):
    """The decoded codes have mean 0 and variance 1 in every dimension alike.

    n = 2,000 · 8 = 16,000: P(|mean| > 0.04212) = 1e-7, P(S outside [0.94158, 1.06070]) = 1e-7.
    """
    (value,) = student.probe(generate_with, student.generate, 8, (2, 2, 2), 2000, [5])
    assert_shape(value, (2000, 2, 2, 2), "generate(decoder, 2000, 5)", "(n, h, w, c)")
    codes = np.asarray(value, dtype=float)
    assert abs(codes.mean()) < 0.04212, "the codes are not centred at 0"
    assert 0.94158 < np.mean(codes**2) < 1.06070, "the codes do not have variance 1"
