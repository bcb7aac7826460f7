# id: R02
# technique: short waits, and a guarded input

# %%
import time
time.sleep(0.05)
try:
    name = input("who? ")
except (EOFError, OSError, RuntimeError, NotImplementedError, Exception):
    name = "nobody"
