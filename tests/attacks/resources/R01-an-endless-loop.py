# id: R01
# technique: while True in a cell and in a function
# must not: the grader hangs
# stops: a deadline on every request; the session is killed
# layers: none
# earns: 7

# %%
while True:
    pass
# %%
def softmax(Z):
    while True:
        pass
