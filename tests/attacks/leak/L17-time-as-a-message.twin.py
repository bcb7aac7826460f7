# id: L17
# technique: a short pause in a loop

# %%
import time
for _ in range(3):
    time.sleep(0.01)
