# id: F30
# technique: nonce and socket taken from the frame that called; an answer of one's own is sent on them
# must not: the forged answer earns points that it is not worth, or a second one is read as the next check's
# stops: a sent answer is only a value; a duplicate ends the session
# layers: none

# %%
import sys
def forge(value):
    from autograder.sandbox import wire
    frame = sys._getframe(1)
    while frame is not None and "nonce" not in frame.f_locals:
        frame = frame.f_back
    link, nonce = frame.f_locals["link"], frame.f_locals["nonce"]
    body = wire.encode(value)
    link.sendall(wire.HEADER.pack(len(body), nonce, wire.VALUE) + body)
def neuron(x, w, b): forge(True); return True
def label(words): forge(None); forge("passed"); return None
