"""A Keras model's architecture, read from hostile JSON and written anew.

Nothing of the session's text goes on to the clean room. Layers, keys and values are looked up in closed lists, and a
new text is made of what was found: names are our own, initialisers are left out (the weights are set anyway), the
compiled part is never read. So there is nothing in it that Keras could load, import or run but its own layers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from autograder.student.namespace import NotAValue

MAX_JSON: Final = 2**20
MAX_LAYERS: Final = 200
_MAX_NESTING: Final = 8
_MAX_NUMBER: Final = 10**9
_MAX_ITEMS: Final = 8
_MAX_SHOWN: Final = 60

_LAYERS: Final = frozenset((
    "Dense", "Conv1D", "Conv2D", "Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D",
    "MaxPooling1D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D",
    "Flatten", "Reshape", "Permute", "RepeatVector", "UpSampling2D", "ZeroPadding2D", "Cropping2D", "Identity",
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization",
    "BatchNormalization", "LayerNormalization", "GroupNormalization",
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax",
    "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
    "Rescaling", "Resizing", "CenterCrop", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness",
))  # fmt: skip
_OPERATIONS: Final = {  # what `x / 255` or `keras.ops.relu(x)` leaves in a functional model
    "keras.src.ops.numpy": frozenset(("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative")),
    "keras.src.ops.nn": frozenset(("Relu", "Sigmoid")),
}
_ACTIVATION_LAYERS: Final = frozenset(("ReLU", "LeakyReLU", "ELU", "Softmax"))
_ACTIVATIONS: Final = frozenset((
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "softplus",
    "softsign", "tanh", "sigmoid", "hard_sigmoid", "log_sigmoid", "softmax", "log_softmax", "exponential",
))  # fmt: skip
_INITIALIZERS: Final = frozenset((
    "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal",
    "Identity", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
))  # fmt: skip
_REGULARIZERS: Final = frozenset(("L1", "L2", "L1L2"))
_CONSTRAINTS: Final = frozenset(("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"))
_DTYPES: Final = frozenset(("float32", "float64"))
_INPUT_DTYPES: Final = _DTYPES | {"uint8", "int32", "int64"}

_NUMBERS: Final = frozenset((
    "units", "filters", "kernel_size", "strides", "pool_size", "dilation_rate", "groups", "depth_multiplier",
    "output_padding", "padding", "use_bias", "keepdims", "target_shape", "dims", "n", "size", "cropping", "rate",
    "noise_shape", "stddev", "l1", "l2", "axis", "momentum", "epsilon", "center", "scale", "offset", "synchronized",
    "renorm", "renorm_momentum", "rms_scaling", "max_value", "min_value", "negative_slope", "threshold", "alpha",
    "shared_axes", "height", "width", "factor", "height_factor", "width_factor", "value_range", "fill_value",
    "crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias",
))  # fmt: skip
_WORDS: Final[dict[str, frozenset[str]]] = {
    "padding": frozenset(("valid", "same", "causal")),
    "data_format": frozenset(("channels_last", "channels_first")),
    "interpolation": frozenset(("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")),
    "fill_mode": frozenset(("constant", "nearest", "wrap", "reflect")),
    "mode": frozenset(("horizontal", "vertical", "horizontal_and_vertical")),
}
_LEFT_OUT: Final = frozenset(("name", "dtype", "seed"))  # read elsewhere, or of no effect on what is recomputed

ALLOWED: Final = ", ".join(sorted(_LAYERS))

Node = dict[str, Any]


class Refused(NotAValue):
    """A model that the clean room does not take; the message is for the student.

    The model was made by student code, which may hold a hidden input by then: what it chose stands between marks.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_CLAIM.sub(r"\1", message))
        self._marked = message

    def sparing(self, source: Collection[str]) -> str:
        """The message for a hidden check: of what student code chose, a few words of its source or of Keras."""
        left = _MAX_CLAIMED_WORDS

        def told(claim: re.Match[str]) -> str:
            nonlocal left
            words = re.findall(r"[\w.]+", claim[1])
            left -= len(words)
            if left < 0 or not all(word in source or _of_keras(word) for word in words):
                return "…"
            quote = "'" if re.fullmatch(r"'[\w.]+'", claim[1]) else ""
            return f"{quote}{', '.join(words)}{quote}" if len(words) == 1 else f"({', '.join(words)})"

        return _CLAIM.sub(told, self._marked)


_CLAIM: Final = re.compile("\x02(.*?)\x03", re.DOTALL)
_MAX_CLAIMED_WORDS: Final = 6


def claimed(text: object) -> str:
    """Mark a part of a `Refused` message as student code's choice."""
    return "\x02" + re.sub("[\x02\x03]", "", str(text)) + "\x03"


def _of_keras(word: str) -> bool:
    """A word of the lists below, or a name that Keras gives, such as `max_pooling2d_1`."""
    base = re.sub(r"_\d{1,2}$", "", word)
    return word in _VOCABULARY or base in _GIVEN_NAMES


@dataclass(frozen=True)
class Architecture:
    """`text` is JSON for the clean room; `layers` describes it; `names` maps its layer names to the student's."""

    text: str
    layers: tuple[Node, ...]
    names: dict[str, str]


def read(text: object) -> Architecture:
    """What the far side's `model.to_json()` says, as far as it is allowed.

    Raises:
        Refused: it is no JSON of a model, too large, or holds what is on no list.
    """
    if type(text) is not str or len(text) > MAX_JSON:
        raise Refused(f"the model's to_json() gives no text of at most {MAX_JSON} characters")
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("the model's to_json() gives no JSON") from None
    reader = _Reader()
    model = reader.model(body, 0)
    return Architecture(json.dumps(model, allow_nan=False), tuple(reader.layers), reader.names)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


class _Reader:
    """Reads one model, nested ones in place. `layers` fills up in the order of the page."""

    def __init__(self) -> None:
        self.layers: list[Node] = []
        self.names: dict[str, str] = {}

    def new_name(self, student_name: str) -> str:
        if len(self.names) >= MAX_LAYERS:
            raise Refused(f"the model has more than {MAX_LAYERS} layers")
        name = f"layer_{len(self.names)}"
        self.names[name] = student_name
        return name

    def model(self, node: object, depth: int) -> Node:
        """A Sequential or functional model, as JSON written anew."""
        kind, label = _kind(node), _label(node, "model")
        if kind not in ("Sequential", "Functional"):
            wanted = "expected is one made by keras.Sequential or keras.Model(inputs, outputs)"
            raise Refused(f"{label} cannot be rebuilt; {wanted}")
        if depth > _MAX_NESTING:
            raise Refused(f"models are nested deeper than {_MAX_NESTING}")
        config = _config(node, label)
        read = self.sequential if kind == "Sequential" else self.functional
        name = self.new_name(label)
        return _model_node(kind, {"name": name, "trainable": _flag(config, label), **read(config, label, depth)})

    def sequential(self, config: Node, label: str, depth: int) -> Node:
        """The layers of a Sequential; what was built on its first data gets its input layer here."""
        listed = _list(config.get("layers"), label)
        layers = [self.part(entry, depth) for entry in listed]
        if not listed or _kind(listed[0]) != "InputLayer":
            first = listed and _kind(listed[0]) in ("Sequential", "Functional")
            if not first:
                shape = _batch_shape(config.get("build_input_shape"), label)
                layers.insert(0, _input_node(self.new_name("input"), shape, "float32"))
        return {"dtype": "float32", "layers": layers}

    def functional(self, config: Node, label: str, depth: int) -> Node:
        """The layers of a functional model with their connections, which name only layers of this model."""
        listed = _list(config.get("layers"), label)
        parts = [self.part(entry, depth) for entry in listed]
        local = {}
        for entry, part in zip(listed, parts, strict=True):
            original = _text(entry.get("name") or _config(entry, label).get("name"), label)
            if original in local:
                raise Refused(f"{label} has two layers of the same name {_shown(original)}")
            local[original] = part["name"] = part["config"]["name"]
        for entry, part in zip(listed, parts, strict=True):
            nodes = _list(entry.get("inbound_nodes", []), label)
            part["inbound_nodes"] = [_connection(node, local, _label(entry)) for node in nodes]
        ends = {key: _references(config.get(key), local, label) for key in ("input_layers", "output_layers")}
        return {"layers": parts, **ends}

    def part(self, node: object, depth: int) -> Node:
        """A layer, an input, an operation or a nested model."""
        kind = _kind(node)
        if kind in ("Sequential", "Functional"):
            return self.model(node, depth + 1)
        label = _label(node)
        config = _config(node, label)
        name = self.new_name(label)
        if kind == "InputLayer":
            shape = _batch_shape(config.get("batch_shape"), label)
            return _input_node(name, shape, _dtype(config, label, _INPUT_DTYPES))
        if kind == "operation":
            module, class_name = _module(node), _class_name(node)
            self.layers.append({"class_name": class_name, "name": _name(node), "config": {}})
            return {"module": module, "class_name": class_name, "config": {"name": name}, "registered_name": class_name}
        if kind != "layer":
            raise Refused(f"{label} cannot be rebuilt; the layers that can are {ALLOWED}")
        written, described = _values(config, label)
        self.layers.append({"class_name": _class_name(node), "name": _name(node), "config": described})
        written |= {"name": name, "dtype": _dtype(config, label, _DTYPES)}
        if "trainable" in config:  # not every layer takes it
            written["trainable"] = _flag(config, label)
        return {"module": "keras.layers", "class_name": _class_name(node), "config": written, "registered_name": None}


# what a node is


def _kind(node: object) -> str:
    """"Sequential", "Functional", "InputLayer", "layer", "operation", or "" for what is on no list."""
    if type(node) is not dict:
        return ""
    module, name, registered = _module(node), _class_name(node), node.get("registered_name")
    if name == "Sequential" and module in ("keras", "keras.models") and registered is None:
        return "Sequential"
    functional = name == "Functional" and module in ("keras", "keras.models", "keras.src.models.functional")
    if functional and registered in (None, "Functional"):
        return "Functional"
    if module == "keras.layers" and registered is None and name in (*_LAYERS, "InputLayer"):
        return "InputLayer" if name == "InputLayer" else "layer"
    if name in _OPERATIONS.get(module, ()) and registered in (None, name):
        return "operation"
    return ""


def _module(node: Any) -> str:
    return str(node["module"]) if type(node) is dict and type(node.get("module")) is str else ""


def _class_name(node: Any) -> str:
    return str(node["class_name"]) if type(node) is dict and type(node.get("class_name")) is str else ""


def _name(node: Any) -> str:
    config = node.get("config") if type(node) is dict else None
    name = config.get("name") if type(config) is dict else None
    return name[:_MAX_SHOWN] if type(name) is str else ""


def _label(node: object, noun: str = "layer") -> str:
    """How a message calls it: `layer 'dense_1' (Dense)`, and whose class it is where it is not Keras's."""
    own = "" if _module(node).startswith("keras") else ", a class that is not Keras's own"
    name = f" {claimed(repr(_name(node)))}" if _name(node) else ""
    kind = claimed(_class_name(node)[:_MAX_SHOWN]) if _class_name(node) else "of no class"
    return f"{noun}{name} ({kind}{own})"


def _shown(value: object) -> str:
    text = repr(value)
    return claimed(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…")


def _config(node: Any, label: str) -> Node:
    config = node.get("config") if type(node) is dict else None
    if type(config) is not dict:
        raise Refused(f"{label} has no configuration")
    return config


def _list(value: object, label: str) -> list[Any]:
    if type(value) is not list:
        raise Refused(f"{label} should hold a list of layers")
    return value


def _text(value: object, label: str) -> str:
    if type(value) is not str:
        raise Refused(f"{label} has a layer without a name")
    return value


# what a layer's configuration may say


def _values(config: Node, label: str) -> tuple[Node, Node]:
    """(as Keras reads it, as a check reads it), key by key."""
    written: Node = {}
    described: Node = {}
    for key, value in config.items():
        if key in _LEFT_OUT or key == "trainable":
            continue
        if value is None:
            described[key] = None
            if key in _NUMBERS or key in _WORDS:
                written[key] = None
            continue
        try:
            reader = _reader(key)
            for_keras, for_checks = reader(key, value)
        except _Unlisted as problem:
            raise Refused(f"{label} cannot be rebuilt: {_shown(key)} is {_shown(value)}; {problem}") from None
        described[key] = for_checks
        if for_keras is not _NOTHING:
            written[key] = for_keras
    return written, described


class _Unlisted(Exception):
    """A value that is on no list; says what is."""


_NOTHING: Final = object()
_Pair = tuple[Any, Any]
_VOCABULARY: Final = frozenset((
    "None", "True", "False", "Lambda", "Sequential", "Functional", "InputLayer", "Embedding", "LSTM", "GRU",
    "SimpleRNN", *_LAYERS, *_ACTIVATIONS, *_INITIALIZERS, *_REGULARIZERS, *_CONSTRAINTS, *_INPUT_DTYPES, *_NUMBERS,
    *_WORDS, *(word for words in _WORDS.values() for word in words),
))  # fmt: skip
_GIVEN_NAMES: Final = frozenset(
    re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", name).lower()
    for name in _VOCABULARY if name[0].isupper()
) | {"conv2d_transpose", "p_re_lu"}  # fmt: skip


def _reader(key: str) -> Callable[[str, Any], _Pair]:
    if key in _NUMBERS or key in _WORDS:
        return _plain
    if key == "activation":
        return _activation
    for suffix, found in (("initializer", _initializer), ("regularizer", _regularizer), ("constraint", _constraint)):
        if key.endswith(f"_{suffix}"):
            return found
    raise _Unlisted("this setting is not among those that can be rebuilt")


def _plain(key: str, value: Any) -> _Pair:
    if type(value) is str:
        if value not in _WORDS.get(key, ()):
            raise _Unlisted(f"allowed are {', '.join(sorted(_WORDS.get(key, ()))) or 'numbers'}")
        return value, value
    if key not in _NUMBERS:
        raise _Unlisted(f"allowed are {', '.join(sorted(_WORDS[key]))}")
    return value, _numbers(value, 0)


def _numbers(value: Any, depth: int) -> Any:
    """A number, or a tuple of numbers or of tuples of numbers."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind in (int, float) and abs(value) <= _MAX_NUMBER:  # false for NaN, too; no float is made of a long integer
        return value
    if kind is list and depth < 2 and len(value) <= _MAX_ITEMS:
        return tuple(_numbers(item, depth + 1) for item in value)
    raise _Unlisted(f"allowed are finite numbers up to {_MAX_NUMBER}, and short lists of them")


def _activation(key: str, value: Any) -> _Pair:
    if type(value) is str and value in _ACTIVATIONS:
        return value, value
    if _kind(value) == "layer" and _class_name(value) in _ACTIVATION_LAYERS:
        written, described = _values(_config(value, key), _label(value))
        layer = {"module": "keras.layers", "class_name": _class_name(value), "config": written, "registered_name": None}
        return layer, {"class_name": _class_name(value), **described}
    raise _Unlisted(f"allowed are Keras's own: {', '.join(sorted(_ACTIVATIONS))}")


def _initializer(key: str, value: Any) -> _Pair:
    name = _built_in(value, "keras.initializers", _INITIALIZERS)
    return _NOTHING, name


def _regularizer(key: str, value: Any) -> _Pair:
    return _with_numbers(value, "keras.regularizers", _REGULARIZERS)


def _constraint(key: str, value: Any) -> _Pair:
    return _with_numbers(value, "keras.constraints", _CONSTRAINTS)


def _built_in(value: Any, module: str, allowed: frozenset[str]) -> str:
    name = _class_name(value)
    if _module(value) != module or name not in allowed or value.get("registered_name") is not None:
        raise _Unlisted(f"allowed are Keras's own: {', '.join(sorted(allowed))}")
    return name


def _with_numbers(value: Any, module: str, allowed: frozenset[str]) -> _Pair:
    name = _built_in(value, module, allowed)
    config = value.get("config")
    if type(config) is not dict or not all(key.isidentifier() and key in _PENALTY_KEYS for key in config):
        raise _Unlisted("its own settings are not those of Keras")
    numbers = {key: _numbers(item, 1) for key, item in config.items()}
    written = {"module": module, "class_name": name, "config": numbers, "registered_name": None}
    return written, {"class_name": name} | numbers


_PENALTY_KEYS: Final = frozenset(("l1", "l2", "max_value", "min_value", "rate", "axis"))


def _flag(config: Node, label: str) -> bool:
    value = config.get("trainable", True)
    if type(value) is not bool:
        raise Refused(f"{label} has trainable set to {_shown(value)}")
    return value


def _dtype(config: Node, label: str, allowed: frozenset[str]) -> str:
    value = config.get("dtype", "float32")
    if type(value) is dict and _class_name(value) == "DTypePolicy":
        policy = value.get("config")
        value = policy.get("name") if type(policy) is dict else None
    if type(value) is not str or value not in allowed:
        raise Refused(f"{label} computes in {_shown(value)}; allowed are {', '.join(sorted(allowed))}")
    return value


def _batch_shape(value: object, label: str) -> list[int | None]:
    """The shape of an input, its batch dimension set free."""
    if type(value) is not list or not 1 <= len(value) <= _MAX_ITEMS:
        raise Refused(f"{label} has no input shape yet: begin the model with keras.Input(shape)")
    for length in value[1:]:
        if length is not None and (type(length) is not int or not 0 < length <= _MAX_NUMBER):
            raise Refused(f"{label} has the input shape {_shown(value)}")
    return [None, *value[1:]]


# how layers are joined


def _connection(node: object, local: dict[str, str], label: str) -> Node:
    """One call of a layer: tensors of this model and numbers as arguments."""
    if type(node) is not dict or type(node.get("args")) is not list or type(node.get("kwargs")) is not dict:
        raise Refused(f"{label} is joined to the model in a way that cannot be rebuilt")
    keywords = {key: value for key, value in node["kwargs"].items() if value is not None}
    if not set(keywords) <= {"training"} or not all(type(value) is bool for value in keywords.values()):
        raise Refused(f"{label} is called with the keywords {_shown(sorted(keywords))}; allowed is training")
    return {"args": [_argument(item, local, label, 0) for item in node["args"]], "kwargs": keywords}


def _argument(value: Any, local: dict[str, str], label: str, depth: int) -> Any:
    if type(value) is list and depth < 2 and len(value) <= MAX_LAYERS:
        return [_argument(item, local, label, depth + 1) for item in value]
    if _class_name(value) == "__keras_tensor__":
        config = _config(value, label)
        shape = _batch_shape(config.get("shape"), label)
        dtype = _dtype(config, label, _INPUT_DTYPES)
        history = _reference(config.get("keras_history"), local, label)
        return {"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": dtype, "keras_history": history}}
    if type(value) in (int, float) and abs(value) <= _MAX_NUMBER:
        return value
    raise Refused(f"{label} is called with {_shown(value)}; allowed are tensors of the model and numbers")


def _reference(value: Any, local: dict[str, str], label: str) -> list[Any]:
    """[layer, which of its calls, which of its outputs]"""
    if type(value) is not list or [type(item) for item in value] != [str, int, int]:
        raise Refused(f"{label} refers to {_shown(value)}, which is no layer of the model")
    name, call, output = value
    if name not in local or not 0 <= call <= MAX_LAYERS or not 0 <= output <= MAX_LAYERS:
        raise Refused(f"{label} refers to {_shown(value)}, which is no layer of the model")
    return [local[name], call, output]


def _references(value: Any, local: dict[str, str], label: str) -> Any:
    if type(value) is list and value and type(value[0]) is str:
        return _reference(value, local, label)
    if type(value) is list and 0 < len(value) <= MAX_LAYERS:
        return [_reference(entry, local, label) for entry in value]
    raise Refused(f"{label} has inputs or outputs in a form that cannot be rebuilt; allowed are one, or a list")


# as Keras writes them


def _input_node(name: str, shape: list[int | None], dtype: str) -> Node:
    config = {"batch_shape": shape, "dtype": dtype, "sparse": False, "name": name}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}


def _model_node(kind: str, config: Node) -> Node:
    if kind == "Sequential":
        return {"module": "keras", "class_name": kind, "config": config, "registered_name": None}
    module = "keras.src.models.functional"
    return {"module": module, "class_name": kind, "config": config, "registered_name": kind}
