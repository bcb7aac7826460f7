# id: R08
# technique: one file without end, and a sparse one
# must not: the disk fills
# stops: a file system of limited size; a limit on files and a watchdog elsewhere
# layers: none
# open: rlimits

# %%
with open("sparse", "wb") as file:
    file.truncate(2**40)
# %%
block = bytes(2**20)
with open("big", "wb") as file:
    for _ in range(200):
        file.write(block)
    raise RuntimeError("@MARK@ all of it was written")
