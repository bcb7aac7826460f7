# %% [markdown]
# Functional models with activations as layers of their own, pictures by Keras's loader, labels by splitting the name,
# seeds by RandomState.

# %%
import os

import keras
import numpy as np
from keras import layers
from keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D

# %% tags=["parameters"]
N_FACES = 600
EPOCHS = 15

# %%
def parse_filename(name):
    stem, dot, ending = name.lower().partition(".")
    if dot + ending not in (".jpg", ".jpg.chip.jpg"):
        raise ValueError("not a jpg")
    parts = stem.split("_")
    if len(parts) != 4:
        raise ValueError("four parts are needed")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("digits only")
    age, gender, race = map(int, parts[:3])
    if gender > 1 or race > 4:
        raise ValueError("no such gender or race")
    return age, gender, race

# %%
def load_utkface(folder, size=(50, 50), min_age=None, max_age=None):
    low = float("-inf") if min_age is None else min_age
    high = float("inf") if max_age is None else max_age
    rows = []
    for name in sorted(os.listdir(folder)):
        try:
            labels = parse_filename(name)
        except ValueError:
            continue
        if low <= labels[0] <= high:
            picture = keras.utils.load_img(os.path.join(folder, name), target_size=size, interpolation="bilinear")
            rows.append((keras.utils.img_to_array(picture) / 255.0, labels[0], labels[1]))
    if not rows:
        return np.zeros((0, *size, 3), np.float32), np.zeros(0, int), np.zeros(0, int)
    x, a, g = zip(*rows)
    return np.stack(x), np.array(a), np.array(g)

# %%
def split(images, labels, test_fraction, seed):
    index = np.arange(len(labels))
    np.random.RandomState(seed).shuffle(index)
    n_train = len(labels) - int(round(test_fraction * len(labels)))
    a, b = np.split(index, [n_train])
    return np.take(images, a, axis=0), np.take(labels, a), np.take(images, b, axis=0), np.take(labels, b)

# %%
def balance_classes(images, labels, seed):
    zeros, ones = np.where(labels == 0)[0], np.where(labels == 1)[0]
    few, many = sorted((zeros, ones), key=len)
    rng = np.random.RandomState(seed)
    flip = layers.RandomFlip("horizontal", seed=seed)
    turn = layers.RandomRotation((-0.0277, 0.0277), fill_mode="reflect", seed=seed + 1)
    zoom = layers.RandomZoom((-0.1, 0.1), seed=seed + 2)
    x, y = [images], [labels]
    for i in rng.randint(len(few), size=len(many) - len(few)):
        image = images[few[i]][None]
        x.append(np.clip(keras.ops.convert_to_numpy(zoom(turn(flip(image, training=True), training=True), training=True)), 0, 1))
        y.append(labels[few[i]][None])
    return np.vstack(x), np.hstack(y)

# %%
def trunk(input_shape):
    x = inputs = Input(shape=input_shape)
    for filters in (32, 64, 128):
        x = Activation("relu")(Conv2D(filters, (3, 3), padding="valid")(x))
        x = MaxPool2D(pool_size=(3, 3), strides=(2, 2))(x)
    x = Dropout(0.2)(Flatten()(x))
    return inputs, layers.ReLU()(Dense(128)(x))


def build_gender_model(input_shape):
    inputs, x = trunk(input_shape)
    model = keras.Model(inputs, Activation("sigmoid")(Dense(1)(x)), name="gender")
    model.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    return model


def build_age_model(input_shape):
    inputs, x = trunk(input_shape)
    outputs = Dense(1, activation="linear", bias_initializer=keras.initializers.Constant(35.0))(x)
    model = keras.Model(inputs, outputs, name="age")
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.MeanSquaredError(), metrics=["mae"])
    return model

# %%
def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    result = model.fit(x=images, y=labels[:, None], epochs=epochs, batch_size=16, shuffle=True, verbose=2)
    return {name: list(values) for name, values in result.history.items()}


def evaluate(model, images, labels):
    logs = model.evaluate(images, labels[:, None], batch_size=64, verbose=0, return_dict=True)
    return {key: float(value) for key, value in sorted(logs.items())}


def experiment(images, labels, build_model, test_fraction, epochs, seed):
    a, ya, b, yb = split(images, labels, test_fraction, seed)
    a, ya = balance_classes(a, ya, seed)
    keras.utils.set_random_seed(seed)
    net = build_model(a.shape[1:])
    return net, train(net, a, ya, epochs, seed), evaluate(net, b, yb)

# %%
def save(model, path):
    keras.saving.save_model(model, path)


def load(path):
    return keras.saving.load_model(path)
