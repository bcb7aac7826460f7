# id: F49
# technique: __class__ lies, metaclasses and __instancecheck__ say yes
# must not: isinstance in the grader is fooled
# stops: decoded types are exact, made by the grader
# layers: none
# twin: score/F42-a-class-that-lies

# %%
class Meta(type):
    def __instancecheck__(cls, thing): return True
    def __eq__(cls, other): return True
    __hash__ = type.__hash__
class Fake(metaclass=Meta):
    __class__ = float
    def __float__(self): return 0.5
    def __eq__(self, other): return True
    __hash__ = None
def neuron(x, w, b): return Fake()
def label(words): return Fake
