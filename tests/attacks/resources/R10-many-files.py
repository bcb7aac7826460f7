# id: R10
# technique: thousands of empty files
# must not: the file system runs out of entries, or cleaning up takes minutes
# stops: a limit on entries
# layers: none

# %%
import time
for number in range(20_000):
    open(f"f{number}", "w").close()
time.sleep(0.6)
raise RuntimeError("@MARK@ all were made")
