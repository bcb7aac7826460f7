# id: F43
# technique: the session's encoder writes what the rules forbid: a bool of 7, NaN bytes as text, a shape that lies
# must not: the decoder makes a value of it that compares as wanted
# stops: the decoder checks every byte; a malformed answer ends the session
# layers: none

# %%
import struct
from autograder.sandbox import session, wire
def poisoned(value, to_handle=None):
    return b"a" + struct.pack("<BHBI", 0, 0, 1, 1) + b"\x07"
session.wire.encode = poisoned
