# id: F25
# technique: decorators that replace functions by wrapped ones

# %%
import functools
def logged(function):
    @functools.wraps(function)
    def wrapped(*arguments, **keywords):
        return function(*arguments, **keywords)
    return wrapped
neuron, softmax, label = map(logged, (neuron, softmax, label))
