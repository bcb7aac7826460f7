# %% [markdown]
# Keras's own training step: the model's `call` adds both losses by `add_loss` and keeps them in metrics. The loss that
# Keras then reports weighs each batch by its number of images.

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs
        return mean + tf.exp(log_var / 2) * keras.random.normal(tf.shape(mean))


def kl_divergence(z_mean, z_log_var):
    return -0.5 * tf.reduce_sum(1 + z_log_var - z_mean**2 - tf.exp(z_log_var)) / tf.cast(tf.shape(z_mean)[0], "float32")


def reconstruction_loss(x, x_hat):
    per_image = keras.losses.binary_crossentropy(layers.Flatten()(x), layers.Flatten()(x_hat))
    return tf.reduce_mean(per_image) * np.prod(x.shape[1:])

# %%
def build_encoder(input_shape, latent_dim):
    x = inputs = keras.Input(input_shape)
    for filters in [32, 64]:
        x = layers.Conv2D(filters, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Dense(100, activation="relu")(layers.Flatten()(x))
    heads = layers.Dense(latent_dim)(x), layers.Dense(latent_dim)(x)
    return keras.Model(inputs, (*heads, Sampling()(heads)))


def build_decoder(latent_dim, output_shape):
    x = inputs = keras.Input((latent_dim,))
    small = (output_shape[0] // 4, output_shape[1] // 4, 64)
    x = layers.Reshape(small)(layers.Dense(int(np.prod(small)), activation="relu")(x))
    for filters in [64, 32]:
        x = layers.Conv2DTranspose(filters, 3, activation="relu", strides=2, padding="same")(x)
    return keras.Model(inputs, layers.Conv2DTranspose(output_shape[-1], 3, activation="sigmoid", padding="same")(x))

# %%
class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta=1.0):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.beta = beta
        self.reconstruction = keras.metrics.Mean("reconstruction_loss")
        self.kl = keras.metrics.Mean("kl_loss")

    def call(self, images):
        mean, log_var, z = self.encoder(images)
        result = self.decoder(z)
        reconstruction, kl = reconstruction_loss(images, result), kl_divergence(mean, log_var)
        self.add_loss(reconstruction + self.beta * kl)
        self.reconstruction.update_state(reconstruction)
        self.kl.update_state(kl)
        return result

# %%
def generate(decoder, n, seed):
    codes = keras.random.normal((n, decoder.input_shape[-1]), seed=seed)
    return np.array(decoder(codes))
