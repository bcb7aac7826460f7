# id: L17
# technique: calls sleep as long as a hidden input says; durations are shown
# must not: a duration is shown exactly
# stops: students see durations rounded up; exact ones are the instructor's
# layers: none

# %%
import time
_label = label
def label(words):
    time.sleep(int(words[1][2:6], 16) / 65536)
    return _label(words)
