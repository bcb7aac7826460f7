# id: R39
# technique: segmentation faults, aborts, stack overflows in C and core dumps
# must not: the batch stops, or a core is left
# stops: a crash is charged to its cell or check; RLIMIT_CORE is 0
# layers: none
# earns: 7

# %%
import ctypes, resource
try:
    resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
except (OSError, ValueError):
    pass
def softmax(Z): ctypes.string_at(0)
