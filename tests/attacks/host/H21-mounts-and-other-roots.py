# id: H21
# technique: mount, umount, pivot_root, chroot, fsopen, open_tree, setns and unshare
# must not: one works
# stops: no capabilities, and the filter refuses the calls
# layers: seccomp
# open: seccomp
# twin: host/H02-the-working-folder-replaced

# %%
import ctypes, os
libc, worked = ctypes.CDLL(None, use_errno=True), []
if libc.mount(b"none", b".", b"tmpfs", 0, None) == 0: worked.append("mount")
if libc.umount2(b"/proc", 2) == 0: worked.append("umount")
if libc.unshare(0x10000000) == 0: worked.append("user namespace")
if libc.unshare(0x00020000) == 0: worked.append("mount namespace")
if os.uname().machine == "x86_64":
    for number in (155, 428, 430, 429, 442):
        if libc.syscall(number, b".", b".", 0, 0, 0) >= 0: worked.append(str(number))
try:
    os.chroot(".")
    worked.append("chroot")
except OSError:
    pass
for name in ("user", "mnt", "pid", "net"):
    try:
        if libc.setns(os.open(f"/proc/{os.getppid()}/ns/{name}", os.O_RDONLY), 0) == 0: worked.append(name)
    except OSError:
        pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
