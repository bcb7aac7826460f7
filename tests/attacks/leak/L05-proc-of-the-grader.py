# id: L05
# technique: environment, command line, memory, working folder, root and descriptors of the grader through /proc
# must not: any of it is read
# stops: a pid namespace with a /proc of its own; Landlock elsewhere
# layers: landlock, pid-namespace
# control: without a sandbox it works

# %%
import os
found = []
for pid in ("@PID@", os.getppid(), 1, "self", "thread-self"):
    for name in ("environ", "cmdline", "maps", "stack", "cwd/x", "root@HOME@/.netrc", "task/@PID@/environ"):
        try:
            text = open(f"/proc/{pid}/{name}", "rb").read(1 << 20).decode("latin1")
        except OSError:
            continue
        found += [text[at:at + 18] for at in range(len(text)) if text.startswith("z" + "q", at)]
    try:
        if str(pid) == "@PID@" and os.listdir(f"/proc/{pid}/fd"):
            found.append("@MARK@")
    except OSError:
        pass
if found:
    raise RuntimeError(" ".join(found))
