# id: F22
# technique: KeyboardInterrupt, GeneratorExit, StopIteration, BaseException subclasses and AssertionError out of calls
# must not: an exception ends the run of checks, or reads as success
# stops: every exception of a session is data
# layers: none

# %%
class Silent(BaseException):
    def __str__(self): raise KeyboardInterrupt
def neuron(x, w, b): raise KeyboardInterrupt
def softmax(Z): raise Silent
def train(X, y): raise GeneratorExit
def label(words): raise StopIteration("nothing")
