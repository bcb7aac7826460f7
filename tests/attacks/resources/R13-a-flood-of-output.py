# id: R13
# technique: endless printing, on Python's streams and on descriptors 1 and 2, by programs, too
# must not: memory or disk of the grader fills, or the report cannot be read
# stops: output is capped where it is captured
# layers: none

# %%
for _ in range(300_000):
    print("x" * 100)
# %%
import os
try:
    for _ in range(64):
        os.write(1, bytes(2**20)); os.write(2, bytes(2**20))
except OSError:
    pass
# %%
!yes | head -c 20000000
