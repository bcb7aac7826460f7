# id: X03
# technique: numpy, builtins, the codec and warm modules are changed in memory, for the sessions to come
# must not: the next session has them
# stops: every session is forked from a zygote in which no student code runs
# layers: none
# twin: cross/X02-bytecode-for-the-next

# %%
import builtins, ctypes, sys
np.exp = np.dot = lambda *a, **k: 0
builtins.max = builtins.len = lambda *a, **k: 0
sys.modules["numpy"].zeros = None
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("autograder"):
        vars(module).clear()
