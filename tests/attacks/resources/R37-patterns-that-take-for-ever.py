# id: R37
# technique: a regular expression and an integer power that no interrupt reaches
# must not: the session cannot be ended
# stops: it is killed from outside
# layers: none
# earns: 7

# %%
import re
def softmax(Z): return re.match(r"(a+)+$", "a" * 50 + "b")
