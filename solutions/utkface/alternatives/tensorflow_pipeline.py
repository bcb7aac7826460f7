# %% [markdown]
# Files by tf.io, a tf.data pipeline in train, augmentation image by image, scikit-learn's split.

# %%
import glob
import os
import re

import keras
import numpy as np
import tensorflow as tf
from sklearn.model_selection import train_test_split

# %% tags=["parameters"]
N_FACES = 600
EPOCHS = 15

# %%
NAME = re.compile(r"^([0-9]+)_(0|1)_(0|1|2|3|4)_([0-9]+)\.(jpg|jpg\.chip\.jpg|JPG)$")


def parse_filename(name):
    m = NAME.match(name)
    if m:
        return tuple(int(x) for x in m.group(1, 2, 3))
    raise ValueError("malformed name: " + name)

# %%
def load_utkface(folder, size=(50, 50), min_age=None, max_age=None):
    images = []
    labels = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*"))):
        try:
            age, gender, race = parse_filename(os.path.basename(path))
        except ValueError:
            continue
        if min_age is not None and age < min_age:
            continue
        if max_age is not None and age > max_age:
            continue
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        image = tf.image.convert_image_dtype(image, tf.float32)
        images.append(tf.image.resize(image, size))
        labels.append([age, gender])
    labels = np.array(labels, dtype=np.int32).reshape(-1, 2)
    return tf.stack(images).numpy(), labels[:, 0], labels[:, 1]

# %%
def split(images, labels, test_fraction, seed):
    n_test = round(test_fraction * len(images))
    a, b, ya, yb = train_test_split(images, labels, test_size=n_test, random_state=seed, shuffle=True)
    return a, ya, b, yb

# %%
def balance_classes(images, labels, seed):
    smaller = int((labels == 1).sum() < (labels == 0).sum())
    pool = images[labels == smaller]
    missing = int((labels != smaller).sum() - (labels == smaller).sum())
    pipeline = keras.Sequential()
    pipeline.add(keras.layers.RandomRotation(1 / 36, seed=seed))
    pipeline.add(keras.layers.RandomZoom(height_factor=0.1, seed=seed))
    pipeline.add(keras.layers.RandomFlip(mode="horizontal", seed=seed))
    copies = []
    for i in range(missing):
        copies.append(pipeline(pool[i % len(pool)][None], training=True)[0])
    if missing == 0:
        return images, labels
    copies = tf.clip_by_value(tf.stack(copies), 0.0, 1.0).numpy()
    return np.concatenate((images, copies)), np.concatenate((labels, np.full(missing, smaller, dtype=labels.dtype)))

# %%
def cnn(input_shape, head, loss, metric):
    stack = [tf.keras.Input(input_shape)]
    for filters in (32, 64, 128):
        stack.append(tf.keras.layers.Conv2D(filters, (3, 3), activation="relu"))
        stack.append(tf.keras.layers.MaxPooling2D((3, 3), (2, 2)))
    stack += [tf.keras.layers.Flatten(), tf.keras.layers.Dropout(0.2), tf.keras.layers.Dense(128, "relu"), head]
    model = tf.keras.Sequential(stack)
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.001), loss=loss, metrics=[metric])
    return model


def build_gender_model(input_shape):
    return cnn(input_shape, tf.keras.layers.Dense(1, activation="sigmoid"), "binary_crossentropy", "accuracy")


def build_age_model(input_shape):
    head = tf.keras.layers.Dense(1, bias_initializer=tf.keras.initializers.Constant(35))
    return cnn(input_shape, head, "mean_squared_error", "mae")

# %%
def train(model, images, labels, epochs, seed):
    tf.keras.utils.set_random_seed(seed)
    data = tf.data.Dataset.from_tensor_slices((images, np.asarray(labels, np.float32).reshape(-1, 1)))
    data = data.shuffle(len(images), seed=seed, reshuffle_each_iteration=True).batch(16).prefetch(tf.data.AUTOTUNE)
    return model.fit(data, epochs=epochs, verbose=0).history


def evaluate(model, images, labels):
    data = tf.data.Dataset.from_tensor_slices((images, np.asarray(labels, np.float32).reshape(-1, 1))).batch(32)
    return model.evaluate(data, return_dict=True, verbose=0)


def experiment(images, labels, build_model, test_fraction, epochs, seed):
    x, y, test_x, test_y = split(images, labels, test_fraction, seed)
    x, y = balance_classes(x, y, seed)
    tf.keras.utils.set_random_seed(seed)
    model = build_model(x[0].shape)
    history = train(model, x, y, epochs=epochs, seed=seed)
    return model, history, evaluate(model, test_x, test_y)

# %%
def save(model, path):
    model.save(path, overwrite=True)


def load(path):
    return tf.keras.models.load_model(path)
