# id: F43
# technique: structs and raw bytes turned into right arrays

# %%
import struct
_train = train
def train(X, y):
    raw = struct.pack("<3d", *_train(X, y))
    return np.frombuffer(raw)
