"""A plain script: augmentation with NumPy and PIL, scores computed by hand, model.add, Path instead of os."""

from pathlib import Path

import keras
import numpy as np
from PIL import Image


def parse_filename(name):
    if name.lower().endswith(".jpg.chip.jpg"):
        stem = name[:-13]
    elif name.lower().endswith(".jpg"):
        stem = name[:-4]
    else:
        raise ValueError(name)
    age, gender, race, time = stem.split("_")
    for part in (age, gender, race, time):
        if not part or set(part) - set("0123456789"):
            raise ValueError(f"{part!r} in {name!r}")
    if int(gender) not in (0, 1) or int(race) not in range(5):
        raise ValueError(name)
    return (int(age), int(gender), int(race))

def right_name(path):
    try:
        parse_filename(path.name)
    except ValueError:
        return False
    return path.is_file()

def read(path, size):
    height, width = size
    return np.array(Image.open(path).convert("RGB").resize((width, height), Image.Resampling.BICUBIC))

def load_utkface(folder, size=(50, 50), min_age=None, max_age=None):
    paths = [path for path in sorted(Path(folder).iterdir()) if right_name(path)]
    labels = np.array([parse_filename(path.name) for path in paths]).reshape(-1, 3)
    keep = np.ones(len(paths), dtype=bool)
    if min_age is not None:
        keep &= labels[:, 0] >= min_age
    if max_age is not None:
        keep &= labels[:, 0] <= max_age
    images = np.array([read(path, size) for path, ok in zip(paths, keep) if ok])
    return images.astype("float32") / np.float32(255), labels[keep, 0], labels[keep, 1]

def split(images, labels, test_fraction, seed):
    pick = np.random.default_rng(seed).choice(len(images), size=round(len(images) * test_fraction), replace=False)
    held = np.zeros(len(images), dtype=bool)
    held[pick] = True
    return images[~held], labels[~held], images[held], labels[held]

def altered(image, rng):
    h, w, _ = image.shape
    picture = Image.fromarray((255 * image).round().astype(np.uint8))
    picture = picture.rotate(rng.uniform(-10, 10), Image.Resampling.BILINEAR, fillcolor=picture.getpixel((0, 0)))
    by = rng.uniform(0, 0.1) / 2
    picture = picture.resize((w, h), Image.Resampling.BILINEAR, box=(by * w, by * h, w - by * w, h - by * h))
    array = np.asarray(picture, dtype=np.float32) / 255
    return array[:, ::-1] if rng.random() < 0.5 else array

def balance_classes(images, labels, seed):
    rng = np.random.default_rng(seed)
    n_ones = int(labels.sum())
    n_zeros = len(labels) - n_ones
    rare = 1 if n_ones < n_zeros else 0
    pool = images[labels == rare]
    new = [altered(pool[i % len(pool)], rng) for i in range(abs(n_zeros - n_ones))]
    if not new:
        return images.copy(), labels.copy()
    return np.append(images, np.stack(new), axis=0), np.append(labels, [rare] * len(new))

def body(input_shape):
    model = keras.models.Sequential()
    model.add(keras.layers.Input(shape=input_shape))
    for filters in [32, 64, 128]:
        model.add(keras.layers.Conv2D(filters, kernel_size=3, activation=keras.activations.relu))
        model.add(keras.layers.MaxPooling2D(pool_size=3, strides=2, padding="valid"))
    model.add(keras.layers.Dropout(rate=0.2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(128, activation="relu"))
    return model

def build_gender_model(input_shape):
    model = body(input_shape)
    model.add(keras.layers.Dense(1, "sigmoid"))
    model.compile("adam", "bce", metrics=["accuracy"])
    return model

def build_age_model(input_shape):
    model = body(input_shape)
    model.add(keras.layers.Dense(1))
    model.layers[-1].bias.assign([35.0])
    model.compile("adam", "mean_squared_error", metrics=["mae"])
    return model

def train(model, images, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    losses = []
    for _ in range(epochs):
        losses += model.fit(images, labels, 16, verbose=0).history["loss"]
    return {"loss": losses, "epochs": epochs}

def evaluate(model, images, labels):
    out = np.asarray(model.predict(images, verbose=0), dtype=float)[:, 0]
    if out.min() >= 0 and out.max() <= 1 and set(np.unique(labels)) <= {0, 1}:
        p = np.clip(out, 1e-7, 1 - 1e-7)
        loss = -(labels * np.log(p) + (1 - labels) * np.log(1 - p)).mean()
        return {"loss": float(loss), "accuracy": float(((out > 0.5) == labels).mean())}
    return {"loss": float(((out - labels) ** 2).mean()), "mae": float(np.abs(out - labels).mean())}

def experiment(images, labels, build_model, test_fraction, epochs, seed):
    train_x, train_y, test_x, test_y = split(images, labels, test_fraction, seed)
    keras.utils.set_random_seed(seed)
    model = build_model(train_x.shape[1:])
    history = train(model, *balance_classes(train_x, train_y, seed), epochs, seed)
    scores = evaluate(model, test_x, test_y)
    return [model, history, scores]

def save(model, path):
    model.save(str(path))

def load(path):
    return keras.models.load_model(str(path), compile=True)
