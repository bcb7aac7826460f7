# id: R02
# technique: sleep, input, pause and locks that nobody opens: no processor time is used
# must not: a limit on processor time never fires
# stops: deadlines are wall-clock
# layers: none
# earns: 7

# %%
import time
name = input("who? ")
# %%
def softmax(Z): time.sleep(1e6)
