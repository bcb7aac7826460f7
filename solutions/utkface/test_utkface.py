"""Checks of `utkface`, in the order of the page: contract, shape, value, invariance, one step, behaviour.

No image comes from a student: the checks draw or colour their own, and where a label matters the pixels say it.
Networks of the student's are rebuilt in the clean room and compared with a forward pass in NumPy. The functions that
train are given networks of one layer, whose steps have a closed form. Only two checks train a real one.
"""

import importlib.util
import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograder.checks import assert_close, assert_shape

FACES = Path(__file__).parents[2] / "assignments" / "utkface" / "data" / "faces.py"
TIME = "20170116174525125"
KERNELS = ((3, 3, 3, 32), (3, 3, 32, 64), (3, 3, 64, 128))


def jpeg(pixels):
    """An array (h, w, 3) or (h, w) of 0 to 255 as the bytes of a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(stream, "JPEG", quality=95, subsampling=0)
    return stream.getvalue()


def plain(colour, height=24, width=24):
    """A JPEG of one colour."""
    return jpeg(np.full((height, width, 3), colour))


def load_files(load, files, options):
    """Load a folder that holds these files, and nothing else. Runs beside student code."""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        return load(folder, **options)


def loaded(student, files, **options):
    """What load_utkface makes of some files: images, ages, genders, equally many of each."""
    answer = student.probe(load_files, student.load_utkface, files, options)
    assert isinstance(answer, (tuple, list)) and len(answer) == 3, "load_utkface should return images, ages, genders"
    images, ages, genders = (np.asarray(part) for part in answer)
    assert len(images) == len(ages) == len(genders), "load_utkface should return as many ages and genders as images"
    return images, ages, genders


def parts(answer, count, name):
    """The arrays that a function returned, as many as it should."""
    assert isinstance(answer, (tuple, list)) and len(answer) == count, f"{name} should return {count} values"
    return [np.asarray(part) for part in answer]


def numbered(count, height=2, width=3):
    """Images that show their own number: float32 (count, height, width, 3), image i filled with i / 1024."""
    return np.full((count, height, width, 3), np.arange(count).reshape(-1, 1, 1, 1) / 1024, dtype=np.float32)


def numbers(images):
    """The numbers that such images show."""
    return np.rint(np.asarray(images, dtype=float).reshape(len(images), -1).mean(axis=1) * 1024).astype(int)


def draw_faces(rng, count, size=32):
    """Drawn faces that no student has seen: images, ages, genders."""
    spec = importlib.util.spec_from_file_location("faces", FACES)
    faces = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(faces)
    return faces.face_arrays(count, int(rng.integers(2**31)), size)


def forward(weights, images):
    """The page's network in NumPy, up to its last sum: (n, 1)."""
    value = np.asarray(images, dtype=float)
    for kernel, bias in zip(weights[0:6:2], weights[1:6:2], strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(value, (3, 3), axis=(1, 2))
        value = np.maximum(np.einsum("nhwcij,ijcf->nhwf", windows, kernel, optimize=True) + bias, 0)
        pools = np.lib.stride_tricks.sliding_window_view(value, (3, 3), axis=(1, 2))
        value = pools[:, ::2, ::2].max(axis=(-2, -1))
    hidden = np.maximum(value.reshape(len(value), -1) @ weights[6] + weights[7], 0)
    return hidden @ weights[8] + weights[9]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cross_entropy(labels, probabilities):
    """Binary cross-entropy in nats, averaged."""
    p = np.clip(np.asarray(probabilities, dtype=float).ravel(), 1e-7, 1 - 1e-7)
    return -np.mean(np.where(np.asarray(labels) == 1, np.log(p), np.log(1 - p)))


def shapes_of_network(flat):
    """The shapes of the page's weights, in order; `flat` numbers come out of the last pooling."""
    found = [shape for kernel in KERNELS for shape in (kernel, kernel[-1:])]
    return [*found, (flat, 128), (128,), (128, 1), (1,)]


def pages_network(student, build, height=50, width=40):
    """A student's network in the clean room, once its weights have the shapes of the page."""
    model = student.rebuild(build((height, width, 3)))
    found = [tuple(np.shape(weight)) for weight in model.weights]
    flat = 128 * math.prod(size_behind(size) for size in (height, width))
    assert found == shapes_of_network(flat), "the layers do not have the sizes of the page's table"
    return model


def size_behind(size):
    """Height or width behind three convolutions and poolings."""
    for _ in range(3):
        size = (size - 2 - 3) // 2 + 1
    return size


def one_layer(shape, activation, optimizer, rate, loss, metric, weights):
    """A network of one dense layer, compiled. Runs beside student code."""
    import keras

    keras.utils.set_random_seed(0)
    last = keras.layers.Dense(1, activation=activation, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), last])
    chosen = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[optimizer](rate)
    model.compile(optimizer=chosen, loss=loss, metrics=[metric], run_eagerly=True)  # a few steps: no graph pays
    if weights is not None:
        model.set_weights(weights)
    return model


def layer_builder(rate, eager):
    """A function that builds one dense layer with a sigmoid for any shape. Runs beside student code.

    `eager` saves making a graph, which pays only from some fifty steps.
    """
    import keras

    def build(input_shape):
        last = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")
        model = keras.Sequential([keras.Input(tuple(input_shape)), keras.layers.Flatten(), last])
        adam = keras.optimizers.Adam(rate)
        model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"], run_eagerly=eager)
        return model

    return build


def weights_of(model):
    """A model's weights. Runs beside student code."""
    return model.get_weights()


def reset(model, weights):
    """Give a model other weights. Runs beside student code."""
    model.set_weights(weights)


def outputs_of(model, images):
    """A model's outputs. Runs beside student code."""
    return model(images).numpy()


def keras_scores(model, images, labels):
    """What Keras's own evaluate says, by the loss and metrics that the model was compiled with."""
    model.run_eagerly = True  # one batch: no graph pays
    return model.evaluate(images, labels, verbose=0, return_dict=True)


def keras_fit(model, images, ages, left):
    """Keras's own training, so that a check of a network does not depend on `train`: two epochs at a time, at most 24,
    until no more than a part of the ages' variance is left. Runs beside student code."""
    for _ in range(12):
        history = model.fit(images, ages, batch_size=8, epochs=2, verbose=0).history
        if history["loss"][-1] < left * ages.var():
            return


def raises_value_error(function, name):
    """Whether a function refuses a name. Runs beside student code."""
    try:
        function(name)
    except ValueError:
        return True
    return False


def number(scores, key, name):
    """One number of a dictionary."""
    assert isinstance(scores, dict) and key in scores, f"{name} should be a dictionary with an entry {key!r}"
    value = np.asarray(scores[key])
    assert value.size == 1 and value.dtype.kind in "biuf", f"{name}[{key!r}] should be one number"
    return float(value.item())


def experiment(student, images, labels, builder, fraction, epochs, seed):
    """The three things that a student's experiment returns: a handle, a history, scores."""
    answer = student.experiment(images, labels, builder, fraction, epochs, seed)
    assert isinstance(answer, (tuple, list)) and len(answer) == 3, "experiment should return model, history, scores"
    return answer


# 1. parse_filename


@pytest.mark.exercise("parse_filename")
@pytest.mark.points(1)
@pytest.mark.hint("split the name at its underscores, and make ints of the first three parts")
@pytest.mark.public
@pytest.mark.parametrize(
    ("name", "labels"),
    [(f"26_1_2_{TIME}.jpg", (26, 1, 2)), ("8_0_4_20170109204859999.jpg", (8, 0, 4))],
    ids=["adult", "child"],
)
def test_labels_are_read_from_the_name(student, name, labels):
    """The name of a file gives age, gender and race, as whole numbers."""
    answer = student.parse_filename(name)
    assert isinstance(answer, (tuple, list)) and len(answer) == 3, "parse_filename should return (age, gender, race)"
    assert [np.asarray(part).dtype.kind for part in answer] == ["i"] * 3, "age, gender and race should be ints"
    assert [int(part) for part in answer] == list(labels), f"the labels of {name} are {labels}"


@pytest.mark.exercise("parse_filename")
@pytest.mark.points(1)
@pytest.mark.hint("section 1 names two more spellings of the ending, and ages have one to three digits")
@pytest.mark.parametrize("ending", [".jpg.chip.jpg", ".JPG", ".jpg"], ids=["chip", "capitals", "old"])
def test_other_right_spellings_are_read(student, rng, ending):
    """Cropped files, endings in capitals and ages of three digits are read, too."""
    age = int(rng.integers(100, 117) if ending == ".jpg" else rng.integers(1, 99))
    gender, race = int(rng.integers(2)), int(rng.integers(5))
    answer = student.parse_filename(f"{age}_{gender}_{race}_{TIME}{ending}")
    assert list(map(int, answer)) == [age, gender, race], "the labels are not those of the name"


@pytest.mark.exercise("parse_filename")
@pytest.mark.points(1)
@pytest.mark.hint("match the whole name against one pattern; whatever does not match is a ValueError")
@pytest.mark.parametrize(
    "name",
    [
        f"61_1_{TIME}.jpg.chip.jpg",
        f"39_1_{TIME}.jpg",
        f"24_0_1_{TIME} .jpg",
        f"55_0_0_{TIME}jpg.jpg",
        f"53__0_{TIME}.jpg",
        f"26_2_1_{TIME}.jpg",
        f"26_1_7_{TIME}.jpg",
        f"26_1_2_{TIME}.jpg.part",
        ".DS_Store",
    ],
    ids=["no-race-chip", "no-race", "space", "letters", "no-gender", "gender-2", "race-7", "half-loaded", "hidden"],
)
def test_malformed_names_are_refused(student, name):
    """A name that is not of the form raises ValueError."""
    assert student.probe(raises_value_error, student.parse_filename, name) is True, "no ValueError was raised"


# 2. load_utkface


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("collect images and labels in lists, in one loop, and make arrays of them at the end")
@pytest.mark.public
def test_images_have_their_shape(student):
    """Two files become images of 50 × 50 × 3, float32, with their ages and genders."""
    files = {f"30_0_1_{TIME}.jpg": plain((200, 100, 50)), f"4_1_0_{TIME}.jpg": plain((20, 40, 220), 60, 80)}
    images, ages, genders = loaded(student, files)
    assert_shape(images, (2, 50, 50, 3), "images", "(n, h, w, 3)")
    assert images.dtype == np.float32, f"images should be float32, and are {images.dtype}"
    assert sorted(zip(ages.tolist(), genders.tolist(), strict=True)) == [(4, 1), (30, 0)], "ages or genders are wrong"


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("divide by 255, once: PIL and Keras give values from 0 to 255, convert_image_dtype from 0 to 1")
def test_images_are_scaled(student, rng):
    """White is 1, black is 0, and grey in between."""
    level = int(rng.integers(60, 200))
    files = {f"{age}_0_0_{TIME}.jpg": plain(grey) for age, grey in ((10, 0), (20, level), (30, 255))}
    images, ages, _ = loaded(student, files)
    brightness = images.reshape(3, -1).mean(axis=1)[np.argsort(ages)]
    assert_close(brightness, [0, level / 255, 1], "the brightness of black, grey and white", atol=0.02)


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("the channels are red, green, blue: OpenCV reads blue first")
def test_channels_are_red_green_blue(student, rng):
    """A red picture is red, a picture of any colour has that colour."""
    colour = rng.permutation([40, 120, 230])
    images, ages, _ = loaded(student, {f"1_0_0_{TIME}.jpg": plain((254, 0, 0)), f"2_0_0_{TIME}.jpg": plain(colour)})
    shown = images.mean(axis=(1, 2))[np.argsort(ages)]
    assert_close(shown, [[1, 0, 0], colour / 255], "the colours", atol=0.03)


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(0.5)
@pytest.mark.hint("ask for RGB when you open the picture: convert('RGB') in PIL, channels=3 in tf.io.decode_jpeg")
def test_grey_pictures_have_three_channels(student, rng):
    """A picture that is stored in grey has three equal channels."""
    grey = int(rng.integers(60, 200))
    images, _, _ = loaded(student, {f"1_0_0_{TIME}.jpg": jpeg(np.full((24, 24), grey))}, size=(16, 16))
    assert_close(images, np.full((1, 16, 16, 3), grey / 255), "the grey picture", atol=0.02, symbols="(n, h, w, 3)")


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("size is (height, width), and so is an array; PIL's resize takes (width, height)")
def test_height_comes_before_width(student):
    """size is (height, width), and pictures are neither turned nor mirrored."""
    quarters = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]])
    picture = jpeg(quarters.repeat(24, axis=0).repeat(40, axis=1))
    images, _, _ = loaded(student, {f"1_0_0_{TIME}.jpg": picture}, size=(20, 30))
    assert_shape(images, (1, 20, 30, 3), "images", "(n, h, w, 3)")
    corners = images[0][[4, 4, 15, 15], [7, 22, 7, 22]]
    assert_close(corners, quarters.reshape(4, 3) / 255, "the four quarters of the picture", atol=0.1)


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("take image and labels of a file in one turn of the loop; sorting one of them alone mixes them up")
def test_labels_stay_with_their_images(student, rng):
    """Each image keeps the age and the gender of its own file."""
    ages = rng.choice(np.arange(1, 117), size=24, replace=False)
    people = [(int(age), int(rng.integers(2)), int(rng.integers(2, 5))) for age in ages]
    files = {f"{a}_{g}_{r}_{TIME}.jpg": plain((2 * a, 255 * g, 50 * r)) for a, g, r in people}
    images, found_ages, found_genders = loaded(student, files, size=(8, 8))
    assert_shape(images, (24, 8, 8, 3), "images", "(n, h, w, 3)")
    shown = images.mean(axis=(1, 2))
    assert_close(shown[:, 0] * 127.5, found_ages, "the ages that the images show", atol=4)
    assert_close(shown[:, 1], found_genders, "the genders that the images show", atol=0.1)


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("catch the ValueError of parse_filename, and go on with the next file")
def test_malformed_names_and_other_files_are_skipped(student):
    """Malformed names and files that are no pictures are passed over."""
    good = {f"30_0_1_{TIME}.jpg": plain(90), f"41_1_3_{TIME}.jpg.chip.jpg": plain(90)}
    bad = {f"61_1_{TIME}.jpg": plain(90), f"24_0_1_{TIME} .jpg": plain(90), f"53__0_{TIME}.jpg": plain(90)}
    other = {".DS_Store": b"\x00\x00\x00\x01Bud1", "notes.txt": b"ask for more pictures"}
    _, ages, _ = loaded(student, {**bad, **good, **other}, size=(8, 8))
    assert sorted(ages.tolist()) == [30, 41], "the two files with right names should be loaded, and no others"


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(0.5)
@pytest.mark.hint("min_age <= age <= max_age, where a limit that is None does not count")
@pytest.mark.parametrize("limits", [(20, 40), (None, 30), (40, None)], ids=["both", "oldest", "youngest"])
def test_ages_are_limited(student, limits):
    """min_age and max_age choose the ages, both included."""
    present = (1, 19, 20, 21, 30, 31, 39, 40, 41, 90)
    options = {key: age for key, age in zip(("min_age", "max_age"), limits, strict=True) if age is not None}
    _, ages, _ = loaded(student, {f"{age}_0_0_{TIME}.jpg": plain(90) for age in present}, size=(8, 8), **options)
    low, high = options.get("min_age", 0), options.get("max_age", 200)
    assert sorted(ages.tolist()) == [age for age in present if low <= age <= high], "other ages than asked for"


# 3. split


@pytest.mark.exercise("split")
@pytest.mark.points(1)
@pytest.mark.hint("hold round(test_fraction * n) examples out, and return the training part first")
@pytest.mark.public
def test_parts_have_their_sizes(student):
    """A quarter of forty examples is ten: thirty to train on come first, then ten to test."""
    images, labels = numbered(40), np.arange(40)
    answer = parts(student.split(images.copy(), labels.copy(), 0.25, 3), 4, "split")
    names = ("train_images", "train_labels", "test_images", "test_labels")
    for value, shape, name in zip(answer, ((30, 2, 3, 3), (30,), (10, 2, 3, 3), (10,)), names, strict=True):
        assert_shape(value, shape, name)


@pytest.mark.exercise("split")
@pytest.mark.points(1)
@pytest.mark.hint("shuffle images and labels by one and the same order: index both with one permutation")
def test_split_keeps_labels_with_images(student, rng):
    """After the split every image still has its own label."""
    labels = rng.permutation(1000)[:60]
    train_images, train_labels, test_images, test_labels = parts(
        student.split(numbered(60), labels.copy(), 0.3, int(rng.integers(1000))), 4, "split"
    )
    for images, found in ((train_images, train_labels), (test_images, test_labels)):
        assert len(images) == len(found) > 0, "split should return as many labels as images"
        assert_close(found, labels[numbers(images).clip(0, 59)], "the labels", symbols="(n,)")


@pytest.mark.exercise("split")
@pytest.mark.points(1)
@pytest.mark.hint("cut one permutation in two: what is before the cut is not after it")
def test_parts_are_disjoint_and_complete(student, rng):
    """Every example goes to exactly one part."""
    train_images, _, test_images, _ = parts(
        student.split(numbered(60), np.arange(60), 0.3, int(rng.integers(1000))), 4, "split"
    )
    train, test = numbers(train_images), numbers(test_images)
    assert not set(train) & set(test), "some examples are in both parts"
    assert sorted([*train, *test]) == list(range(60)), "some examples are lost, or are there twice"


@pytest.mark.exercise("split")
@pytest.mark.points(1)
@pytest.mark.hint("shuffle before you cut: the files come sorted by name")
def test_split_shuffles(student, rng):
    """Both parts hold the same mixture, though the examples come sorted.

    Kolmogorov and Smirnov's distance between 700 and 300 ages is above 0.2 with probability 1e-7 (asymptotic bound:
    2 exp(-2 D² n m / (n + m)) = 1e-7 at D = 0.2001).
    """
    ages = np.sort(rng.integers(1, 100, size=1000))
    answer = student.split(numbered(1000, 1, 1), ages.copy(), 0.3, int(rng.integers(1000)))
    _, train, _, test = parts(answer, 4, "split")
    for value, shape, name in ((train, (700,), "train_labels"), (test, (300,), "test_labels")):
        assert_shape(value, shape, name)  # both: the table below has a hundred rows of each
    below = [np.mean(np.less_equal.outer(np.arange(100), part), axis=1) for part in (train, test)]
    assert np.abs(below[0] - below[1]).max() < 0.2001, "the parts hold different mixtures of ages"


@pytest.mark.exercise("split")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw the order from a generator with that seed: np.random.default_rng(seed)")
def test_seed_decides_the_split(student, rng):
    """The same seed gives the same split, another seed another one, and the inputs stay as they are.

    Two orders of 40 held-out examples of 200 agree with a probability far below 1e-7.
    """
    images, labels = student.hold(numbered(200)), student.hold(np.arange(200))
    seed = int(rng.integers(1000))
    first, again, other = (
        numbers(parts(student.split(images, labels, 0.2, s), 4, "split")[2]) for s in (seed, seed, seed + 1)
    )
    assert first.tolist() == again.tolist(), "the same seed should give the same split"
    assert sorted(first) != sorted(other), "another seed should give another split"
    assert_close(student.value(images), numbered(200), "images after split")
    assert_close(student.value(labels), np.arange(200), "labels after split")


# 4. balance_classes


def two_classes(rng, small, large, smaller, size=28):
    """Textured images of two classes, shuffled, and their labels: the smaller class is red, the larger one blue."""
    labels = rng.permutation([smaller] * small + [1 - smaller] * large)
    tint = np.where(np.equal.outer(labels, [smaller, 2, 1 - smaller]), 0.5, 0.1)
    images = tint[:, None, None, :] + 0.4 * rng.random((small + large, size, size, 3))
    return images.astype(np.float32), labels


def copies_of(student, images, labels, seed=3):
    """The copies alone, and their labels."""
    more, more_labels = parts(student.balance_classes(images.copy(), labels.copy(), seed), 2, "balance_classes")
    assert more.shape[1:] == images.shape[1:], "balance_classes should not change the shape of an image"
    assert len(more) == len(more_labels), "balance_classes should return as many labels as images"
    return more[len(images) :], more_labels[len(labels) :]


@pytest.mark.exercise("balance")
@pytest.mark.points(1)
@pytest.mark.hint("the smaller class lacks as many images as the larger one has more")
@pytest.mark.public
def test_classes_become_equal(student):
    """Four images of one class and seven of the other become seven and seven."""
    images = np.linspace(0, 1, 11 * 20 * 20 * 3, dtype=np.float32).reshape(11, 20, 20, 3)
    labels = np.array([0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0])
    more, more_labels = parts(student.balance_classes(images, labels, 3), 2, "balance_classes")
    assert_shape(more, (14, 20, 20, 3), "images", "(n + k, h, w, 3)")
    assert_shape(more_labels, (14,), "labels", "(n + k,)")
    assert sorted(more_labels.tolist()) == [0] * 7 + [1] * 7, "both classes should have seven labels"


@pytest.mark.exercise("balance")
@pytest.mark.points(0.5)
@pytest.mark.hint("add the copies behind the originals with np.concatenate; an original is never altered or dropped")
def test_originals_stay(student, rng):
    """The originals come first, unaltered, with their labels."""
    images, labels = two_classes(rng, 5, 8, smaller=1)
    held, held_labels = student.hold(images), student.hold(labels)
    more, more_labels = parts(student.balance_classes(held, held_labels, 3), 2, "balance_classes")
    assert_close(more[:13], images, "the first 13 images", atol=1e-6)
    assert_close(more_labels[:13], labels, "the first 13 labels")
    assert_close(student.value(held), images, "the argument images")


@pytest.mark.exercise("balance")
@pytest.mark.points(1)
@pytest.mark.hint("find out which class is smaller (it can be 0 or 1), and copy images of that class only")
@pytest.mark.parametrize("smaller", [0, 1], ids=["class-0", "class-1"])
def test_copies_show_the_smaller_class(student, rng, smaller):
    """All copies show the smaller class, and are labelled so."""
    images, labels = two_classes(rng, 5, 12, smaller)
    copies, copied_labels = copies_of(student, images, labels)
    assert_shape(copied_labels, (7,), "the labels of the copies")
    assert_close(copied_labels, np.full(7, smaller), "the labels of the copies")
    red, _, blue = copies.mean(axis=(1, 2)).T
    assert (red > blue).all(), "some copies show the larger class"


@pytest.mark.exercise("balance")
@pytest.mark.points(1)
@pytest.mark.hint("a copy is turned and zoomed by the layers of section 4, not only mirrored")
def test_copies_are_altered(student, rng):
    """Copies are neither originals nor their mirror images, and their values stay in [0, 1].

    The images are noise, in which a turn by half a degree moves the mean difference above 0.02. The median of
    20 copies stays below it when ten angles of up to 10 degrees are below 0.5 and ten zooms below 0.5 %: p < 1e-20.
    """
    images, labels = two_classes(rng, 6, 26, smaller=1)
    copies, _ = copies_of(student, images, labels)
    assert len(copies) == 20, "there should be as many copies as the smaller class lacks"
    assert -1e-6 <= copies.min() and copies.max() <= 1 + 1e-6, "the values of the copies leave [0, 1]"
    known = np.concatenate([images, images[:, :, ::-1]])
    distances = [np.abs(known - copy).mean(axis=(1, 2, 3)).min() for copy in copies]
    assert np.median(distances) > 0.02, "the copies are not turned or zoomed"


@pytest.mark.exercise("balance")
@pytest.mark.points(1)
@pytest.mark.hint("RandomFlip('horizontal'), and a factor of 10 / 360 for RandomRotation, which counts full turns")
@pytest.mark.parametrize("axis", ["upright", "mirrored"])
def test_copies_are_upright_and_sometimes_mirrored(student, rng, axis):
    """Copies stay upright, and some of them are mirrored, some not.

    All 40 copies are mirrored alike with probability 2 · 2⁻⁴⁰ = 2e-12.
    """
    images, labels = two_classes(rng, 10, 50, smaller=0)
    ramp = np.linspace(0.4, -0.4, 28)
    images = 0.5 + 0.2 * (images - 0.5) + (ramp[:, None, None] if axis == "upright" else ramp[:, None])
    copies, _ = copies_of(student, images.astype(np.float32), labels)
    assert len(copies) == 40, "there should be as many copies as the smaller class lacks"
    if axis == "upright":
        top, bottom = copies[:, :9].mean(axis=(1, 2, 3)), copies[:, -9:].mean(axis=(1, 2, 3))
        assert (top > bottom).all(), "a copy stands on its head"
    else:
        kept = np.sum(copies[:, :, :9].mean(axis=(1, 2, 3)) > copies[:, :, -9:].mean(axis=(1, 2, 3)))
        assert 0 < kept < 40, "about half of the copies should be mirrored left to right"


@pytest.mark.exercise("balance")
@pytest.mark.points(0.5)
@pytest.mark.hint("where nothing is missing, return the images and labels as they are")
def test_balanced_classes_are_left_alone(student, rng):
    """Two classes of equal size get no copies."""
    images, labels = two_classes(rng, 4, 4, smaller=1)
    more, more_labels = parts(student.balance_classes(images.copy(), labels.copy(), 3), 2, "balance_classes")
    assert_close(more, images, "images", atol=1e-6)
    assert_close(more_labels, labels, "labels")


# 5. gender_model
# Weights are float32 and the forward pass here is float64: after some 700 products a sum, outputs agree within 1e-5.


@pytest.mark.exercise("gender_model")
@pytest.mark.points(0.5)
@pytest.mark.hint("end with layers.Dense(1, activation='sigmoid'): one probability for each image")
@pytest.mark.public
def test_one_probability_for_each_image(student):
    """Four images give four different numbers between 0 and 1."""
    images = np.linspace(0, 1, 4 * 40 * 36 * 3, dtype=np.float32).reshape(4, 40, 36, 3) ** 2
    value = student.probe(outputs_of, student.build_gender_model((40, 36, 3)), images)
    assert_shape(value, (4, 1), "the output", "(n, 1)")
    assert ((value > 0) & (value < 1)).all(), "probabilities should lie between 0 and 1"
    assert len(np.unique(value)) > 1, "the network gives one and the same answer to different images"


@pytest.mark.exercise("gender_model")
@pytest.mark.points(1)
@pytest.mark.hint("compare with the table of section 5: 32, 64, 128 filters, 3 × 3 without padding, dense 128 and 1")
def test_layers_have_their_sizes(student):
    """The layers have the sizes of the table, all weights are trained, and one dropout of 0.2 stands among them."""
    model = pages_network(student, student.build_gender_model)
    assert model.trainable_count == model.count_params(), "some weights are frozen"
    rates = [layer["config"]["rate"] for layer in model.layers if layer["class_name"] == "Dropout"]
    assert rates == [0.2], "there should be one dropout layer, with rate 0.2"


@pytest.mark.exercise("gender_model")
@pytest.mark.points(1.5)
@pytest.mark.hint("ReLU after each convolution and the first dense layer, pooling 3 × 3 with strides=2, a sigmoid last")
def test_probabilities_are_those_of_the_table(student, rng):
    """The network computes what the table says."""
    model = pages_network(student, student.build_gender_model)
    images = rng.random((5, 50, 40, 3)).astype(np.float32)
    expected = sigmoid(forward(model.weights, images))
    assert_close(model.predict(images), expected, "the probabilities", rtol=1e-4, atol=1e-5, symbols="(n, 1)")


@pytest.mark.exercise("gender_model")
@pytest.mark.points(1)
@pytest.mark.hint("compile with loss='binary_crossentropy' and metrics=['accuracy']; the output is no logit")
def test_gender_model_is_compiled_for_cross_entropy(student, rng):
    """The loss is the cross-entropy of the probabilities, the metric their accuracy."""
    images, labels = rng.random((12, 32, 32, 3)).astype(np.float32), rng.permutation([0] * 5 + [1] * 7)
    model = student.build_gender_model((32, 32, 3))
    scores = student.probe(keras_scores, model, images, labels)
    probabilities = student.rebuild(model).predict(images)
    assert_shape(probabilities, (12, 1), "the output", "(n, 1)")
    loss, accuracy = number(scores, "loss", "the scores"), number(scores, "accuracy", "the scores")
    assert_close(loss, cross_entropy(labels, probabilities), "the loss", rtol=1e-4)
    assert_close(accuracy, np.mean((probabilities[:, 0] > 0.5) == labels), "the accuracy", atol=1e-6)


# 6. age_model


@pytest.mark.exercise("age_model")
@pytest.mark.points(1)
@pytest.mark.hint("the layers are those of section 5, but the last one has no activation")
def test_ages_are_those_of_the_table(student, rng):
    """The network is the same up to its last layer, which is linear."""
    model = pages_network(student, student.build_age_model)
    images = rng.random((5, 50, 40, 3)).astype(np.float32)
    expected = forward(model.weights, images)
    assert_close(model.predict(images), expected, "the ages", rtol=1e-4, atol=1e-4, symbols="(n, 1)")


@pytest.mark.exercise("age_model")
@pytest.mark.points(0.5)
@pytest.mark.hint("bias_initializer=keras.initializers.Constant(35) in the last layer")
def test_first_guess_is_a_grown_up(student, rng):
    """An untrained network guesses about 35 years.

    In 200 fresh networks the rest of the sum, under Glorot's rule, moved the mean guess by at most 0.55 years.
    """
    images = rng.random((8, 32, 32, 3)).astype(np.float32)
    guesses = student.rebuild(student.build_age_model((32, 32, 3))).predict(images)
    assert abs(np.mean(guesses) - 35) < 3, "the first guess is far from 35"


@pytest.mark.exercise("age_model")
@pytest.mark.points(0.5)
@pytest.mark.hint("compile with loss='mse' and metrics=['mae']")
def test_age_model_is_compiled_for_squared_errors(student, rng):
    """The loss is the mean squared error, the metric the mean absolute error."""
    images, ages = rng.random((12, 32, 32, 3)).astype(np.float32), rng.integers(1, 90, size=12)
    model = student.build_age_model((32, 32, 3))
    scores = student.probe(keras_scores, model, images, ages)
    errors = student.rebuild(model).predict(images).ravel() - ages
    assert_shape(errors, (12,), "the errors")
    assert_close(number(scores, "loss", "the scores"), np.mean(errors**2), "the loss", rtol=1e-4)
    assert_close(number(scores, "mae", "the scores"), np.abs(errors).mean(), "the mean absolute error", rtol=1e-4)


@pytest.mark.exercise("age_model")
@pytest.mark.points(1)
@pytest.mark.hint("a linear output, the mean squared error, Adam, and the first guess of 35 make it learn quickly")
def test_age_is_learned(student, rng):
    """On new drawn faces, the trained network is wrong by less than 0.6 of what guessing the median is.

    In 19 honest runs the first training left 0.28 to 0.48 of that error, 0.34 on average, after 8 or 10 epochs.
    Where it should ever leave 0.6, the network trains on, and is judged again.
    """
    images, ages, _ = draw_faces(rng, 400)
    baseline = np.abs(np.median(ages[:200]) - ages[200:]).mean()
    model = student.build_age_model((32, 32, 3))
    for left in (0.2, 0.05):
        student.probe(keras_fit, model, images[:200], ages[:200], left)
        guesses = student.rebuild(model).predict(images[200:])
        assert_shape(guesses, (200, 1), "the output", "(n, 1)")
        if np.abs(guesses[:, 0] - ages[200:]).mean() < 0.6 * baseline:
            return
    raise AssertionError("the network does not learn the age from 200 faces")


# 7. train


def squares_by_hand(images, labels, weights, steps, rate):
    """Full-batch descent of one linear layer on the mean squared error: losses before each step, and the weights."""
    x, (w, b) = images.reshape(len(images), -1).astype(float), (np.array(part, dtype=float) for part in weights)
    losses = []
    for _ in range(steps):
        error = x @ w + b - labels[:, None]
        losses.append(np.mean(error**2))
        w, b = w - rate * 2 * x.T @ error / len(x), b - rate * 2 * error.mean(axis=0)
    return losses, w, b


def small_regression(student, rng, count):
    """Images, labels, weights, and a network of one linear layer that has them and learns by plain descent."""
    images, labels = rng.random((count, 3, 4, 3)).astype(np.float32), rng.normal(size=count).astype(np.float32)
    weights = [rng.normal(size=(36, 1)).astype(np.float32) / 6, rng.normal(size=1).astype(np.float32)]
    model = student.probe(one_layer, (3, 4, 3), None, "sgd", 0.05, "mse", "mae", weights)
    return images, labels, weights, model


@pytest.mark.exercise("train")
@pytest.mark.points(1.5)
@pytest.mark.hint("fit the model as it is compiled, on all images and labels, for that many epochs")
def test_three_epochs_move_the_weights_exactly(student, rng):
    """Three epochs of one batch are three steps of gradient descent, from the weights that the model has."""
    images, labels, weights, model = small_regression(student, rng, 12)
    student.train(model, images, labels, 3, 5)
    w, b = student.probe(weights_of, model)
    _, expected_w, expected_b = squares_by_hand(images, labels, weights, 3, 0.05)
    assert_close(w, expected_w, "the weights", rtol=1e-4, atol=1e-5)
    assert_close(b, expected_b, "the bias", rtol=1e-4, atol=1e-5)


@pytest.mark.exercise("train")
@pytest.mark.points(0.5)
@pytest.mark.hint("fit returns an object; its attribute history is the dictionary")
def test_history_has_one_loss_for_each_epoch(student, rng):
    """The history is a dictionary whose "loss" has one number for each epoch."""
    images, labels, weights, model = small_regression(student, rng, 12)
    history = student.train(model, images, labels, 4, 5)
    assert isinstance(history, dict) and "loss" in history, 'train should return a dictionary with an entry "loss"'
    expected, _, _ = squares_by_hand(images, labels, weights, 4, 0.05)
    assert_close(np.asarray(history["loss"]), expected, 'history["loss"]', rtol=1e-4, symbols="(epochs,)")


@pytest.mark.exercise("train")
@pytest.mark.points(1)
@pytest.mark.hint("keras.utils.set_random_seed(seed) before fit, which shuffles by default")
def test_seed_decides_the_order(student, rng):
    """The same seed trains to the same weights, another seed shuffles otherwise, and 16 examples make a batch.

    Two orders of 40 examples fall into the same three batches with probability 16! 16! 8! / 40! < 1e-16.
    """
    images, labels, weights, model = small_regression(student, rng, 40)
    found = []
    for seed in (5, 5, 6):
        student.probe(reset, model, weights)
        student.train(model, images, labels, 1, seed)
        found.append(np.concatenate([part.ravel() for part in student.probe(weights_of, model)]))
    assert_close(found[1], found[0], "the weights of the second training", rtol=1e-6, atol=1e-7)
    assert np.abs(found[2] - found[0]).max() > 1e-5, "another seed should shuffle the examples in another order"


# 8. evaluate


@pytest.mark.exercise("evaluate")
@pytest.mark.points(2)
@pytest.mark.hint("model.evaluate(images, labels, return_dict=True) gives the dictionary over all images")
@pytest.mark.parametrize("kind", ["gender", "age"])
def test_scores_follow_from_the_predictions(student, rng, kind):
    """Loss and metric are those of the predictions on all images."""
    count = 70
    images = rng.normal(size=(count, 3, 4, 3)).astype(np.float32)
    weights = [rng.normal(size=(36, 1)).astype(np.float32) / 6, np.array([0.3], dtype=np.float32)]
    z = (images.reshape(count, -1).astype(float) @ weights[0] + weights[1]).ravel()
    if kind == "gender":
        labels = rng.integers(0, 2, size=count)
        model = student.probe(
            one_layer, (3, 4, 3), "sigmoid", "sgd", 0.1, "binary_crossentropy", "accuracy", weights
        )
        expected = {"loss": cross_entropy(labels, sigmoid(z)), "accuracy": np.mean((z > 0) == labels)}
    else:
        labels = rng.normal(size=count).astype(np.float32)
        model = student.probe(one_layer, (3, 4, 3), None, "sgd", 0.1, "mse", "mae", weights)
        expected = {"loss": np.mean((z - labels) ** 2), "mae": np.abs(z - labels).mean()}
    scores = student.evaluate(model, images, labels)
    for key, value in expected.items():
        assert_close(number(scores, key, "the scores"), value, f"scores[{key!r}]", rtol=1e-4, atol=1e-6)


# 9. experiment
# Its network is given by the check: one dense layer with a sigmoid, fast and known.


@pytest.mark.exercise("experiment")
@pytest.mark.points(1)
@pytest.mark.hint("evaluate on what split(images, labels, test_fraction, seed) held out, without any copies in it")
def test_scores_are_those_of_the_held_out_part(student, rng):
    """The scores are those of the trained model on the held-out part, as split makes it, and on nothing else."""
    images, labels = two_classes(rng, 15, 45, smaller=1, size=12)
    _, _, test_images, test_labels = parts(student.split(images, labels, 0.4, 8), 4, "split")
    model, _, scores = experiment(student, images, labels, student.probe(layer_builder, 0.002, True), 0.4, 3, 8)
    probabilities = student.rebuild(model).predict(test_images.astype(np.float32))
    assert_close(
        number(scores, "loss", "the scores"), cross_entropy(test_labels, probabilities), "the held-out loss", rtol=1e-4
    )


@pytest.mark.exercise("experiment")
@pytest.mark.points(1)
@pytest.mark.hint("train on the training part only: who is right about random labels has seen them")
def test_random_labels_are_met_by_chance(student, rng):
    """Where labels are random, the network is right about half of the held-out images.

    Binomial, n = 200, p = 0.5: the share of right answers leaves [0.31, 0.69] with probability 1e-7.
    """
    images, labels = rng.random((400, 10, 10, 3)).astype(np.float32), rng.permutation([0, 1] * 200)
    _, _, scores = experiment(student, images, labels, student.probe(layer_builder, 0.05, False), 0.5, 6, 8)
    assert 0.31 < number(scores, "accuracy", "the scores") < 0.69, "the network knows held-out images by heart"


@pytest.mark.exercise("experiment")
@pytest.mark.points(1)
@pytest.mark.hint("balance the training part after the split, and train on what balance_classes returned")
def test_training_part_is_balanced(student):
    """On images that tell nothing, a network trained on balanced classes answers one half.

    Black images move the bias alone. Of nine to train on, one or two have label 1; balanced they are one batch, whose
    gradient at one half is exactly zero. As they are, 20 steps of Adam at 0.1 take the answer below 0.3.
    """
    images, labels = np.zeros((10, 8, 8, 3), dtype=np.float32), np.array([0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    model, _, _ = experiment(student, images, labels, student.probe(layer_builder, 0.1, True), 0.1, 20, 8)
    answer = student.rebuild(model).predict(images[:1]).item()
    assert abs(answer - 0.5) < 0.1, "the network has learned which class is the larger one"


@pytest.mark.exercise("experiment")
@pytest.mark.points(1)
@pytest.mark.hint("all pieces are needed here: run the public checks of the sections above, and look at nine faces")
def test_gender_is_learned(student, rng):
    """After the whole experiment, the network tells the genders of new drawn faces: on average 70 in 100 of each.

    Six epochs are enough in 18 of 19 honest runs (0.77 to 1, fifteen of them above 0.99; once 0.52); 18 gave 1 in
    all of six runs. Whoever misses with six gets two trainings of 18, from other seeds.
    """
    images, _, genders = draw_faces(rng, 500)
    for seed, epochs in ((0, 6), (1, 18), (2, 18)):
        arguments = (images[:200], genders[:200], student.build_gender_model, 0.1, epochs, seed)
        probabilities = student.rebuild(experiment(student, *arguments)[0]).predict(images[200:])
        assert_shape(probabilities, (300, 1), "the output", "(n, 1)")
        right = (probabilities[:, 0] > 0.5) == genders[200:]
        share = np.mean([right[genders[200:] == gender].mean() for gender in (0, 1)])
        if share >= 0.7:
            return
    raise AssertionError("the network does not tell the genders of new faces")


# 10. save and load


@pytest.mark.exercise("save")
@pytest.mark.points(1)
@pytest.mark.hint("model.save(path), where path ends in .keras, keeps everything; load_model reads it")
def test_model_comes_back(student, rng):
    """A saved model comes back with its weights, from the file of that name."""
    weights = [rng.normal(size=(36, 1)).astype(np.float32), rng.normal(size=1).astype(np.float32)]
    model = student.probe(one_layer, (3, 4, 3), "sigmoid", "sgd", 0.1, "binary_crossentropy", "accuracy", weights)
    student.save(model, "kept.keras")
    student.probe(reset, model, [0 * part for part in weights])
    assert student.file("kept.keras")[:2] == b"PK", "kept.keras is not a file of Keras's format"
    back = student.rebuild(student.load("kept.keras"))
    images = rng.normal(size=(7, 3, 4, 3)).astype(np.float32)
    expected = sigmoid(images.reshape(7, -1) @ weights[0] + weights[1])
    assert_close(back.predict(images), expected, "the predictions of the loaded model", rtol=1e-4, atol=1e-6)


@pytest.mark.exercise("save")
@pytest.mark.points(1)
@pytest.mark.hint("keras.models.load_model(path) brings loss and metrics back; compile=False leaves them behind")
def test_loaded_model_is_compiled(student, rng):
    """A model that comes back can be evaluated, by the loss that it was compiled with."""
    images, labels, weights, model = small_regression(student, rng, 12)
    student.save(model, "compiled.keras")
    scores = student.probe(keras_scores, student.load("compiled.keras"), images, labels)
    losses, _, _ = squares_by_hand(images, labels, weights, 1, 0.05)
    assert_close(number(scores, "loss", "the scores"), losses[0], "the loss of the loaded model", rtol=1e-4)
