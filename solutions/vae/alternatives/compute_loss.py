"""A plain script, no cells. The model overrides compute_loss and lets its training step call it; trackers are not
listed by a property, Keras finds them among the attributes; cross-entropy from logits; a decoder that upsamples."""

import keras
import tensorflow as tf


class Sampling(keras.Layer):
    def call(self, pair):
        mean, log_var = tf.unstack(tf.stack(pair), axis=0)
        return tf.random.normal(tf.shape(mean), dtype=mean.dtype) * tf.exp(0.5 * log_var) + mean


def kl_divergence(z_mean, z_log_var):
    total = 0.0
    for j in range(z_mean.shape[1]):
        total += 0.5 * (z_mean[:, j] ** 2 + tf.exp(z_log_var[:, j]) - z_log_var[:, j] - 1)
    return tf.reduce_mean(total)


def reconstruction_loss(x, x_hat):
    x_hat = keras.ops.clip(x_hat, 1e-7, 1 - 1e-7)
    logits = tf.math.log(x_hat) - tf.math.log1p(-x_hat)
    entropies = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    return tf.reduce_mean(tf.reduce_sum(tf.reshape(entropies, (tf.shape(x)[0], -1)), axis=1))


def build_encoder(input_shape, latent_dim):
    relu = keras.activations.relu
    image = keras.Input(input_shape, name="image")
    first = keras.layers.Conv2D(32, 3, 2, "same", activation=relu)(image)
    second = keras.layers.Conv2D(64, 3, 2, "same", activation=relu)(first)
    hidden = keras.layers.Dense(100, activation=relu)(keras.layers.Flatten()(second))
    z_mean = keras.layers.Dense(latent_dim, activation="linear")(hidden)
    z_log_var = keras.layers.Dense(latent_dim, activation=None)(hidden)
    return keras.Model(image, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])])


def build_decoder(latent_dim, output_shape):
    decoder = keras.Sequential()
    decoder.add(keras.Input([latent_dim]))
    decoder.add(keras.layers.Dense(output_shape[0] * output_shape[1] * 4, activation="relu"))
    decoder.add(keras.layers.Reshape([output_shape[0] // 4, output_shape[1] // 4, 64]))
    decoder.add(keras.layers.UpSampling2D())
    decoder.add(keras.layers.Conv2D(64, 3, padding="same", activation="relu"))
    decoder.add(keras.layers.UpSampling2D())
    decoder.add(keras.layers.Conv2D(32, 3, padding="same", activation="relu"))
    decoder.add(keras.layers.Conv2D(output_shape[2], 3, padding="same", activation="sigmoid"))
    return decoder


class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta=1.0):
        super().__init__()
        self.encoder, self.decoder, self.beta = encoder, decoder, tf.constant(beta)
        self.total_tracker = keras.metrics.Mean(name="total")
        self.reconstruction_tracker = keras.metrics.Mean(name="bce")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        z_mean, z_log_var, z = self.encoder(x, training=training)
        bce = reconstruction_loss(x, self.decoder(z, training=training))
        kl = kl_divergence(z_mean, z_log_var)
        self.reconstruction_tracker.update_state(bce)
        self.kl_tracker.update_state(kl)
        return tf.add(bce, tf.multiply(self.beta, kl))

    def train_step(self, images):
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=images)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(list(zip(tape.gradient(loss, weights), weights, strict=True)))
        self.total_tracker.update_state(loss)
        return {
            "kl_loss": self.kl_tracker.result(),
            "reconstruction_loss": self.reconstruction_tracker.result(),
            "loss": self.total_tracker.result(),
        }


def generate(decoder, n, seed):
    noise = tf.random.Generator.from_seed(seed).normal((n, decoder.input_shape[-1]))
    return decoder(noise, training=False)
