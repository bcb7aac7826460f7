# id: R05
# technique: arrays that grow and are written to, in a cell and in a function
# must not: the grader or another process is killed for memory
# stops: a watchdog over resident memory; the session is the first to be killed
# layers: none
# earns: 7

# %%
hoard = []
while True:
    hoard.append(np.ones(2**20))
# %%
def softmax(Z):
    more = []
    while True:
        more.append(bytearray(2**22))
