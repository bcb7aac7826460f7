# id: H32
# technique: setuid, setgid, setgroups, capabilities, set-user-id programs, devices and no_new_privs undone
# must not: a privilege is gained
# stops: no_new_privs, no capabilities, no set-user-id programs
# layers: none
# twin: host/H22-doors-of-the-kernel

# %%
import ctypes, os, stat, subprocess
worked = []
for name, act in {"setuid": lambda: os.setuid((os.getuid() + 1) % 60000), "setgid": lambda: os.setgid((os.getgid() + 1) % 60000),
                  "groups": lambda: os.setgroups([0, 4, 27]), "device": lambda: os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0)),
                  "nice": lambda: os.nice(-5), "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
                  "chown": lambda: os.chown(".", 12345, 12345), "hostname": lambda: os.sethostname("x") if hasattr(os, "sethostname") else 1 / 0}.items():
    try:
        act()
        if name != "chown" or os.stat(".").st_uid == 12345:
            worked.append(name)
    except (OSError, ZeroDivisionError):
        pass
if ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) != 1:
    worked.append("no_new_privs")
for program in (["su", "-c", "true"], ["sudo", "-n", "true"], ["unshare", "-r", "true"], ["mount"]):
    try:
        if program[0] != "mount" and subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True, timeout=1).returncode == 0:
            worked.append(program[0])
    except (OSError, subprocess.TimeoutExpired):
        pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
