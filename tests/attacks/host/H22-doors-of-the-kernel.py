# id: H22
# technique: bpf, io_uring, perf events, userfaultfd, keys, memfd, modules, fanotify, handles, raw clone with namespaces
# must not: one of the calls is let through
# stops: the filter refuses by name what no notebook needs
# layers: seccomp
# open: seccomp

# %%
import ctypes, os
libc, worked = ctypes.CDLL(None, use_errno=True), []
libc.syscall.restype = ctypes.c_long
calls = {321: "bpf", 425: "io_uring_setup", 298: "perf_event_open", 323: "userfaultfd", 248: "add_key", 250: "keyctl",
         319: "memfd_create", 313: "finit_module", 300: "fanotify_init", 304: "open_by_handle_at", 246: "kexec_load",
         294: "inotify_init1", 206: "io_setup", 135: "personality", 103: "syslog", 154: "modify_ldt", 240: "mq_open"}
if os.uname().machine == "x86_64":
    buffer = ctypes.create_string_buffer(256)
    for number, name in calls.items():
        ctypes.set_errno(0)
        if libc.syscall(number, buffer, buffer, 0, 0, 0) >= 0 or ctypes.get_errno() not in (1, 38):
            worked.append(f"{name}: {os.strerror(ctypes.get_errno())}")
    for flags in (0x10000000, 0x20000000, 0x00020000):
        pid = libc.syscall(56, flags | 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        if pid > 0:
            worked.append(f"clone {flags:x}")
    if libc.syscall(0x40000000 + 41, 2, 1, 0) >= 0:
        worked.append("x32")
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
