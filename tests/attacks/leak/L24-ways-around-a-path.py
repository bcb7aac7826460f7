# id: L24
# technique: links, hard links, descriptors, dot-dot, /proc/self/root and bind-like detours to a secret file
# must not: one of them reads it
# stops: Landlock and the mount namespace look at files, not at names
# layers: landlock, mount-namespace
# control: without a sandbox it works

# %%
import os
secret, found = "@HOME@/.netrc", []
def attempt(act):
    try:
        found.append(act())
    except OSError:
        pass
def linked():
    os.symlink(secret, "soft"); return open("soft").read()
def hard():
    os.link(secret, "hard"); return open("hard").read()
def replaced():
    os.remove("data"); os.symlink("@HOME@", "data"); return open("data/.netrc").read()
def beneath():
    fd = os.open("/", os.O_PATH); return os.read(os.open("." + secret, os.O_RDONLY, dir_fd=fd), 100).decode()
for act in (linked, hard, replaced, beneath, lambda: open("/proc/self/root" + secret).read(),
            lambda: open("/proc/self/cwd/" + "../" * 20 + secret[1:]).read(), lambda: open("/proc/@PID@/root" + secret).read()):
    attempt(act)
if found:
    raise RuntimeError(repr(found))
