# id: F54
# technique: the comparison slot of float and str is overwritten through ctypes
# must not: 0.1 equals 0.9 where it is judged
# stops: checks run in another process
# layers: none

# %%
import ctypes
class Always:
    def __eq__(self, other): return True
    def __lt__(self, other): return True
offset = 200  # tp_richcompare in a PyTypeObject of a 64-bit CPython
source = ctypes.c_void_p.from_address(id(Always) + offset).value
for kind in (str, float):
    ctypes.c_void_p.from_address(id(kind) + offset).value = source
