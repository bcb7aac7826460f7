# id: R09
# technique: files are unlinked while they are open and written on; no walk over the folder sees them
# must not: the disk fills
# stops: a file system of limited size; elsewhere open files are counted, too
# layers: mount-namespace or watchdog
# twin: resources/R08-a-big-file

# %%
import os, time
block, held = bytes(2**20), []
for number in range(14):
    held.append(os.open("x", os.O_CREAT | os.O_RDWR))
    os.unlink("x")
    for _ in range(12):
        os.write(held[-1], block)
time.sleep(0.5)
raise RuntimeError("@MARK@ 168 MB are held where 16 are allowed")
