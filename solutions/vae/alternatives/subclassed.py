# %% [markdown]
# Networks as classes of their own, layers built at the first call; the loss by the model's method; two tapes' worth of
# gradients from one persistent tape, put together by hand; trackers kept in a list.

# %%
import keras
import tensorflow as tf


# %%
class Sampling(keras.layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs[0], inputs[1]
        return mean + tf.sqrt(tf.exp(log_var)) * tf.random.normal(shape=tf.shape(mean))


def kl_divergence(z_mean, z_log_var):
    sigma = tf.exp(z_log_var / 2)
    per_dimension = (sigma**2 + z_mean**2 - 1) / 2 - tf.math.log(sigma)
    return tf.einsum("md->", per_dimension) / tf.cast(tf.shape(z_mean)[0], tf.float32)


def reconstruction_loss(x, x_hat):
    eps = 1e-7
    total = tf.reduce_sum(x * tf.math.log(x_hat + eps) + (1 - x) * tf.math.log(1 - x_hat + eps), axis=(1, 2, 3))
    return -tf.reduce_mean(total)

# %%
class Encoder(keras.Model):
    def __init__(self, latent_dim):
        super().__init__()
        convolution = {"kernel_size": 3, "strides": 2, "padding": "same", "activation": tf.nn.relu}
        self.first = keras.layers.Conv2D(32, **convolution)
        self.second = keras.layers.Conv2D(64, **convolution)
        self.flatten = keras.layers.Flatten()
        self.dense = keras.layers.Dense(100, "relu")
        self.log_var = keras.layers.Dense(latent_dim)
        self.mean = keras.layers.Dense(latent_dim)
        self.sampling = Sampling()

    def call(self, x):
        h = self.dense(self.flatten(self.second(self.first(x))))
        mean, log_var = self.mean(h), self.log_var(h)
        return mean, log_var, self.sampling((mean, log_var))


def build_encoder(input_shape, latent_dim):
    return Encoder(latent_dim)

# %%
class Decoder(keras.Model):
    def __init__(self, latent_dim, output_shape):
        super().__init__()
        self.height, self.width, channels = output_shape
        self.dense = keras.layers.Dense(self.height // 4 * (self.width // 4) * 64, "relu")
        self.up = [
            keras.layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu")
            for filters in (64, 32)
        ]
        self.last = keras.layers.Conv2DTranspose(channels, 3, padding="same")

    def call(self, z):
        h = tf.reshape(self.dense(z), (-1, self.height // 4, self.width // 4, 64))
        for layer in self.up:
            h = layer(h)
        return tf.sigmoid(self.last(h))


def build_decoder(latent_dim, output_shape):
    return Decoder(latent_dim, output_shape)

# %%
class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta=1.0):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.beta = beta
        self.trackers = [keras.metrics.Mean(name=n) for n in ["loss", "reconstruction_loss", "kl_loss"]]

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, data):
        if isinstance(data, tuple):
            data = data[0]
        with tf.GradientTape(persistent=True) as tape:
            mean, log_var, z = self.encoder(data)
            reconstruction = reconstruction_loss(data, self.decoder(z))
            kl = kl_divergence(mean, log_var)
        weights = self.encoder.trainable_variables + self.decoder.trainable_variables
        of_reconstruction = tape.gradient(reconstruction, weights)
        of_kl = [0.0 if slope is None else slope for slope in tape.gradient(kl, weights)]
        pairs = [(a + self.beta * b, w) for a, b, w in zip(of_reconstruction, of_kl, weights, strict=True)]
        self.optimizer.apply_gradients(pairs)
        for tracker, value in zip(self.trackers, (reconstruction + self.beta * kl, reconstruction, kl), strict=True):
            tracker.update_state(value)
        return {"loss": self.trackers[0].result(), "reconstruction_loss": self.trackers[1].result(),
                "kl_loss": self.trackers[2].result()}

# %%
def generate(decoder, n, seed):
    return decoder(tf.random.stateless_normal((n, decoder.input_shape[-1]), seed=(seed, 0)))
