# id: X04
# technique: crontabs, at jobs, systemd user units, shell profiles and login scripts
# must not: something runs later
# stops: none of these files can be written; the daemons that read them cannot be reached
# layers: landlock, mount-namespace
# twin: score/F12-a-conftest-in-the-course

# %%
import os, subprocess
for path in ("@HOME@/.bashrc-@MARK@", "@HOME@/.config/systemd/user/@MARK@.service", "/var/spool/cron/crontabs/@MARK@",
             "/etc/cron.d/@MARK@", "@HOME@/.profile", "/etc/profile.d/@MARK@.sh", "/var/tmp/@MARK@", "/dev/shm/@MARK@", "/@MARK@"):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "a").write("touch @OUTSIDE@/@MARK@\n")
    except OSError:
        pass
for command in ("crontab -", "at now", "systemd-run --user true", "batch"):
    subprocess.run(command, shell=True, input=b"* * * * * touch @OUTSIDE@/@MARK@\n", capture_output=True)
