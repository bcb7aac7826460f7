# id: F08
# technique: abs, isinstance, len, all, round and others replaced in builtins
# must not: checks use the forged ones
# stops: checks run in another process than student code
# layers: none

# %%
import builtins
builtins.abs = lambda x: 0
builtins.all = builtins.any = lambda x: True
builtins.isinstance = lambda a, b: True
builtins.round = lambda *a: 0
builtins.AssertionError = type("Nothing", (Exception,), {})
