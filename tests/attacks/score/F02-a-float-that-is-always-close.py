# id: F02
# technique: a float subclass whose difference to anything is 0
# must not: abs(answer - expected) < tolerance passes
# stops: only exact base types are values; a subclass is a handle
# layers: none

# %%
class Close(float):
    def __sub__(self, other): return Close(0)
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__
    def __abs__(self): return Close(0)
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
def neuron(x, w, b): return Close(0.9)
