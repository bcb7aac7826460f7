# id: H30
# technique: chmod, chown, utime and attributes of files outside that belong to the grader's user
# must not: a mode, owner, time or attribute changes
# stops: a narrow root in which they are not; elsewhere the filter lets such calls do nothing
# layers: mount-namespace or seccomp

# %%
import os
for path in ("@OUTSIDE@/module.py", "@OUTSIDE@/results.json", "@OUTSIDE@", "@COURSE@", "@COURSE@/solutions/@SLUG@"):
    for act in (lambda: os.chmod(path, 0), lambda: os.utime(path, (0, 0)), lambda: os.chown(path, os.getuid(), 12345),
                lambda: os.setxattr(path, "user.mark", b"x"), lambda: os.chmod(path, 0o000, follow_symlinks=True),
                lambda: os.utime(path, ns=(5, 5))):
        try:
            act()
        except OSError:
            pass
