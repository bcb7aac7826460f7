# id: X11
# technique: answers that may come but not go, since in the request they lie deeper or take more bytes than is allowed
# must not: the submission ends as a fault of the grader, and gets no score
# stops: what a check cannot hand on fails that check
# layers: none
# earns: 9

# %%
deep = 0.0
for _ in range(32):
    deep = [deep]
def train(X, y): return deep
