# id: L25
# technique: objects with good names of their own inside

# %%
from dataclasses import dataclass
@dataclass
class Batch:
    words: list
_label = label
def label(words):
    batch = Batch(words)
    assert "Batch" in repr(batch)
    return _label(batch.words)
