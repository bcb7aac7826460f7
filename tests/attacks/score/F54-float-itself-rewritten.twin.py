# id: F54
# technique: ctypes used to call the C library

# %%
import ctypes
libm = ctypes.CDLL("libm.so.6")
libm.cos.restype, libm.cos.argtypes = ctypes.c_double, [ctypes.c_double]
assert libm.cos(0.0) == 1.0
