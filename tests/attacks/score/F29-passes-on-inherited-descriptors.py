# id: F29
# technique: a pass byte, JSON and pickles written to every open descriptor
# must not: one of them reaches something that believes it
# stops: nothing is inherited but the one socket, on which only asked-for answers count
# layers: none

# %%
import os
def spray():
    for fd in range(3, 64):
        for text in (b"\x01", b'{"outcome": "passed"}\n', b"P"):
            try:
                os.write(fd, text)
            except OSError:
                pass
def neuron(x, w, b): spray(); return 0.5
