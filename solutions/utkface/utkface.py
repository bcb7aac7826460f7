# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Age and gender from faces
#
# A convolutional network looks at a face and answers two questions: how old, and man or woman?
#
# The network is the short part. Most of the work, here as everywhere, is the way from a folder of files to a number
# that can be believed:
#
# 1. read the labels, which stand in the names of the files;
# 2. load the images, scaled to [0, 1];
# 3. hold a part of them out, and never touch it while training;
# 4. balance the classes, with altered copies of the rarer faces;
# 5. build and train two small networks, one for gender and one for age;
# 6. judge them on faces that they have not met, and keep them in a file.
#
# Examples are rows: `images` has shape (n, h, w, 3), `ages` and `genders` have shape (n,).

# %% [markdown]
# ## The data
#
# [UTKFace](https://susanqq.github.io/UTKFace/) is a set of more than 20,000 photographs of faces, from babies to
# people of 116. **Its licence:** it is offered for non-commercial research only, and the pictures belong to their
# owners. It does not come with this notebook. If you have it, name its folder before you start Jupyter, and everything
# below reads it:
#
# ```
# export UTKFACE_DIR=/path/to/UTKFace
# ```
#
# Without it you work with **drawn faces**. `data/faces.py` draws them; they show nobody, and you may do with them what
# you like. Their files are named like UTKFace's, and go through the same loader. Square glasses mean gender 1,
# round ones gender 0; with age the head grows, the hair turns grey and lines come to the forehead.
#
# A word on the labels. UTKFace has two genders and five "races", most of them put there by a program. A network learns
# what the labels say, not what is true of people. This notebook never uses the race.

# %%
import os
import re
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells little about itself while it starts

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from PIL import Image

sys.path.append("data")
import faces

# %% [markdown]
# **What you train, and what is graded.** At home this notebook draws 600 faces and trains each network for `EPOCHS`
# rounds, about a minute in all on a laptop. Grading sets other numbers here: few faces, and no training at all
# in the notebook's own cells. It then calls your functions with images and networks of its own, small ones, and trains
# those. So your results depend on your functions, not on how long you trained or how good your curves look.
#
# (With the real set, an epoch takes minutes. Begin with a few.)

# %% tags=["parameters"]
N_FACES = 600
EPOCHS = 15

# %%
folder = os.environ.get("UTKFACE_DIR", "")
if not folder:
    folder = "faces"
    faces.write_faces(folder, N_FACES)
names = sorted(os.listdir(folder))
print(len(names), "files, such as", names[0])

# %% [markdown]
# ## 1. Labels in file names
#
# A file is named `[age]_[gender]_[race]_[time].jpg`. `26_1_2_20170116174525125.jpg` shows a woman of 26.
#
# | part | values |
# |---|---|
# | age | one to three digits |
# | gender | 0 (man) or 1 (woman) |
# | race | 0 to 4 |
# | time | digits only |
#
# Two spellings are right as well. The cropped version of the set ends its names in `.jpg.chip.jpg`, and some cameras
# write `.JPG`.
#
# And some names are broken. These stand in the real set:
#
# ```
# 61_1_20170109142408075.jpg               no race
# 53__0_20170116184028385.jpg              no gender
# 24_0_1_20170116220224657 .jpg            a space
# 55_0_0_20170116232725357jpg.jpg          letters in the time
# ```
#
# A function that guesses here puts a wrong label on a face, silently: 61_1_2017… would be of race 20170109142408075.
# Raise a `ValueError` for every name that is not exactly of the form above. The module `re` can help (look for
# `fullmatch`).

# %% exercise="parse_filename"
def parse_filename(name):
    """The labels in the name of a file of UTKFace.

    Args:
        name: str, the name without its folder.

    Returns:
        tuple of three ints: age, gender (0 or 1), race (0 to 4).

    Raises:
        ValueError: the name does not have the form of the table above.
    """
    ### BEGIN SOLUTION
    found = re.fullmatch(r"(\d{1,3})_([01])_([0-4])_\d+\.jpg(\.chip\.jpg)?", name, re.IGNORECASE)
    if found is None:
        raise ValueError(f"not a name of UTKFace: {name!r}")
    age, gender, race, _ = found.groups()
    return int(age), int(gender), int(race)
    ### END SOLUTION

# %% [markdown]
# ## 2. Loading
#
# One function reads a folder. It passes over whatever `parse_filename` refuses, and over files that are no
# pictures of the set (`.DS_Store`, notes, folders).
#
# Four things go wrong here, and none of them raises an error:
#
# - **Scale.** A JPEG holds whole numbers from 0 to 255. A network wants numbers near 1: divide, once.
# - **Channels.** Red, green, blue, in this order. OpenCV, for one, reads them the other way round.
#   A grey picture has one channel, and gets three all the same.
# - **Height and width.** An array is (height, width). PIL's `resize` takes (width, height).
# - **Order.** Image i and label i belong together. Take both from one loop.
#
# `min_age` and `max_age` choose the ages to load, both included; `None` means no limit.

# %% exercise="load_utkface"
def load_utkface(folder, size=(50, 50), min_age=None, max_age=None):
    """Read the faces in a folder, in the order of their names.

    Args:
        folder: str, where the files are.
        size: (height, width) in pixels, what every image is resized to.
        min_age: int, the youngest age to load, or None.
        max_age: int, the oldest age to load, or None.

    Returns:
        images: float32 array (n, height, width, 3), RGB, values from 0 to 1.
        ages: int array (n,).
        genders: int array (n,), values 0 and 1.
    """
    ### BEGIN SOLUTION
    images, ages, genders = [], [], []
    for name in sorted(os.listdir(folder)):
        try:
            age, gender, _ = parse_filename(name)
        except ValueError:
            continue
        if (min_age is not None and age < min_age) or (max_age is not None and age > max_age):
            continue
        with Image.open(os.path.join(folder, name)) as picture:
            resized = picture.convert("RGB").resize((size[1], size[0]))
        images.append(np.asarray(resized, dtype=np.float32) / 255)
        ages.append(age)
        genders.append(gender)
    return np.array(images), np.array(ages), np.array(genders)
    ### END SOLUTION

# %% [markdown]
# Always look at what was loaded, with its labels. Nine faces are enough to see an image that lost its label or its
# colours.

# %%
images, ages, genders = load_utkface(folder)
print("images", images.shape, images.dtype, "from", images.min(), "to", images.max())
figure, axes = plt.subplots(3, 3, figsize=(5, 5.4))
for axis, i in zip(axes.flat, np.linspace(0, len(images) - 1, 9).astype(int)):
    axis.imshow(images[i])
    axis.set_title(f"age {ages[i]}, gender {genders[i]}", fontsize=9)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## 3. A held-out set
#
# A network can learn faces by heart. Only faces that it has never met tell whether it learned more than that.
#
# `split` shuffles the examples and puts a part of them aside. The files are sorted by name, so without shuffling the
# test set would hold the oldest people only (or, as text sorts, those of 7 to 9).
#
# Every example goes to exactly one side, with its own label. The same seed gives the same split, another seed
# another one.

# %% exercise="split"
def split(images, labels, test_fraction, seed):
    """Shuffle the examples, and hold a part of them out.

    Args:
        images: float32 array (n, h, w, 3); left as it is.
        labels: array (n,); left as it is.
        test_fraction: float between 0 and 1; round(test_fraction * n) examples are held out.
        seed: int, decides who is held out.

    Returns:
        train_images, train_labels, test_images, test_labels: four arrays.
    """
    ### BEGIN SOLUTION
    order = np.random.default_rng(seed).permutation(len(images))
    n_test = round(test_fraction * len(images))
    test, train = order[:n_test], order[n_test:]
    return images[train], labels[train], images[test], labels[test]
    ### END SOLUTION

# %% [markdown]
# ## 4. Balance
#
# Two faces of three in the drawn set wear round glasses. A network that always answers "round" is right for two of
# three, and gradient descent finds that answer first.
#
# The cure: add altered copies of faces of the *smaller* class until both classes are equal. A copy is turned by
# up to 10 degrees either way, zoomed by up to 10 % in or out, and flipped left to right half of the time. It shows
# the same person in another moment. Never flip it upside down: nobody stands on their head on a passport photo.
#
# Keras has layers for this: `RandomFlip`, `RandomRotation` (a full turn is 1), `RandomZoom`. They work in training
# only, so call them with `training=True`. With `fill_mode="nearest"` the corners take the colour of the backdrop.
#
# The originals all stay as they are. The copies come after them.

# %% exercise="balance"
def balance_classes(images, labels, seed):
    """Add altered copies of images of the smaller class until both classes have the same size.

    Args:
        images: float32 array (n, h, w, 3), values from 0 to 1; left as it is.
        labels: int array (n,), values 0 and 1, at least one of each; left as it is.
        seed: int; the same seed makes the same copies.

    Returns:
        images: float32 array (n + k, h, w, 3), the n originals and k copies, values from 0 to 1.
        labels: int array (n + k,).
    """
    ### BEGIN SOLUTION
    sizes = np.bincount(labels, minlength=2)
    smaller, missing = np.argmin(sizes), abs(sizes[0] - sizes[1])
    if missing == 0:
        return images, labels
    chosen = np.random.default_rng(seed).choice(np.flatnonzero(labels == smaller), missing)
    augment = keras.Sequential([
        layers.RandomFlip("horizontal", seed=seed),
        layers.RandomRotation(10 / 360, fill_mode="nearest", seed=seed),
        layers.RandomZoom(0.1, fill_mode="nearest", seed=seed),
    ])
    copies = np.clip(augment(images[chosen], training=True), 0, 1)
    return np.concatenate([images, copies]), np.concatenate([labels, labels[chosen]])
    ### END SOLUTION

# %% [markdown]
# Three originals above, three copies below.

# %%
more_images, more_labels = balance_classes(images, genders, 0)
print("before:", np.bincount(genders), "after:", np.bincount(more_labels))
rarer = np.flatnonzero(genders == np.argmin(np.bincount(genders)))[:3]
figure, axes = plt.subplots(2, 3, figsize=(5, 3.6))
for axis, image in zip(axes.flat, [*images[rarer], *more_images[len(images):][:3]]):
    axis.imshow(image)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## 5. A network for gender
#
# Three convolutions look for ever larger patterns, two dense layers decide.
#
# | layer | |
# |---|---|
# | convolution | 32 filters, 3 × 3, ReLU, no padding |
# | max-pooling | 3 × 3, stride 2 |
# | convolution | 64 filters, 3 × 3, ReLU, no padding |
# | max-pooling | 3 × 3, stride 2 |
# | convolution | 128 filters, 3 × 3, ReLU, no padding |
# | max-pooling | 3 × 3, stride 2 |
# | flatten, dropout | 0.2 |
# | dense | 128, ReLU |
# | dense | 1, sigmoid |
#
# The one output is the probability of gender 1. Mind the last activation: a softmax over *one* number is always 1.
# Keras trains such a network without a murmur.
#
# Use Keras's own layers, Sequential or functional. Compile the network for Adam, binary cross-entropy, and the
# metric `"accuracy"`.

# %% exercise="gender_model"
def build_gender_model(input_shape):
    """The network of the table, compiled, not trained.

    Args:
        input_shape: (h, w, 3), the shape of one image.

    Returns:
        a compiled Keras model: images (n, h, w, 3) to probabilities (n, 1).
    """
    ### BEGIN SOLUTION
    model = keras.Sequential([
        keras.Input(input_shape),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(3, strides=2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(3, strides=2),
        layers.Conv2D(128, 3, activation="relu"),
        layers.MaxPooling2D(3, strides=2),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(128, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model
    ### END SOLUTION

# %% [markdown]
# ## 6. A network for age
#
# The same network, but for its end. An age is a number, not a probability: the last layer is linear, the loss is the
# mean squared error, and the metric `"mae"` says by how many years the network is wrong on average.
#
# One trick helps. A fresh network answers about 0, and would spend its first epochs on finding out that people are
# grown up. Let the last layer's bias start at 35 (`bias_initializer=keras.initializers.Constant(35)`), so that it
# starts with a sensible guess. It learns this bias like any other weight.

# %% exercise="age_model"
def build_age_model(input_shape):
    """The network for ages, compiled, not trained; its first guess is about 35.

    Args:
        input_shape: (h, w, 3), the shape of one image.

    Returns:
        a compiled Keras model: images (n, h, w, 3) to ages (n, 1), in years.
    """
    ### BEGIN SOLUTION
    body = build_gender_model(input_shape)
    years = layers.Dense(1, bias_initializer=keras.initializers.Constant(35))(body.layers[-2].output)
    age_model = keras.Model(body.inputs[0], years)
    age_model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return age_model
    ### END SOLUTION

# %%
build_gender_model(images.shape[1:]).summary()

# %% [markdown]
# ## 7. Training
#
# Batches of 16, shuffled in every epoch, with the optimiser and the loss that the model was compiled with. Set the
# seed first (`keras.utils.set_random_seed`), so that the same seed gives the same training: it decides the order of the
# examples.
#
# `train` goes on from the weights that the model has. Called twice, it trains twice.

# %% exercise="train"
def train(model, images, labels, epochs, seed):
    """Train a compiled model, as it is, in batches of 16.

    Args:
        model: a compiled Keras model; its weights change.
        images: float32 array (n, h, w, 3); left as it is.
        labels: array (n,).
        epochs: int, how often to go through all examples.
        seed: int, for the order of the examples.

    Returns:
        dict: "loss" is a list with the loss of each epoch, as Keras's fit reports it. More entries do not harm.
    """
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    history = model.fit(images, labels, batch_size=16, epochs=epochs, verbose=0)
    return history.history
    ### END SOLUTION

# %% [markdown]
# ## 8. Evaluation
#
# The loss and the metric over all the examples given, without training: a dictionary, with the names that the model
# was compiled with. Keras does it in one line (see `return_dict`).

# %% exercise="evaluate"
def evaluate(model, images, labels):
    """How good a model is on some images.

    Args:
        model: a compiled Keras model, such as ours for gender or age.
        images: float32 array (n, h, w, 3).
        labels: array (n,).

    Returns:
        dict of floats: "loss", and "accuracy" (gender, from 0 to 1) or "mae" (age, in years).
    """
    ### BEGIN SOLUTION
    return model.evaluate(images, labels, verbose=0, return_dict=True)
    ### END SOLUTION

# %% [markdown]
# ## 9. The whole experiment
#
# Now put the pieces together, in the right order:
#
# 1. split;
# 2. balance the *training* part only. The test set stays as the world is, without copies;
# 3. build a new network for images of this shape, and train it on the training part;
# 4. evaluate on the held-out part.
#
# Balance before you split, and copies of one face stand on both sides: the test is no test any more.
#
# The seed goes to everything that asks for one. Set Keras's with it before the network is built, too.

# %% exercise="experiment"
def experiment(images, labels, build_model, test_fraction, epochs, seed):
    """Train a new network on a part of the examples, and judge it on the rest.

    Args:
        images: float32 array (n, h, w, 3).
        labels: int array (n,), values 0 and 1.
        build_model: function of an image's shape (h, w, 3) that returns a compiled model, such as build_gender_model.
        test_fraction: float between 0 and 1, the part that is held out: by split, with this seed.
        epochs: int.
        seed: int.

    Returns:
        model: the trained model.
        history: dict, what train returned.
        scores: dict, what evaluate says of the held-out part.
    """
    ### BEGIN SOLUTION
    train_images, train_labels, test_images, test_labels = split(images, labels, test_fraction, seed)
    more_images, more_labels = balance_classes(train_images, train_labels, seed)
    keras.utils.set_random_seed(seed)
    model = build_model(images.shape[1:])
    history = train(model, more_images, more_labels, epochs, seed)
    return model, history, evaluate(model, test_images, test_labels)
    ### END SOLUTION

# %% [markdown]
# Whose glasses are square? Nearly always the network knows.

# %%
gender_model, history, scores = experiment(images, genders, build_gender_model, 0.2, EPOCHS, seed=0)
print("held-out faces:", scores)

# %% [markdown]
# And how old are they? This time we evaluate after every epoch, and draw both curves: the faces that the network
# trains on, and those that it has never met. When the first keeps falling and the second rises, it learns by heart.

# %%
train_images, train_ages, test_images, test_ages = split(images, ages, 0.2, seed=0)
age_model = build_age_model(images.shape[1:])
seen, unseen = [], []
for epoch in range(EPOCHS):
    train(age_model, train_images, train_ages, epochs=1, seed=epoch)
    seen.append(evaluate(age_model, train_images, train_ages)["mae"])
    unseen.append(evaluate(age_model, test_images, test_ages)["mae"])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
left.plot(history.get("loss", []))
left.set(xlabel="epoch", ylabel="cross-entropy", title="gender, training")
right.plot(seen, label="seen")
right.plot(unseen, label="never met")
right.axhline(np.abs(test_ages - np.median(train_ages)).mean(), color="gray", linestyle=":", label="always the median")
right.set(xlabel="epoch", ylabel="years wrong", title="age")
right.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# ## 10. Keeping a model
#
# A trained network is worth a file. Keras's format ends in `.keras`, and holds architecture, weights and optimiser. A
# model that comes back gives the same answers, and can be evaluated and trained further.

# %% exercise="save"
def save(model, path):
    """Write a whole model to a file.

    Args:
        model: a Keras model.
        path: str, ends in .keras.
    """
    ### BEGIN SOLUTION
    model.save(path)
    ### END SOLUTION


def load(path):
    """Read what save wrote.

    Args:
        path: str, ends in .keras.

    Returns:
        a compiled Keras model with the same weights.
    """
    ### BEGIN SOLUTION
    return keras.models.load_model(path)
    ### END SOLUTION

# %%
save(gender_model, "gender.keras")
print("before", gender_model.predict(images[:3], verbose=0)[:, 0])
print("after ", load("gender.keras").predict(images[:3], verbose=0)[:, 0])

# %% [markdown]
# ## Where it ends
#
# Look at the faces that the network gets wrong. They teach more than another percent of accuracy.

# %%
probabilities = gender_model.predict(images, verbose=0)[:, 0]
surprise = np.abs(probabilities - genders)
figure, axes = plt.subplots(1, 5, figsize=(8, 2))
for axis, i in zip(axes, np.argsort(-surprise)):
    axis.imshow(images[i])
    axis.set_title(f"gender {genders[i]}\nsays {probabilities[i]:.2f}", fontsize=9)
    axis.axis("off")
plt.show()

# %% [markdown]
# With the real set, things get harder, and more interesting. Before you use such a network on anybody, ask for whom it
# is wrong: babies, the old, those of whom the set has few? A single number over all faces hides that.
