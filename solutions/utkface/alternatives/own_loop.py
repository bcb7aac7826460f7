# %% [markdown]
# Training by hand: a GradientTape over shuffled batches; the loss of an epoch is the average over its examples.

# %%
import os
from datetime import datetime

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from matplotlib import image as mpimg
from PIL import Image

# %% tags=["parameters"]
N_FACES = 600
EPOCHS = 15

# %%
def parse_filename(name):
    head, _, tail = name.partition(".")
    fields = head.split("_")
    ok = tail.lower() in ("jpg", "jpg.chip.jpg") and len(fields) == 4
    ok = ok and all(field and all(c in "0123456789" for c in field) for field in fields)
    ok = ok and fields[1] in "01" and fields[2] in "01234" and len(fields[1]) == len(fields[2]) == 1
    if not ok:
        raise ValueError(name)
    return int(fields[0]), int(fields[1]), int(fields[2])


def load_utkface(folder, size=(50, 50), min_age=None, max_age=None):
    found = {"images": [], "ages": [], "genders": []}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        try:
            age, gender, race = parse_filename(entry.name)
        except ValueError:
            continue
        else:
            too_young = age < min_age if min_age is not None else False
            too_old = age > max_age if max_age is not None else False
            if not (too_young or too_old):
                pixels = mpimg.imread(entry.path)
                if pixels.ndim == 2:
                    pixels = np.dstack([pixels] * 3)
                small = Image.fromarray(pixels).resize(size[::-1], Image.Resampling.LANCZOS)
                found["images"].append(np.float32(small) / np.float32(255.0))
                found["ages"].append(age)
                found["genders"].append(gender)
    return np.array(found["images"], dtype="float32"), np.array(found["ages"]), np.array(found["genders"], dtype=np.uint8)


def split(images, labels, test_fraction, seed):
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random(len(images)))
    cut = len(images) - round(len(images) * test_fraction)
    return images[order[:cut]], labels[order[:cut]], images[order[cut:]], labels[order[cut:]]


def balance_classes(images, labels, seed):
    rng = np.random.default_rng(seed)
    counts = {c: np.count_nonzero(labels == c) for c in (0, 1)}
    small = min(counts, key=counts.get)
    turn = layers.RandomRotation(10 / 360, fill_mode="nearest", seed=seed)
    zoom = layers.RandomZoom((-0.1, 0.1), (-0.1, 0.1), fill_mode="nearest", seed=seed)
    while counts[0] != counts[1]:
        number = min(abs(counts[0] - counts[1]), 8)
        batch = images[rng.choice(np.nonzero(labels == small)[0], size=number)]
        mirrored = rng.random(number) < 0.5
        batch = np.where(mirrored[:, None, None, None], batch[:, :, ::-1], batch)
        batch = np.clip(ops.convert_to_numpy(zoom(turn(batch, training=True), training=True)), 0.0, 1.0)
        images = np.concatenate([images, batch.astype(np.float32)])
        labels = np.concatenate([labels, np.full(number, small, dtype=labels.dtype)])
        counts[small] += number
    return images, labels


def network(input_shape, *last):
    return keras.Sequential(
        [keras.Input(input_shape)]
        + [
            layer
            for filters in (32, 64, 128)
            for layer in (layers.Conv2D(filters, 3), layers.ReLU(), layers.MaxPooling2D((3, 3), strides=(2, 2)))
        ]
        + [layers.Flatten(), layers.Dropout(0.2), layers.Dense(128, activation="relu"), *last]
    )


def build_gender_model(input_shape):
    model = network(input_shape, layers.Dense(1), layers.Activation("sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build_age_model(input_shape):
    model = network(input_shape, layers.Dense(1, bias_initializer=keras.initializers.Constant(value=35)))
    model.compile(optimizer=keras.optimizers.Adam(), loss=keras.losses.MeanSquaredError(), metrics=["mae"])
    return model


def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = tf.constant(images), tf.constant(np.asarray(labels, dtype=np.float32).reshape(-1, 1))
    model.optimizer.build(model.trainable_variables)

    @tf.function
    def step(xb, yb):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x=xb, y=yb, y_pred=model(xb, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    history = {"loss": [], "at": []}
    for epoch in range(epochs):
        order, total = rng.permutation(len(images)), 0.0
        for start in range(0, len(order), 16):
            batch = order[start : start + 16]
            total += float(step(tf.gather(x, batch), tf.gather(y, batch))) * len(batch)
        history["loss"].append(total / len(order))
        history["at"].append(datetime.now().isoformat())
    return history


def evaluate(model, images, labels):
    result = model.evaluate(x=images, y=np.asarray(labels).reshape(-1, 1), batch_size=len(images), return_dict=True, verbose=0)
    return {name: float(value) for name, value in result.items()}


def experiment(images, labels, build_model, test_fraction, epochs, seed):
    parts = split(images, labels, test_fraction, seed)
    x, y = balance_classes(parts[0], parts[1], seed)
    keras.utils.set_random_seed(seed)
    model = build_model(images[0].shape)
    history = train(model, x, y, epochs, seed)
    return model, history, evaluate(model, parts[2], parts[3])


def save(model, path):
    model.save(path)


def load(path):
    return keras.models.load_model(path)
