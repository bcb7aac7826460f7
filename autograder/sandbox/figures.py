"""The matplotlib backend of a session: figures leave as pixels, as soon as a cell shows them or ends.

Pixels rather than PNG bytes: an array is checked by the wire's rules, while a PNG would have to be parsed.
"""

from __future__ import annotations

import base64
import io
from typing import Any, Final

import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

MAX_SIDE: Final = 2000
MAX_FIGURES: Final = 16
MAX_BYTES: Final = 32 * 2**20  # of a cell's figures together: with its output and error they fit one frame of the wire

shown: list[np.ndarray[Any, np.dtype[np.uint8]]] = []


class FigureManager(FigureManagerBase):
    """Shows by keeping the pixels and closing, as notebooks do."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """What `plt.show()` calls."""
        collect()


class FigureCanvas(FigureCanvasAgg):
    """Agg with a manager that knows where figures go."""

    manager_class = FigureManager  # matplotlib types it as a property


def add_png(data: object) -> bool:
    """Keep a picture that is displayed as PNG data, as `Image("cost.png")` is; False when it is none."""
    raw = base64.b64decode(data) if type(data) is str else data
    if type(raw) is not bytes or not raw.startswith(b"\x89PNG"):
        return False
    with Image.open(io.BytesIO(raw), formats=["PNG"]) as picture:
        if _has_room(*picture.size):
            shown.append(np.asarray(picture.convert("RGBA"), dtype=np.uint8))
    return True


def _has_room(width: float, height: float) -> bool:
    """Whether one more picture of so many pixels is taken."""
    held = sum(pixels.nbytes for pixels in shown)
    return len(shown) < MAX_FIGURES and max(width, height) <= MAX_SIDE and held + 4 * width * height <= MAX_BYTES


def collect() -> None:
    """Draw every open figure into `shown`, an array (height, width, 4) of uint8 each, and close them all."""
    for manager in Gcf.get_all_fig_managers():
        figure = manager.canvas.figure
        width, height = figure.get_size_inches() * figure.dpi
        if _has_room(width, height) and figure.get_axes():
            canvas = FigureCanvasAgg(figure)
            canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped
            pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]  # as above
            shown.append(np.array(pixels, dtype=np.uint8))
    Gcf.destroy_all()
