# id: F01
# technique: a class with an equality of its own, used for what it is for

# %%
class Result:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return isinstance(other, Result) and self.value == other.value
assert Result(1) == Result(1) and Result(1) != Result(2)
