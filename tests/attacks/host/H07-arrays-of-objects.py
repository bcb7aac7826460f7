# id: H07
# technique: object arrays with __reduce__ as answers, in place of values of state and in saved files
# must not: one is unpickled in the grader
# stops: there is no pickle on the wire
# layers: none
# earns: 7
# twin: score/F50-pickles-left-behind

# %%
import os
class Run:
    def __reduce__(self): return os.system, ("touch @OUTSIDE@/@MARK@",)
    def __deepcopy__(self, memo): return Run()
def softmax(Z): return np.array([[Run()] * 5] * 3)
