# id: H34
# technique: a file of one's own is cut short, the priority of oneself sunk, the flags of a descriptor set

# %%
import fcntl, os
with open("notes.txt", "w") as file:
    file.write("three words here")
    file.truncate(5)
assert open("notes.txt").read() == "three"
os.setpriority(os.PRIO_PROCESS, 0, 1)
end, _ = os.pipe()
fcntl.fcntl(end, fcntl.F_SETFL, os.O_NONBLOCK)
assert fcntl.fcntl(end, fcntl.F_GETFL) & os.O_NONBLOCK
