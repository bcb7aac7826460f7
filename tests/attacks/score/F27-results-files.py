# id: F27
# technique: results.json, junit and score files written before, during and after the checks, by a thread, too
# must not: a file is taken for the verdict, or one outside is overwritten
# stops: no file carries a verdict; nothing outside scratch can be written
# layers: landlock, mount-namespace
# twin: score/F12-a-conftest-in-the-course

# %%
import json, threading, time
places = [".", "@OUTSIDE@", "@OUT@", "@OUT@/records", "/autograder/results", "@COURSE@"]
def write():
    for place in places:
        for name in ("results.json", "student.json", "junit.xml", "@MARK@.json"):
            try:
                open(f"{place}/{name}", "w").write(json.dumps({"score": 100, "tests": []}))
            except OSError:
                pass
def again():
    while True:
        write(); time.sleep(0.05)
write()
threading.Thread(target=again, daemon=True).start()
