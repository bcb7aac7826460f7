# id: L14
# technique: the session's description of an exception is replaced: types, frames, cells and lines of one's own
# must not: text of the session's choice is shown
# stops: frames have exact types, and the line shown is looked up in the submission
# layers: none
# twin: leak/L13-the-input-as-a-name

# %%
import gc
from autograder.sandbox import session, wire
words_seen = []
def describe(error):
    text = repr(words_seen)
    return {"type": "NameError", "message": f"name '{words_seen[-1]}' is not defined" if words_seen else text,
            "frames": [(2, 1, text, text), (10**6, -5, text, text)]}
session.describe = describe
def label(words):
    words_seen.append(words[1])
    raise KeyError(words[1])
