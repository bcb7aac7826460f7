# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   language_info:
#     name: python
# ---

# %% [markdown]
# # A variational autoencoder
#
# An autoencoder squeezes an image into a few numbers, its *code*, and unfolds it again. A variational one goes a
# step further: its codes fill a known space without holes, so that a point picked at random unfolds into an image
# that nobody has drawn before.
#
# $$x \;\longrightarrow\; \text{encoder} \;\longrightarrow\; (\mu, \log\sigma^2)
#   \;\longrightarrow\; z \sim \mathcal{N}(\mu, \sigma^2)
#   \;\longrightarrow\; \text{decoder} \;\longrightarrow\; \hat{x}$$
#
# You write the sampling in the middle, the two losses, both networks, and the training step that ties them together.

# %% [markdown]
# ## How to work
#
# Replace each `raise NotImplementedError()` by your code, and leave names and arguments as they are.
# Rows are examples: a batch of $m$ images has the shape $(m, h, w, c)$, its codes have the shape $(m, d)$.
# Everything is float32, and pixels are numbers from 0 to 1.
#
# After a section, ask the public checks, in a cell of your own:
#
# ```python
# import public_checks
# public_checks.check("sampling", globals())
# ```
#
# The other names are `kl_divergence`, `reconstruction_loss`, `encoder`, `decoder`, `train_step` and `generate`.
# Grading knows more checks than these.
#
# **At home** you train on all images for many epochs; with the digits that takes a few minutes on a laptop without
# a graphics card. **For grading** the notebook runs on 128 images for one epoch, only to see that it runs. No point
# hangs on your pictures or on how long you train: the checks call your functions and train your model
# on small inputs of their own.

# %%
import gzip

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

# %% [markdown]
# These four may be changed. Grading sets its own values here, so do not rely on them further down.

# %% tags=["parameters"]
EPOCHS = 40  # passes over the training images
MAX_IMAGES = 60000  # load at most so many
FASHION_MNIST = ""  # a path to train-images-idx3-ubyte.gz, its labels beside it; "" for the digits
RUN_EAGERLY = False  # True while you look for an error: slower steps, plainer messages

# %% [markdown]
# ## The images
#
# The notebook works offline. Its images are the 1,797 handwritten digits that come with scikit-learn, 8×8 pixels,
# scaled up to 28×28.
#
# If you have Fashion-MNIST on your disk, name its file above: 60,000 pictures of clothes, 28×28, by the same code.
# The file may be gzipped or not, and `train-labels-idx1-ubyte.gz` lies in the same folder.
# (Keras keeps both under `~/.keras/datasets/fashion-mnist` once `keras.datasets.fashion_mnist.load_data()` has run.)
#
# *Licences.* The digits are the test part of *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak,
# UCI Machine Learning Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0.
# Fashion-MNIST is © 2017 Zalando SE, MIT licence; it is not part of this course.

# %%
def read_idx(path):
    """Read an IDX file, the format of MNIST and its kin.

    Args:
        path: str, the file, gzipped if its name ends in .gz.

    Returns:
        uint8 array; an IDX header says its shape.
    """
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        raw = file.read()
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load_images(fashion_mnist=""):
    """Load the images and what they show.

    Args:
        fashion_mnist: str, path of Fashion-MNIST's images, or "" for scikit-learn's digits.

    Returns:
        float32 array (n, 28, 28, 1), pixels from 0 to 1, and int array (n,), labels from 0 to 9.
    """
    if fashion_mnist:
        images = read_idx(fashion_mnist)[..., np.newaxis] / 255
        labels = read_idx(fashion_mnist.replace("images-idx3", "labels-idx1"))
    else:
        digits = load_digits()
        images = tf.image.resize(digits.images[..., np.newaxis] / 16, (28, 28)).numpy()
        labels = digits.target
    return images.astype("float32"), labels.astype(int)


images, labels = load_images(FASHION_MNIST)
images, labels = images[:MAX_IMAGES], labels[:MAX_IMAGES]
x_train, x_test = images[:-10], images[-10:]  # ten images stay unseen
print(f"{len(x_train)} images of shape {x_train.shape[1:]}, pixels from {x_train.min():g} to {x_train.max():g}")

# %% [markdown]
# Rows of pictures are drawn more than once below.

# %%
def show_rows(*rows):
    """Draw rows of images of equal number, one row below the other."""
    picture = np.vstack([np.hstack([np.squeeze(image) for image in row]) for row in rows])
    plt.figure(figsize=(8, 0.8 * len(rows)))
    plt.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    plt.axis("off")
    plt.show()


show_rows(x_train[:10])

# %% [markdown]
# ## 1. A code that is a distribution
#
# For each image the encoder gives not one point but a normal distribution around a point: a mean $\mu$ and a
# variance $\sigma^2$ for each of the $d$ latent dimensions. A variance is positive, a network's output is any number.
# So the network gives $\log\sigma^2$, and that is what `z_log_var` means everywhere on this page.
# The standard deviation is
#
# $$\sigma = \sqrt{e^{\log\sigma^2}} = e^{\frac{1}{2}\log\sigma^2}$$
#
# A random draw has no derivative, and training needs one. The **reparametrisation trick** moves the randomness out
# of the way: draw $\varepsilon$ from a normal distribution that depends on nothing, then shift and stretch it.
#
# $$z = \mu + \sigma\,\varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, 1)$$
#
# Now $z$ is a smooth function of $\mu$ and $\log\sigma^2$. Each image, each dimension and each call get their own
# $\varepsilon$. `tf.random.normal(tf.shape(z_mean))` draws them.

# %% exercise="sampling"
class Sampling(keras.layers.Layer):
    """Draws a code from the distribution that the encoder gives."""

    def call(self, inputs):
        """Draw z = mean + standard deviation * noise, with noise of its own for every entry and every call.

        Args:
            inputs: list [z_mean, z_log_var] of two float32 tensors (m, d).

        Returns:
            float32 tensor (m, d).
        """
        ### BEGIN SOLUTION
        z_mean, z_log_var = inputs
        noise = tf.random.normal(tf.shape(z_mean))
        return z_mean + tf.exp(0.5 * z_log_var) * noise
        ### END SOLUTION

# %% [markdown]
# ## 2. The KL divergence
#
# What keeps the encoder from making every $\sigma$ tiny and sending each image to a far corner of its own? A price:
# the Kullback-Leibler divergence from its distribution to the standard normal one. For normal distributions it is a
# closed formula, a sum over the $d$ latent dimensions:
#
# $$\mathrm{KL}\big(\mathcal{N}(\mu, \sigma^2)\,\big\|\,\mathcal{N}(0, 1)\big)
#   = -\frac{1}{2} \sum_{j=1}^{d} \left(1 + \log\sigma_j^2 - \mu_j^2 - \sigma_j^2\right)$$
#
# It is 0 at $\mu = 0, \sigma = 1$ and positive everywhere else. Printed lecture notes get the sign, the ½, or $\sigma$
# and $\sigma^2$ wrong, so try your function on numbers: each dimension with $\mu = 1$ and $\sigma = 1$ costs 0.5.
#
# Sum over the latent dimensions, average over the batch.

# %% exercise="kl_divergence"
def kl_divergence(z_mean, z_log_var):
    """KL divergence from N(mean, variance) to N(0, 1), summed over dimensions and averaged over the batch.

    Args:
        z_mean: float32 tensor (m, d).
        z_log_var: float32 tensor (m, d), logarithms of the variances.

    Returns:
        float32 scalar tensor, in nats.
    """
    ### BEGIN SOLUTION
    terms = 1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var)
    return tf.reduce_mean(-0.5 * tf.reduce_sum(terms, axis=-1))
    ### END SOLUTION

# %% [markdown]
# ## 3. The reconstruction loss
#
# How well does the decoded image match? Read each pixel as a probability of ink, and binary cross-entropy measures it:
#
# $$-\sum_{\text{pixels, channels}} \left[\, x \log \hat{x} + (1 - x) \log(1 - \hat{x}) \,\right]$$
#
# Again a sum over one image, then the average over the batch. The sum matters: the KL divergence is a sum as well, and
# a mean over 784 pixels would make the image 784 times cheaper than its code.
#
# Two traps. The original comes first: cross-entropy is not symmetric. And `keras.losses.binary_crossentropy`
# *averages* over the last axis, the channels. If you write the formula yourself, keep $\hat{x}$ a hair away from
# 0 and 1 with `tf.clip_by_value` (a hair of 1e-7, as Keras does).
#
# Where pixels are gray, even a perfect copy pays something: the loss never gets to 0, and that is fine.

# %% exercise="reconstruction_loss"
def reconstruction_loss(x, x_hat):
    """Binary cross-entropy, summed over pixels and channels and averaged over the batch; finite at 0 and 1, too.

    Args:
        x: float32 tensor (m, h, w, c), the images, pixels from 0 to 1.
        x_hat: float32 tensor (m, h, w, c), what the decoder makes of them, from 0 to 1.

    Returns:
        float32 scalar tensor, in nats.
    """
    ### BEGIN SOLUTION
    p = tf.clip_by_value(x_hat, 1e-7, 1 - 1e-7)
    entropies = -(x * tf.math.log(p) + (1 - x) * tf.math.log(1 - p))
    return tf.reduce_mean(tf.reduce_sum(entropies, axis=[1, 2, 3]))
    ### END SOLUTION

# %% [markdown]
# ## 4. The encoder
#
# Two convolutions halve the image twice, a dense layer looks at all of it, and two heads give the distribution:
#
# | layer | | output |
# |---|---|---|
# | convolution | 32 filters 3×3, stride 2, padding "same", ReLU | $(m, h/2, w/2, 32)$ |
# | convolution | 64 filters 3×3, stride 2, padding "same", ReLU | $(m, h/4, w/4, 64)$ |
# | flatten, dense | 100 units, ReLU | $(m, 100)$ |
# | dense, `z_mean` | $d$ units, no activation | $(m, d)$ |
# | dense, `z_log_var` | $d$ units, no activation | $(m, d)$ |
# | `Sampling` | of both | $(m, d)$ |
#
# Both heads start from the 100 units, side by side. Means and logarithms may be negative, hence no activation.
#
# A Keras model may have several outputs: `keras.Model(inputs, [first, second, third])`.
# The images' height and width are multiples of 4, here and below.

# %% exercise="encoder"
def build_encoder(input_shape, latent_dim):
    """Build the network that turns images into codes.

    Args:
        input_shape: tuple (h, w, c), h and w multiples of 4.
        latent_dim: int, the number d of latent dimensions.

    Returns:
        keras.Model from images (m, h, w, c) to a list [z_mean, z_log_var, z], each (m, d).
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(input_shape)
    h = keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(inputs)
    h = keras.layers.Conv2D(64, 3, strides=2, padding="same", activation="relu")(h)
    h = keras.layers.Flatten()(h)
    h = keras.layers.Dense(100, activation="relu")(h)
    z_mean = keras.layers.Dense(latent_dim, name="z_mean")(h)
    z_log_var = keras.layers.Dense(latent_dim, name="z_log_var")(h)
    z = Sampling()([z_mean, z_log_var])
    return keras.Model(inputs, [z_mean, z_log_var, z], name="encoder")
    ### END SOLUTION

# %% [markdown]
# ## 5. The decoder
#
# The way back. A dense layer makes a small picture of 64 channels, `Conv2DTranspose` with stride 2 doubles its size
# twice, and a last one mixes the channels into an image:
#
# | layer | | output |
# |---|---|---|
# | dense, reshape | $h/4 \cdot w/4 \cdot 64$ units, ReLU | $(m, h/4, w/4, 64)$ |
# | transposed convolution | 64 filters 3×3, stride 2, padding "same", ReLU | $(m, h/2, w/2, 64)$ |
# | transposed convolution | 32 filters 3×3, stride 2, padding "same", ReLU | $(m, h, w, 32)$ |
# | transposed convolution | $c$ filters 3×3, padding "same", sigmoid | $(m, h, w, c)$ |
#
# The sigmoid makes pixels from 0 to 1, as the reconstruction loss needs them. Take sizes from the arguments: the
# decoder is to work for other images than 28×28 as well.

# %% exercise="decoder"
def build_decoder(latent_dim, output_shape):
    """Build the network that turns codes into images.

    Args:
        latent_dim: int, the number d of latent dimensions.
        output_shape: tuple (h, w, c), h and w multiples of 4.

    Returns:
        keras.Model from codes (m, d) to images (m, h, w, c), pixels from 0 to 1.
    """
    ### BEGIN SOLUTION
    height, width, channels = output_shape
    codes = keras.Input((latent_dim,))
    h = keras.layers.Dense(height // 4 * (width // 4) * 64, activation="relu")(codes)
    h = keras.layers.Reshape((height // 4, width // 4, 64))(h)
    h = keras.layers.Conv2DTranspose(64, 3, strides=2, padding="same", activation="relu")(h)
    h = keras.layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(h)
    pixels = keras.layers.Conv2DTranspose(channels, 3, padding="same", activation="sigmoid")(h)
    return keras.Model(codes, pixels, name="decoder")
    ### END SOLUTION

# %% [markdown]
# ## 6. The model and its training step
#
# The loss adds both prices, with a weight $\beta$ on the second (1 in the original paper):
#
# $$\mathcal{L} = \text{reconstruction} + \beta \cdot \mathrm{KL}$$
#
# No built-in loss of Keras does that, since it needs the codes as well as the images. So the model brings its own
# `train_step`, and `fit` calls it for each batch. Its work, in order:
#
# 1. Within a `tf.GradientTape`: encode the batch, decode the *sampled* code `z`, compute the three losses.
# 2. Ask the tape for the gradients of the total loss by `self.trainable_weights`: encoder *and* decoder.
# 3. Let `self.optimizer` apply them (`apply_gradients` takes pairs of gradient and weight).
# 4. Tell each of the three trackers the loss of this batch (`update_state`), and return their results by name.
#
# A tracker averages over the batches of an epoch. Keras sets all that are listed in `metrics` back before the next one.

# %% exercise="train_step"
class VAE(keras.Model):
    """A variational autoencoder.

    Attributes:
        encoder: keras.Model from images to [z_mean, z_log_var, z].
        decoder: keras.Model from codes to images.
        beta: float, the weight of the KL divergence.
    """

    def __init__(self, encoder, decoder, beta=1.0):
        """Keep both networks and the weight, and make a tracker for each loss."""
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.beta = beta
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction_loss")
        self.kl_tracker = keras.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        """The trackers, which Keras resets at the start of each epoch."""
        return [self.loss_tracker, self.reconstruction_tracker, self.kl_tracker]

    def train_step(self, data):
        """Take one step of the optimizer on one batch.

        Args:
            data: float32 tensor (m, h, w, c), the images of the batch; m may change from batch to batch.

        Returns:
            dict with the running averages "loss", "reconstruction_loss" and "kl_loss".
        """
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            reconstruction = reconstruction_loss(data, self.decoder(z))
            kl = kl_divergence(z_mean, z_log_var)
            loss = reconstruction + self.beta * kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        self.loss_tracker.update_state(loss)
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return {tracker.name: tracker.result() for tracker in self.metrics}
        ### END SOLUTION

# %% [markdown]
# ## Training
#
# Two latent dimensions: few, but one can draw them. `fit` gets the images only, they are their own labels.

# %%
keras.utils.set_random_seed(7)
encoder = build_encoder((28, 28, 1), 2)
decoder = build_decoder(2, (28, 28, 1))
vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(1e-3), run_eagerly=RUN_EAGERLY)
history = vae.fit(x_train, batch_size=128, epochs=EPOCHS, verbose=0).history
for name in ("loss", "reconstruction_loss", "kl_loss"):
    print(f"{name}: {history[name][0]:.1f} in the first epoch, {history[name][-1]:.1f} in the last")

# %% [markdown]
# The reconstruction falls while the KL divergence rises: the model *buys* information about each image, and pays for it
# in nats.

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8))
for axis, name in zip(axes, ("reconstruction_loss", "kl_loss"), strict=True):
    axis.plot(history[name], marker=".")
    axis.set(xlabel="epoch", title=name)
plt.show()

# %% [markdown]
# Above, ten images that the model has never seen; below, what is left of them after the way through two numbers.
# For looking, decode the mean: no noise is wanted here.

# %%
z_mean, z_log_var, z = encoder(x_test)
show_rows(x_test, decoder(z_mean))

# %% [markdown]
# ## 7. New images
#
# The KL divergence has pulled all codes towards the standard normal distribution. So draw codes from it, decode them,
# and look at images that are in no data set. An experiment that nobody can repeat is a rumour: the seed decides all.
#
# The decoder knows how many latent dimensions it takes: `decoder.input_shape[-1]`.
# NumPy's `np.random.default_rng(seed)` has a method `normal`.

# %% exercise="generate"
def generate(decoder, n, seed):
    """Decode codes drawn from the standard normal distribution.

    Args:
        decoder: keras.Model from codes (m, d) to images (m, h, w, c).
        n: int, how many images.
        seed: int; the same seed gives the same images, another seed others.

    Returns:
        float32 array or tensor (n, h, w, c).
    """
    ### BEGIN SOLUTION
    codes = np.random.default_rng(seed).normal(size=(n, decoder.input_shape[-1]))
    return decoder(codes.astype("float32"))
    ### END SOLUTION

# %%
show_rows(generate(decoder, 10, seed=0), generate(decoder, 10, seed=1))

# %% [markdown]
# ## The latent plane
#
# Where does the encoder put its images? Each point is the mean of one image, its colour the label, which training has
# never seen. Look for neighbours: which digits share a border, and why these?

# %%
some = np.random.default_rng(0).permutation(len(images))[:2000]
z_mean, z_log_var, z = encoder(images[some])
figure, axes = plt.subplots(figsize=(5, 4.2))
points = axes.scatter(z_mean[:, 0], z_mean[:, 1], c=labels[some], s=6, cmap="tab10", vmin=-0.5, vmax=9.5)
figure.colorbar(points, ticks=range(10), label="label")
axes.set(xlabel="$z_1$", ylabel="$z_2$", title="means of the codes")
plt.show()

# %% [markdown]
# And the same plane from the other side: decode a grid of points. There are no holes, every point is some image, and
# one digit flows into the next.

# %%
ticks = np.linspace(-2, 2, 12, dtype="float32")
grid = np.stack(np.meshgrid(ticks, ticks[::-1]), axis=-1).reshape(-1, 2)  # (144, 2), z_2 upwards
picture = np.reshape(decoder(grid), (12, 12, 28, 28)).transpose(0, 2, 1, 3).reshape(12 * 28, 12 * 28)
figure, axes = plt.subplots(figsize=(5, 5))
axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1, extent=(-2.2, 2.2, -2.2, 2.2))
axes.set(xlabel="$z_1$", ylabel="$z_2$", title="the decoded plane")
plt.show()

# %% [markdown]
# ## Go on
#
# - Train with `beta=0` and with `beta=5`. What becomes of the plane, and of the samples? Guess first.
# - Ten latent dimensions reconstruct better than two. Do samples get better as well?
# - Walk from one image to another: encode both, decode points on the line between their means.
# - Replace the sampled `z` by the mean in `train_step`. Which of the two losses no longer has any hold on `z_log_var`?
#
# ## Sources
#
# - D. P. Kingma, M. Welling, *Auto-Encoding Variational Bayes*, ICLR (2014), arXiv:1312.6114: the model, the trick,
#   and in appendix B the formula of section 2.
# - D. J. Rezende, S. Mohamed, D. Wierstra, *Stochastic Backpropagation and Approximate Inference in Deep Generative
#   Models*, ICML (2014): the same, found at the same time.
# - I. Higgins et al., *β-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework*,
#   ICLR (2017): the β.
# - H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
#   Algorithms* (2017), arXiv:1708.07747.
