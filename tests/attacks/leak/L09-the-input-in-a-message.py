# id: L09
# technique: hidden inputs go into exception messages, notes, causes and arguments
# must not: the student reads them
# stops: in hidden checks only the grader's own words and the submission's own lines are shown
# layers: none

# %%
class Wrapped(ValueError):
    def __str__(self): return f"input was {self.args}"
def label(words):
    error = Wrapped(*words)
    error.add_note(repr(words))
    raise error from RuntimeError(repr(words))
def neuron(x, w, b): raise ValueError(f"got {x!r} {w!r} {b!r}")
