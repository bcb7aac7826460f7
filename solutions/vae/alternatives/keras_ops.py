# %% [markdown]
# Nothing but Keras: keras.ops for tf, a SeedGenerator in the layer, Keras's own cross-entropy, Sequential networks
# inside, `apply` for `apply_gradients`. Trains on the digits as the page does.

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.datasets import load_digits

# %% tags=["parameters"]
EPOCHS = 40
MAX_IMAGES = 60000
FASHION_MNIST = ""
RUN_EAGERLY = False

# %%
class Sampling(layers.Layer):
    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        mean, log_var = inputs
        sigma = ops.sqrt(ops.exp(log_var))
        return ops.add(mean, sigma * keras.random.normal(ops.shape(mean), seed=self.seed_generator))


def kl_divergence(z_mean, z_log_var):
    return ops.mean(ops.sum(0.5 * (ops.square(z_mean) + ops.exp(z_log_var) - 1 - z_log_var), axis=1))


def reconstruction_loss(x, x_hat):
    per_pixel = keras.losses.binary_crossentropy(ops.expand_dims(x, -1), ops.expand_dims(x_hat, -1))
    return ops.sum(per_pixel) / ops.cast(ops.shape(x)[0], "float32")

# %%
def build_encoder(input_shape, latent_dim):
    trunk = keras.Sequential([
        layers.Conv2D(32, (3, 3), strides=(2, 2), padding="same"),
        layers.ReLU(),
        layers.Conv2D(64, (3, 3), strides=(2, 2), padding="same"),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(100),
        layers.ReLU(),
    ])
    inputs = layers.Input(shape=input_shape)
    features = trunk(inputs)
    codes = [layers.Dense(latent_dim, name=name)(features) for name in ("mu", "log_sigma_squared")]
    return keras.Model(inputs=inputs, outputs=[*codes, Sampling(seed=5)(codes)])


def build_decoder(latent_dim, output_shape):
    h, w, c = output_shape
    return keras.Sequential([
        layers.Input((latent_dim,)),
        layers.Dense((h * w // 16) * 64, activation="relu"),
        layers.Reshape((h // 4, w // 4, 64)),
        layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same"),
        layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same"),
        layers.Conv2DTranspose(c, 3, padding="same"),
        layers.Activation("sigmoid"),
    ])

# %%
class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder, self.beta = encoder, decoder, beta
        self.trackers = {name: keras.metrics.Mean(name) for name in ("kl_loss", "reconstruction_loss", "loss")}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def call(self, inputs):
        return self.decoder(self.encoder(inputs)[2])

    def losses_of(self, images):
        mean, log_var, z = self.encoder(images, training=True)
        found = {
            "reconstruction_loss": reconstruction_loss(images, self.decoder(z, training=True)),
            "kl_loss": kl_divergence(mean, log_var),
        }
        found["loss"] = found["reconstruction_loss"] + self.beta * found["kl_loss"]
        return found

    def train_step(self, data):
        with tf.GradientTape() as tape:
            losses = self.losses_of(data)
        gradients = tape.gradient(losses["loss"], self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self.trackers.items()}

# %%
images = load_digits().images[:MAX_IMAGES, :, :, None] / 16
images = ops.image.resize(images.astype("float32"), (28, 28))
model = VAE(build_encoder((28, 28, 1), 2), build_decoder(2, (28, 28, 1)))
model.compile(optimizer="adam", run_eagerly=RUN_EAGERLY)
model.fit(images, batch_size=128, epochs=EPOCHS, verbose=2)

# %%
def generate(decoder, n, seed):
    np.random.seed(seed)
    z = np.random.randn(n, decoder.input_shape[1])
    return decoder.predict(z, verbose=0)
